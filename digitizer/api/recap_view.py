"""What the recap shows: verified numbers of an area and their coverage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from digitizer.api.names import field_groups, main_form
from digitizer.domain.election import LEVEL_DIGITS, LEVELS, Contest
from digitizer.domain.form import FormSpec
from digitizer.domain.tally import Recap
from digitizer.store.elections import list_wilayah
from digitizer.store.recaps import children, recap_of
from review_ui.i18n import Language, text
from review_ui.wording import field_labels


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way down to where the page is."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class VoteView:
    """The votes of one paslon and their share of all valid votes counted so far."""

    label: str
    value: int
    share: str


@dataclass(frozen=True, slots=True)
class ColumnValue:
    """One number of a row of other numbers, with its column (L, P or L+P, or none)."""

    column: str
    value: int


@dataclass(frozen=True, slots=True)
class OtherView:
    """A row of the numbers that are not votes."""

    label: str
    values: tuple[ColumnValue, ...]


@dataclass(frozen=True, slots=True)
class ChildView:
    """One area a level below, with its votes in the order of the columns."""

    name: str
    url: str
    recap: Recap
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RecapView:
    """The recap page of one area."""

    contest: Contest
    url: str
    name: str
    path: tuple[Step, ...]
    recap: Recap
    votes: tuple[VoteView, ...]
    votes_sum: int
    columns: tuple[str, ...]
    totals: tuple[int, ...]
    child_level: str
    children: tuple[ChildView, ...]
    others: tuple[OtherView, ...]


def recap_url(contest: str, wilayah: str = "") -> str:
    """Address of the recap of an area, or of a TPS when the code has 13 digits."""
    if len(wilayah) == LEVEL_DIGITS["tps"]:
        return f"/recap/{contest}/tps/{wilayah}"
    return f"/recap/{contest}/{wilayah}" if wilayah else f"/recap/{contest}"


def recap_view(session: Session, contest: Contest, wilayah: str, lang: Language) -> RecapView:
    """The recap of an area with one row for each area below it.

    Raises:
        NotFound: there is no such contest.
    """
    form = main_form(contest)
    recap = recap_of(session, contest.id, wilayah)
    rows = children(session, contest.id, wilayah)
    votes = names_of(form, ("votes",))
    columns = (*votes, *names_of(form, ("total",)))
    labels = field_labels(form, lang, contest.candidates) if form else {}
    steps = path_to(session, contest.id, wilayah, lang)
    votes_sum = sum(recap.totals.get(name, 0) for name in votes)
    return RecapView(
        contest=contest,
        url=recap_url(contest.id, wilayah),
        name=steps[-1].name,
        path=steps[:-1],
        recap=recap,
        votes=tuple(
            VoteView(labels[name], value, share(value, votes_sum, lang))
            for name in votes
            for value in [recap.totals.get(name, 0)]
        ),
        votes_sum=votes_sum,
        columns=tuple(labels[name] for name in columns),
        totals=tuple(recap.totals.get(name, 0) for name in columns),
        child_level=rows[0].level if rows else "tps",
        children=tuple(
            ChildView(
                name=row.name,
                url=recap_url(contest.id, row.code),
                recap=row.recap,
                values=tuple(row.recap.totals.get(name, 0) for name in columns),
            )
            for row in rows
        ),
        others=other_rows(form, recap.totals, lang, contest),
    )


def names_of(form: FormSpec | None, roles: Sequence[str]) -> tuple[str, ...]:
    """The fields of these roles, in the order of the form."""
    if form is None:
        return ()
    return tuple(item.id for item in form.fields.values() if item.role in roles)


def share(value: int, whole: int, lang: Language) -> str:
    """A part in percent with two decimals, or nothing when the whole is nothing."""
    if not whole:
        return ""
    shown = f"{100 * value / whole:.2f} %"
    return shown.replace(".", ",") if lang == "id" else shown


def other_rows(
    form: FormSpec | None, totals: Mapping[str, int], lang: Language, contest: Contest
) -> tuple[OtherView, ...]:
    """The numbers of voters and ballots that at least one tally has."""
    if form is None:
        return ()
    names = [name for name in names_of(form, ("voters", "ballots")) if name in totals]
    return tuple(
        OtherView(
            group.label,
            tuple(ColumnValue(column, totals[name]) for name, column in group.fields),
        )
        for group in field_groups(form, names, lang, contest)
    )


def path_to(session: Session, contest: str, wilayah: str, lang: Language) -> tuple[Step, ...]:
    """The way from the whole election down to an area."""
    steps = [Step(text("recap.whole", lang), recap_url(contest))]
    parent = ""
    for level in LEVELS:
        digits = LEVEL_DIGITS[level]
        if digits > len(wilayah):
            break
        code = wilayah[:digits]
        names = {item.code: item.name for item in list_wilayah(session, parent)}
        steps.append(Step(names.get(code, code), recap_url(contest, code)))
        parent = code
    return tuple(steps)

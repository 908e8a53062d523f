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
from digitizer.store.rounds import rounds_of
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
    """One area a level below, with its votes in the order of the columns.

    `round` is set at a TPS that votes again: the round that counts there.
    """

    name: str
    url: str
    recap: Recap
    round: int | None
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RecapView:
    """The recap page of one area.

    Attributes:
        contest: whose candidates are named.
        office: id of the office, all rounds together; `rounds` are each of them.
        alone: the only round that is shown, None where each TPS counts with its last.
        live_url: where the changing part is.
        defined: whether there is a form from which the contest can be read.
    """

    contest: Contest
    office: str
    rounds: tuple[Contest, ...]
    alone: Contest | None
    url: str
    live_url: str
    defined: bool
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


def recap_url(contest: str, wilayah: str = "", *, alone: bool = False) -> str:
    """Address of the recap of an area, or of a TPS when the code has 13 digits."""
    if len(wilayah) == LEVEL_DIGITS["tps"]:
        return f"/recap/{contest}/tps/{wilayah}"
    path = f"/recap/{contest}/{wilayah}" if wilayah else f"/recap/{contest}"
    return f"{path}?alone=1" if alone else path


def recap_view(
    session: Session, asked: Contest, wilayah: str, lang: Language, *, alone: bool = False
) -> RecapView:
    """The recap of an area with one row for each area below it; see `recaps.recap_of`.

    Raises:
        NotFound: there is no such contest.
    """
    rounds = rounds_of(session, asked)
    # Where rounds have unlike numbers of paslon none of them may be left out of the table.
    contest = asked if alone else max(rounds, key=lambda item: (len(item.candidates), item.round))
    form = main_form(contest)
    recap = recap_of(session, asked.id, wilayah, alone=alone)
    rows = children(session, asked.id, wilayah, alone=alone)
    votes = names_of(form, ("votes",))
    columns = (*votes, *names_of(form, ("total",)))
    labels = field_labels(form, lang, contest.candidates) if form else {}
    steps = path_to(session, asked.id, wilayah, lang, alone=alone)
    url = recap_url(asked.id, wilayah, alone=alone)
    votes_sum = sum(recap.totals.get(name, 0) for name in votes)
    return RecapView(
        contest=contest,
        office=contest.office_id,
        rounds=rounds,
        alone=asked if alone else None,
        url=url,
        live_url=f"{url}{'&' if alone else '?'}part=1",
        defined=any(main_form(item) is not None for item in rounds),
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
                url=recap_url(row.contest.id if row.contest else asked.id, row.code, alone=alone),
                recap=row.recap,
                round=row.contest.round if row.contest and row.contest.repeats else None,
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


def path_to(
    session: Session, contest: str, wilayah: str, lang: Language, *, alone: bool = False
) -> tuple[Step, ...]:
    """The way from the whole election down to an area."""
    steps = [Step(text("recap.whole", lang), recap_url(contest, alone=alone))]
    parent = ""
    for level in LEVELS:
        digits = LEVEL_DIGITS[level]
        if digits > len(wilayah):
            break
        code = wilayah[:digits]
        names = {item.code: item.name for item in list_wilayah(session, parent)}
        steps.append(Step(names.get(code, code), recap_url(contest, code, alone=alone)))
        parent = code
    return tuple(steps)

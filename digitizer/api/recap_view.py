"""What the recap shows: verified numbers of an area, what they rest on, and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from digitizer.api.names import field_groups, main_form
from digitizer.domain.election import LEVEL_DIGITS, Contest
from digitizer.domain.form import FormSpec
from digitizer.domain.tally import Recap
from digitizer.store.elections import wilayah_names
from digitizer.store.recap_sums import places_around
from digitizer.store.recaps import children, recap_of
from digitizer.store.rounds import rounds_of
from review_ui.i18n import Language, text
from review_ui.wording import field_labels

CHILDREN: Final = 100
"""So many areas are on one page; few have more below them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way down to where the page is."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class VoteView:
    """The votes of one paslon, None without any number, and their share of all counted so far."""

    label: str
    value: int | None
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
class CorrectedView:
    """One number as verified, as corrections of a D.HASIL leave it, and by how much they differ."""

    label: str
    verified: int | None
    corrected: int
    difference: str


@dataclass(frozen=True, slots=True)
class ChildView:
    """One area a level below, with its sums in the order of the columns, None without a number.

    Attributes:
        round: set at a TPS that votes again: the round that counts there.
        votes: of the paslon, in order.
        differences: what corrections change of its votes, in words; "" where nothing.
    """

    name: str
    url: str
    recap: Recap
    round: int | None
    values: tuple[int | None, ...]
    votes: tuple[int, ...]
    differences: str


@dataclass(frozen=True, slots=True)
class RecapView:
    """The recap page of one area.

    Attributes:
        contest: whose candidates are named.
        office: id of the office, all rounds together; `rounds` are each of them.
        alone: the only round that is shown, None where each TPS counts with its last.
        live_url: where the changing part is.
        defined: whether there is a form from which the contest can be read.
        missing_url: the list of the TPS that are not counted.
        corrected: every number that a D.HASIL changes.
        first_url, next_url: of the areas below, where they do not fit one page.
    """

    contest: Contest
    office: str
    rounds: tuple[Contest, ...]
    alone: Contest | None
    url: str
    live_url: str
    missing_url: str
    defined: bool
    name: str
    path: tuple[Step, ...]
    recap: Recap
    missing: int
    votes: tuple[VoteView, ...]
    votes_sum: int
    columns: tuple[str, ...]
    totals: tuple[int | None, ...]
    child_level: str
    children: tuple[ChildView, ...]
    first_url: str | None
    next_url: str | None
    others: tuple[OtherView, ...]
    corrected: tuple[CorrectedView, ...]


def recap_url(contest: str, wilayah: str = "", *, alone: bool = False, after: str = "") -> str:
    """Address of the recap of an area, or of a TPS when the code has 13 digits."""
    if len(wilayah) == LEVEL_DIGITS["tps"]:
        return f"/recap/{contest}/tps/{wilayah}"
    path = f"/recap/{contest}/{wilayah}" if wilayah else f"/recap/{contest}"
    asked = [*(["alone=1"] if alone else []), *([f"after={after}"] if after else [])]
    return f"{path}?{'&'.join(asked)}" if asked else path


def missing_url(contest: str, wilayah: str = "", after: str = "") -> str:
    """Address of the list of TPS that are not counted."""
    asked = [
        *([f"wilayah={wilayah}"] if wilayah else []),
        *([f"after={after}"] if after else []),
    ]
    return f"/recap/{contest}/missing{'?' if asked else ''}{'&'.join(asked)}"


def recap_view(
    session: Session,
    asked: Contest,
    wilayah: str,
    lang: Language,
    *,
    alone: bool = False,
    after: str = "",
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
    found = children(session, asked.id, wilayah, alone=alone, after=after, limit=CHILDREN + 1)
    rows = found[:CHILDREN]
    votes = names_of(form, ("votes",))
    columns = (*votes, *names_of(form, ("total",)))
    labels = field_labels(form, lang, contest.candidates) if form else {}
    steps = path_to(session, asked.id, wilayah, lang, alone=alone)
    url = recap_url(asked.id, wilayah, alone=alone, after=after)
    votes_sum = sum(recap.totals.get(name, 0) for name in votes)
    return RecapView(
        contest=contest,
        office=contest.office_id,
        rounds=rounds,
        alone=asked if alone else None,
        url=url,
        live_url=f"{url}{'&' if '?' in url else '?'}part=1",
        missing_url=missing_url(asked.id, wilayah),
        defined=any(main_form(item) is not None for item in rounds),
        name=steps[-1].name,
        path=steps[:-1],
        recap=recap,
        missing=recap.expected - recap.counted - recap.disputed,
        votes=tuple(
            VoteView(labels[name], value, share(value or 0, votes_sum, lang))
            for name in votes
            for value in [recap.totals.get(name)]
        ),
        votes_sum=votes_sum,
        columns=tuple(labels[name] for name in columns),
        totals=tuple(recap.totals.get(name) for name in columns),
        child_level=rows[0].level if rows else "tps",
        children=tuple(
            ChildView(
                name=row.name,
                url=recap_url(row.contest.id if row.contest else asked.id, row.code, alone=alone),
                recap=row.recap,
                round=row.contest.round if row.contest and row.contest.repeats else None,
                values=tuple(row.recap.totals.get(name) for name in columns),
                votes=tuple(row.recap.totals.get(name, 0) for name in votes),
                differences=", ".join(
                    f"{labels[name]} {signed(row.recap.differences[name], lang)}"
                    for name in columns
                    if row.recap.differences.get(name)
                ),
            )
            for row in rows
        ),
        first_url=recap_url(asked.id, wilayah, alone=alone) if after else None,
        next_url=recap_url(asked.id, wilayah, alone=alone, after=rows[-1].code)
        if len(found) > CHILDREN
        else None,
        others=other_rows(form, recap.totals, lang, contest),
        corrected=tuple(
            CorrectedView(
                labels.get(name, name), recap.totals.get(name),
                recap.totals.get(name, 0) + difference, signed(difference, lang),
            )
            for name, difference in by_form(form, recap.differences).items()
        ),
    )  # fmt: skip


def by_form(form: FormSpec | None, numbers: Mapping[str, int]) -> dict[str, int]:
    """Numbers in the order of the form; those that it does not have come last."""
    order = list(form.fields) if form is not None else []
    known = {name: numbers[name] for name in order if name in numbers}
    return known | {name: value for name, value in numbers.items() if name not in known}


def signed(difference: int, lang: Language) -> str:
    """A difference with its sign.

    >>> signed(-1200, "id"), signed(0, "id")
    ('−1.200', '0')
    """
    shown = f"{abs(difference):,}"
    sign = "+" if difference > 0 else "−" if difference < 0 else ""
    return sign + (shown.replace(",", ".") if lang == "id" else shown)


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
    codes = [code for code in (*places_around(wilayah), wilayah) if code]
    names = wilayah_names(session, codes)
    return (
        Step(text("recap.whole", lang), recap_url(contest, alone=alone)),
        *(Step(names.get(code, code), recap_url(contest, code, alone=alone)) for code in codes),
    )

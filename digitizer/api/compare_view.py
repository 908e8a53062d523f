"""What the comparison with official results shows of an area."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from sqlmodel import Session

from digitizer.api.names import main_form, pseudonym
from digitizer.api.pages import local_time
from digitizer.api.recap_view import Step, names_of, recap_url
from digitizer.domain.comparison import Difference
from digitizer.domain.comparison_sum import NOTHING, OUTCOMES, ComparisonSum, NumberSum, Outcome
from digitizer.domain.election import LEVEL_DIGITS, LEVELS, Contest
from digitizer.domain.official import OfficialImport
from digitizer.store.comparisons import (
    ListedComparison,
    PlaceComparison,
    comparison_of,
    comparisons_below,
    counting_at,
    listed_comparisons,
)
from digitizer.store.elections import get_election, wilayah_names
from digitizer.store.official import imports_of
from review_ui.i18n import Language, text
from review_ui.wording import field_labels

TPS_A_PAGE: Final = 20
LISTED: Final[tuple[Outcome, ...]] = (
    "differing", "incomplete", "only_ours", "only_theirs", "unlisted",
)  # fmt: skip
"""The outcomes whose TPS are listed."""


@dataclass(frozen=True, slots=True)
class ImportView:
    """One import, as the page names it."""

    number: int
    source: str
    at: str
    by: str
    official: OfficialImport


@dataclass(frozen=True, slots=True)
class CountView:
    """TPS of one outcome; `url` is empty where they are not listed."""

    outcome: Outcome
    tps: int
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class NumberView:
    """One number of the whole area."""

    label: str
    sums: NumberSum


@dataclass(frozen=True, slots=True)
class BarView:
    """A difference as a number and as a bar; `left` and `width` are hundredths of its column."""

    value: int
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class PlaceView:
    """One place a level below, with its differences in the order of the columns."""

    name: str
    url: str
    sums: ComparisonSum
    outcome: Outcome | None
    segments: tuple[tuple[Outcome, float, float], ...]
    bars: tuple[BarView, ...]


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One number of a TPS on both sides."""

    label: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class TpsView:
    """One TPS of the list; `url` is empty where the election does not list it."""

    name: str
    place: str
    url: str
    explained: bool
    differences: tuple[DifferenceView, ...]


@dataclass(frozen=True, slots=True)
class CompareView:
    """The comparison page of one area.

    Attributes:
        imported: what is compared with, None before anything was imported.
        earlier: imports before it, the latest first.
        live_url: where the changing part is.
        counts: TPS by outcome.
        columns: names of the differences of each child.
        show: the outcome whose TPS are listed; `before` and `after` are addresses of other pages.
    """

    contest: Contest
    url: str
    live_url: str
    name: str
    path: tuple[Step, ...]
    imported: ImportView | None
    earlier: tuple[ImportView, ...]
    sums: ComparisonSum
    counts: tuple[CountView, ...]
    segments: tuple[tuple[Outcome, float, float], ...]
    numbers: tuple[NumberView, ...]
    child_level: str
    columns: tuple[str, ...]
    children: tuple[PlaceView, ...]
    show: Outcome
    listed: tuple[TpsView, ...]
    page: int
    pages: int
    before: str
    after: str


def compare_url(contest: str, wilayah: str = "", **asked: object) -> str:
    """Address of the comparison of an area; `asked` are parameters of the page."""
    path = f"/compare/{contest}/{wilayah}" if wilayah else f"/compare/{contest}"
    return f"{path}?{urlencode(asked)}" if asked else path


def compare_view(
    session: Session,
    contest: Contest,
    wilayah: str,
    lang: Language,
    *,
    show: Outcome,
    page: int,
) -> CompareView:
    """The comparison of an area with the latest import, and one page of the TPS with `show`."""
    imports = [_import(session, item, lang) for item in imports_of(session, contest.id)]
    imported = imports[0] if imports else None
    form = main_form(contest)
    labels = field_labels(form, lang, contest.candidates) if form else {}
    sums = comparison_of(session, contest, wilayah)
    rows = comparisons_below(session, contest, wilayah)
    votes = [
        name for name in names_of(form, ("votes",)) if imported and name in imported.official.fields
    ]
    pages = max(1, -(-sums.tps(show) // TPS_A_PAGE))
    page = min(page, pages)
    listed = (
        listed_comparisons(
            session, contest, imported.official, show, wilayah,
            start=(page - 1) * TPS_A_PAGE, count=TPS_A_PAGE,
        )
        if imported
        else ()
    )  # fmt: skip
    steps = _path(session, contest, wilayah, lang)

    def here(number: int) -> str:
        return compare_url(contest.id, wilayah, show=show, page=number)

    return CompareView(
        contest=contest,
        url=compare_url(contest.id, wilayah),
        live_url=compare_url(contest.id, wilayah, show=show, page=page, part=1),
        name=steps[-1].name,
        path=steps[:-1],
        imported=imported,
        earlier=tuple(imports[1:]),
        sums=sums,
        counts=tuple(
            CountView(
                outcome,
                sums.tps(outcome),
                compare_url(contest.id, wilayah, show=outcome) if outcome in LISTED else "",
                outcome == show,
            )
            for outcome in OUTCOMES
        ),
        segments=_segments(sums),
        numbers=tuple(
            NumberView(labels.get(name, name), sums.numbers.get(name, NOTHING))
            for name in (imported.official.fields if imported else ())
        ),
        child_level=rows[0].level if rows else "tps",
        columns=tuple(labels[name] for name in votes),
        children=_places(session, contest, rows, votes),
        show=show,
        listed=tuple(_tps(item, labels, votes) for item in listed),
        page=page,
        pages=pages,
        before=here(page - 1) if page > 1 else "",
        after=here(page + 1) if page < pages else "",
    )


def _import(session: Session, official: OfficialImport, lang: Language) -> ImportView:
    election = get_election(session)
    by = (
        text("compare.by_system", lang)
        if official.actor == "system"
        else pseudonym(session, official.actor)
    )
    at = local_time(official.at, election.zone if election else "UTC")
    return ImportView(official.number, official.source, at, by, official)


def _places(
    session: Session, contest: Contest, rows: Sequence[PlaceComparison], votes: Sequence[str]
) -> tuple[PlaceView, ...]:
    found = [[row.sums.numbers.get(name, NOTHING).difference for name in votes] for row in rows]
    largest = max((abs(value) for values in found for value in values), default=0)
    codes = [row.code for row in rows if row.level == "tps"]
    counting = counting_at(session, contest, codes) if codes else {}
    return tuple(
        PlaceView(
            name=row.name,
            url=_place_url(contest, row, counting),
            sums=row.sums,
            outcome=row.outcome,
            segments=_segments(row.sums),
            bars=tuple(_bar(value, largest) for value in values),
        )
        for row, values in zip(rows, found, strict=True)
    )


def _place_url(contest: Contest, row: PlaceComparison, counting: Mapping[str, Contest]) -> str:
    if row.level != "tps":
        return compare_url(contest.id, row.code)
    return recap_url(counting[row.code].id, row.code) if row.code in counting else ""


def _segments(sums: ComparisonSum) -> tuple[tuple[Outcome, float, float], ...]:
    """Each outcome with where its part of a bar begins and how wide it is, in hundredths."""
    whole = sums.expected + sums.unlisted
    found: list[tuple[Outcome, float, float]] = []
    left = 0.0
    for outcome in OUTCOMES:
        width = 100 * sums.tps(outcome) / whole if whole else 0.0
        if width:
            found.append((outcome, left, width))
        left += width
    return tuple(found)


def _bar(value: int, largest: int) -> BarView:
    """A bar from the middle: to the left where theirs is more, to the right where ours is."""
    width = 50 * abs(value) / largest if largest else 0.0
    return BarView(value, 50 - width if value < 0 else 50.0, width)


def _tps(item: ListedComparison, labels: Mapping[str, str], votes: Sequence[str]) -> TpsView:
    compared, tps = item.compared, item.tps
    # Of a TPS that one side lacks every number is missing: the votes say enough.
    one_sided = compared.outcome in ("only_ours", "only_theirs", "unlisted")
    shown = [
        difference
        for difference in compared.differences
        if not one_sided or not votes or difference.field in votes
    ]
    return TpsView(
        name=tps.name if tps else compared.tps,
        place=f"{tps.desa}, {tps.kecamatan}, {tps.kabkota}" if tps else "",
        url=recap_url(item.contest.id, compared.tps) if tps else "",
        explained=compared.explained,
        differences=tuple(
            DifferenceView(labels.get(found.field, found.field), found) for found in shown
        ),
    )


def _path(session: Session, contest: Contest, wilayah: str, lang: Language) -> tuple[Step, ...]:
    """The way from the whole election down to an area."""
    codes = [
        wilayah[: LEVEL_DIGITS[level]] for level in LEVELS if LEVEL_DIGITS[level] <= len(wilayah)
    ]
    names = wilayah_names(session, codes)
    return (
        Step(text("recap.whole", lang), compare_url(contest.id)),
        *(Step(names.get(code, code), compare_url(contest.id, code)) for code in codes),
    )

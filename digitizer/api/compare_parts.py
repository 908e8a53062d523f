"""Parts of the comparison with official results as the page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlmodel import Session

from digitizer.api.names import pseudonym
from digitizer.api.pages import local_time
from digitizer.api.recap_view import recap_url, signed
from digitizer.domain.comparison import Difference
from digitizer.domain.comparison_sum import NOTHING, OUTCOMES, ComparisonSum, NumberSum, Outcome
from digitizer.domain.election import Contest
from digitizer.domain.official import OfficialImport
from digitizer.store.comparisons import ListedComparison, PlaceComparison, counting_at
from digitizer.store.elections import get_election
from review_ui.i18n import Language, text

Segment = tuple[Outcome, float, float]
"""Of a bar: an outcome, where its part begins and how wide it is, in hundredths."""


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
    """One number of the whole area, with its difference in words."""

    label: str
    sums: NumberSum
    difference: str


@dataclass(frozen=True, slots=True)
class BarView:
    """A difference in words and as a bar; `left` and `width` are hundredths of its column."""

    text: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class PlaceView:
    """One place a level below, with its differences in the order of the columns."""

    name: str
    url: str
    sums: ComparisonSum
    outcome: Outcome | None
    segments: tuple[Segment, ...]
    bars: tuple[BarView, ...]


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One number of a TPS on both sides; `size` is its difference in words, "" without one."""

    label: str
    difference: Difference
    size: str


@dataclass(frozen=True, slots=True)
class TpsView:
    """One TPS of the list; `url` is empty where the election does not list it."""

    name: str
    place: str
    url: str
    explained: bool
    differences: tuple[DifferenceView, ...]


def compare_url(contest: str, wilayah: str = "", **asked: object) -> str:
    """Address of the comparison of an area; `asked` are parameters, empty ones left out."""
    path = f"/compare/{contest}/{wilayah}" if wilayah else f"/compare/{contest}"
    given = {name: value for name, value in asked.items() if value != ""}
    return f"{path}?{urlencode(given)}" if given else path


def import_view(session: Session, official: OfficialImport, lang: Language) -> ImportView:
    """One import: of when it is, and by whom."""
    election = get_election(session)
    by = (
        text("compare.by_system", lang)
        if official.actor == "system"
        else pseudonym(session, official.actor)
    )
    at = local_time(official.at, election.zone if election else "UTC")
    return ImportView(official.number, official.source, at, by, official)


def places_of(
    session: Session,
    contest: Contest,
    rows: Sequence[PlaceComparison],
    votes: Sequence[str],
    lang: Language,
) -> tuple[PlaceView, ...]:
    """The places below, their bars all of one scale."""
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
            segments=segments_of(row.sums),
            bars=tuple(_bar(value, largest, lang) for value in values),
        )
        for row, values in zip(rows, found, strict=True)
    )


def _place_url(contest: Contest, row: PlaceComparison, counting: Mapping[str, Contest]) -> str:
    if row.level != "tps":
        return compare_url(contest.id, row.code)
    return recap_url(counting[row.code].id, row.code) if row.code in counting else ""


def segments_of(sums: ComparisonSum) -> tuple[Segment, ...]:
    """Each outcome with where its part of a bar begins and how wide it is, in hundredths."""
    whole = sums.expected + sums.unlisted
    found: list[Segment] = []
    left = 0.0
    for outcome in OUTCOMES:
        width = 100 * sums.tps(outcome) / whole if whole else 0.0
        if width:
            found.append((outcome, left, width))
        left += width
    return tuple(found)


def _bar(value: int, largest: int, lang: Language) -> BarView:
    """A bar from the middle: to the left where theirs is more, to the right where ours is."""
    width = 50 * abs(value) / largest if largest else 0.0
    return BarView(signed(value, lang), 50 - width if value < 0 else 50.0, width)


def tps_view(
    item: ListedComparison, labels: Mapping[str, str], votes: Sequence[str], lang: Language
) -> TpsView:
    """One TPS of the list."""
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
            DifferenceView(
                labels.get(found.field, found.field),
                found,
                signed(found.size, lang) if found.size is not None else "",
            )
            for found in shown
        ),
    )

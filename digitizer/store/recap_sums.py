"""The kept sums of every place: differences are added to a TPS and to all places around it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar

import sqlalchemy as sql
from sqlmodel import Session, col, select

from digitizer.domain.election import LEVEL_DIGITS, NATIONAL, Contest, Tps
from digitizer.domain.recap_sum import EMPTY, RecapSum, Sums
from digitizer.store.columns import Json, random_id
from digitizer.store.recap_tables import RecapSumRow, WilayahRow

DIGITS: Final = (0, *LEVEL_DIGITS.values())
"""How long the codes of places are, widest first; the last is that of a TPS."""

AT_ONCE: Final = 5_000
"""So many rows are written at once, which bounds the memory of a recount."""


Item = TypeVar("Item")


class Place(NamedTuple):
    """Whose sums: of a contest over a place, where it counts or where a later round does."""

    contest: str
    wilayah: str
    in_force: bool


def places_around(code: str) -> tuple[str, ...]:
    """Codes of the places around a TPS or another place, widest first; "" is all there is.

    >>> places_around("6411032001001")
    ('', '64', '6411', '641103', '6411032001')
    >>> places_around("6411")
    ('', '64')
    """
    return tuple(code[:digits] for digits in DIGITS if digits < len(code))


def parent_of(code: str) -> str | None:
    """The place one level above; None above all there is."""
    return next(reversed(places_around(code)), None)


def add_at_tps(session: Session, place: Place, change: RecapSum) -> None:
    """Add a difference to the sums of a TPS and of every place around it.

    The caller has locked the chain: two who add at once would each forget the other.
    """
    codes = (*places_around(place.wilayah), place.wilayah)
    add_sums(session, {place._replace(wilayah=code): change for code in codes})


def add_sums(session: Session, changes: Mapping[Place, RecapSum]) -> None:
    """Add differences to the sums of places; a TPS to which nothing adds any more has none."""
    kept: dict[Place, RecapSumRow] = {}
    by_contest: defaultdict[str, list[str]] = defaultdict(list)
    for place in changes:
        by_contest[place.contest].append(place.wilayah)
    for contest, codes in by_contest.items():
        for start in range(0, len(codes), AT_ONCE):
            query = select(RecapSumRow).where(
                col(RecapSumRow.contest) == contest,
                col(RecapSumRow.wilayah).in_(codes[start : start + AT_ONCE]),
            )
            kept |= {
                Place(row.contest, row.wilayah, row.in_force): row for row in session.exec(query)
            }
    revision = random_id()
    for place, change in changes.items():
        row = kept.get(place)
        if row is None:
            session.add(RecapSumRow(**row_of(place, change, revision)))
            continue
        made = sum_of_row(row) + change
        if made == EMPTY and len(place.wilayah) == DIGITS[-1]:
            session.delete(row)
            continue
        for name, value in _columns(made).items():
            setattr(row, name, value)
        row.revision = revision
        session.add(row)
    session.flush()


def add_expected(session: Session, contest: Contest, codes: Iterable[str]) -> None:
    """Begin the sums of a contest in which these TPS vote, none of them in any round before."""
    area = "" if contest.area == NATIONAL else contest.area
    found: Counter[str] = Counter()
    for code in codes:
        if code.startswith(area):
            found.update(places_around(code))
    write_rows(
        session,
        (
            row_of(Place(contest.id, place, True), RecapSum(expected=tps), random_id())
            for place, tps in found.items()
        ),
    )


def add_wilayah(session: Session, stations: Iterable[Tps]) -> None:
    """Keep the names of all places around these TPS."""
    names: dict[str, str] = {}
    for station in stations:
        called = (station.provinsi, station.kabkota, station.kecamatan, station.desa)
        names |= dict(zip(places_around(station.code)[1:], called, strict=True))
    rows = [{"code": code, "parent": parent_of(code), "name": name} for code, name in names.items()]
    if rows:
        session.connection().execute(sql.insert(WilayahRow), rows)


def write_rows(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write new rows of sums, some thousands at once."""
    connection = session.connection()
    for batch in batches(rows):
        connection.execute(sql.insert(RecapSumRow), batch)


def row_of(place: Place, sums: RecapSum, revision: str) -> dict[str, Any]:
    """The columns of a row."""
    return {
        **place._asdict(),
        "parent": parent_of(place.wilayah),
        **_columns(sums),
        "revision": revision,
    }


def sum_of_row(row: RecapSumRow) -> RecapSum:
    """The sums that a row holds."""
    return RecapSum(
        row.expected,
        row.counted,
        row.with_gaps,
        row.disputed,
        row.corrected,
        _sums(row.totals),
        _sums(row.differences),
    )


def _columns(sums: RecapSum) -> dict[str, Any]:
    return {
        "expected": sums.expected,
        "counted": sums.counted,
        "with_gaps": sums.with_gaps,
        "disputed": sums.disputed,
        "corrected": sums.corrected,
        "totals": _json(sums.totals),
        "differences": _json(sums.differences),
    }


def _json(sums: Sums) -> Json:
    return {name: list(pair) for name, pair in sums.items()}


def _sums(kept: Json) -> Sums:
    return MappingProxyType({name: (value, tps) for name, (value, tps) in kept.items()})


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Items in lists of `AT_ONCE`."""
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch

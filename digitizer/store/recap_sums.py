"""The kept sums of every place: differences are added to a TPS and to all places around it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar, cast

import sqlalchemy as sql
from sqlalchemy import ColumnElement
from sqlmodel import Session

from digitizer.domain.election import LEVEL_DIGITS, NATIONAL, Contest
from digitizer.domain.recap_sum import COUNTS, EMPTY, RecapSum, Sums
from digitizer.store.columns import Json, asked_for, asked_for_all, by_code_point, random_id
from digitizer.store.recap_tables import RecapSumRow, WilayahRow
from digitizer.store.tables import TpsRow

DIGITS: Final = (0, *LEVEL_DIGITS.values())
"""How long the codes of places are, widest first; the last is that of a TPS."""

ABOVE: Final = dict(zip(DIGITS[1:], DIGITS, strict=False))
"""How long the code around one of so many digits is."""

SUMS: Final = cast("sql.Table", RecapSumRow.__table__)  # type: ignore[attr-defined]

AT_ONCE: Final = 5_000
"""So many rows are written at once, which bounds the memory of a recount."""


Item = TypeVar("Item")


class SumsOf(NamedTuple):
    """Whose sums: of a contest over a place, where it counts or where a later round does."""

    contest: str
    wilayah: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class KeptSum:
    """The sums of one place as they are kept; `revision` is another when any of them is."""

    place: SumsOf
    sums: RecapSum
    revision: str


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
    return code[: ABOVE[len(code)]] if code else None


def kept_sums(session: Session, *where: ColumnElement[bool]) -> list[KeptSum]:
    """The sums that satisfy `where`, by its columns of `RecapSumRow`.

    Rows and not objects: what is added to them in this transaction is seen at once.
    """
    return _kept(session.connection().execute(sql.select(SUMS).where(*where)))


def sums_around(session: Session, place: SumsOf, codes: Sequence[str]) -> list[KeptSum]:
    """The sums of a contest over these places, where `place` counts or where it does not."""
    asked = {"contest": place.contest, "places": codes, "in_force": place.in_force}
    return _kept(session.connection().execute(_sums_around(), asked))


@cache
def _sums_around() -> sql.Select[Any]:
    return sql.select(SUMS).where(
        SUMS.c.contest == asked_for("contest"),
        SUMS.c.wilayah.in_(asked_for_all("places")),
        SUMS.c.in_force == sql.bindparam("in_force", type_=sql.Boolean()),
    )


def _kept(rows: Iterable[Any]) -> list[KeptSum]:
    return [
        KeptSum(
            SumsOf(row.contest, row.wilayah, row.in_force),
            RecapSum(
                **{name: getattr(row, name) for name in COUNTS},
                totals=_sums(row.totals),
                differences=_sums(row.differences),
            ),
            row.revision,
        )
        for row in rows
    ]


def at_place(contest: str, codes: Sequence[str]) -> ColumnElement[bool]:
    """Whether a row is of these places."""
    return (SUMS.c.contest == contest) & SUMS.c.wilayah.in_(codes)


def add_sums(
    session: Session, changes: Mapping[SumsOf, RecapSum], kept: Iterable[KeptSum] | None = None
) -> None:
    """Add differences to the sums of places; a TPS that adds nothing any more has no row.

    The caller has locked the chain: two who add at once would each forget the other. `kept` are
    the sums of these places, when the caller has read them.
    """
    if kept is None:
        kept = _kept_at(session, changes)
    before = {item.place: item.sums for item in kept}
    revision = random_id()
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    for place, change in changes.items():
        made = before.get(place, EMPTY) + change
        row = row_of(place, made, revision)
        if place not in before:
            new.append(row)
        elif made == EMPTY and len(place.wilayah) == DIGITS[-1]:
            gone.append(_renamed(row))
        else:
            changed.append(_renamed(row))
    connection = session.connection()
    if changed:
        connection.execute(_CHANGE, changed)
    if gone:
        connection.execute(_REMOVE, gone)
    write_rows(session, new)


def _kept_at(session: Session, places: Iterable[SumsOf]) -> Iterator[KeptSum]:
    by_contest: defaultdict[str, list[str]] = defaultdict(list)
    for place in places:
        by_contest[place.contest].append(place.wilayah)
    for contest, codes in by_contest.items():
        for start in range(0, len(codes), AT_ONCE):
            yield from kept_sums(session, at_place(contest, codes[start : start + AT_ONCE]))


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
            row_of(SumsOf(contest.id, place, True), RecapSum(expected=tps), random_id())
            for place, tps in found.items()
        ),
    )


def add_wilayah(session: Session) -> None:
    """Keep the names of all places around the TPS that there are."""
    names = (TpsRow.provinsi, TpsRow.kabkota, TpsRow.kecamatan, TpsRow.desa)
    for above, digits, name in zip(DIGITS, DIGITS[1:], names, strict=False):
        # Literals, since PostgreSQL takes two parameters of one value for two expressions.
        area, parent = (
            sql.func.substr(TpsRow.code, 1, sql.literal_column(str(length)))
            for length in (digits, above)
        )
        # Of several names the first, as `proof.lists` has it.
        named = sql.func.min(by_code_point(name))
        found = sql.select(area, sql.func.min(parent), named).group_by(area)
        session.connection().execute(
            sql.insert(WilayahRow).from_select(["code", "parent", "name"], found)
        )


def write_rows(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write new rows of sums, some thousands at once."""
    connection = session.connection()
    for batch in batches(rows):
        connection.execute(sql.insert(RecapSumRow), batch)


def row_of(place: SumsOf, sums: RecapSum, revision: str) -> dict[str, Any]:
    """The columns of a row."""
    return {
        "contest": place.contest,
        "wilayah": place.wilayah,
        "in_force": place.in_force,
        "parent": parent_of(place.wilayah),
        **{name: getattr(sums, name) for name in COUNTS},
        "totals": _json(sums.totals),
        "differences": _json(sums.differences),
        "revision": revision,
    }


def _json(sums: Sums) -> Json:
    return {name: list(item) for name, item in sums.items()}


def _sums(kept: Json) -> Sums:
    return {name: (value, tps, written) for name, (value, tps, written) in kept.items()}


def _renamed(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row as parameters: by their own names they would be those to write."""
    return {f"new_{name}": value for name, value in row.items()}


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


_ROW = sql.and_(
    SUMS.c.contest == sql.bindparam("new_contest"),
    SUMS.c.wilayah == sql.bindparam("new_wilayah"),
    SUMS.c.in_force == sql.bindparam("new_in_force"),
)
_WRITTEN: Final = (*COUNTS, "totals", "differences", "revision")
_CHANGE: Final = (
    sql.update(SUMS)
    .where(_ROW)
    .values({name: sql.bindparam(f"new_{name}", type_=SUMS.c[name].type) for name in _WRITTEN})
)
_REMOVE: Final = sql.delete(SUMS).where(_ROW)

"""Tallies as they were made; the latest version of a TPS and contest counts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import ColumnElement, CompoundSelect
from sqlalchemy import Select as RawSelect
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, func, select
from sqlmodel.sql.expression import SelectOfScalar

from digitizer.domain.codec import check_from_json, check_to_json
from digitizer.domain.tally import Tally, lacks_votes
from digitizer.domain.verification import Origin
from digitizer.store.columns import Json, asked_for
from digitizer.store.events import lock_chain
from digitizer.store.standings import differing_tps, nodes_differ
from digitizer.store.tables import NodeDisputeRow, SheetRow, TallyRecord

AT_ONCE: Final = 200
"""So many tallies are fetched at a time."""


def keep_tally(session: Session, tally: Tally, now: datetime, seen: Mapping[str, int]) -> None:
    """Keep a tally of this node; `sheets.refresh_state` brings the recap up to date.

    Its version must not exist yet; `seen` is what is known here of other nodes
    (`domain.standing`).
    """
    node = lock_chain(session)
    record = TallyRecord(
        contest=tally.contest,
        tps=tally.tps,
        version=tally.version,
        node=node,
        form=tally.form,
        origin=tally.origin,
        body={
            "values": dict(tally.values),
            "as_written": dict(tally.as_written),
            "verifications": list(tally.verifications),
            "photos": list(tally.photos),
            "checks": [check_to_json(check) for check in tally.checks],
            "seen": dict(seen),
            **papers_to_json(tally),
        },
        made_at=now,
    )
    session.add(record)
    session.flush()


def papers_to_json(tally: Tally) -> Json:
    """On which other papers a tally rests, as the table and the history have it."""
    named = {"beside": list(tally.beside), "decided": list(tally.decided)}
    return {name: ids for name, ids in named.items() if ids}


def latest_version(session: Session, contest: str, tps: str) -> int:
    """Version of the latest tally, 0 when there is none."""
    return session.exec(_latest_version(), params={"contest": contest, "tps": tps}).one() or 0


class SoFar(NamedTuple):
    """What tallies of a place come to, for one of its forms.

    Attributes:
        version: of the latest tally, 0 for none.
        made: of the latest tally of this form, 0 for none.
        papers: whether there are tallies of other forms.
        between: `standings.disputed_between`.
    """

    version: int
    made: int
    papers: bool
    between: tuple[str, ...]


def so_far(session: Session, contest: str, tps: str, form: str) -> SoFar:
    """`latest_version` with what else is nearly always asked beside it."""
    asked = {"contest": contest, "tps": tps, "form": form}
    return so_far_of(session.connection().execute(_so_far(), asked).one())


def so_far_of(row: Sequence[Any]) -> SoFar:
    """What a statement with the columns of `made_so_far` answered; they come first."""
    version, made, papers, between, *_ = row
    return SoFar(version or 0, made or 0, bool(papers), tuple(between or ()))


@cache
def _so_far() -> RawSelect[Any]:
    return sql_select(*made_so_far())


def made_so_far() -> tuple[ColumnElement[Any], ...]:
    """As columns of a statement that is asked with `contest`, `tps` and `form`; NULL for none."""
    contest, tps, form = map(asked_for, ("contest", "tps", "form"))
    here = (col(TallyRecord.contest) == contest, col(TallyRecord.tps) == tps)
    made = sql_select(func.max(col(TallyRecord.version))).where(
        *here, col(TallyRecord.form) == form
    )
    between = sql_select(col(NodeDisputeRow.verifications)).where(
        col(NodeDisputeRow.contest) == contest, col(NodeDisputeRow.tps) == tps
    )
    return (
        _latest_version().scalar_subquery(),
        made.scalar_subquery(),
        exists().where(*here, col(TallyRecord.form) != form),
        between.scalar_subquery(),
    )


@cache
def _latest_version() -> SelectOfScalar[int]:
    contest, tps = map(asked_for, ("contest", "tps"))
    return select(func.max(TallyRecord.version)).where(
        col(TallyRecord.contest) == contest, col(TallyRecord.tps) == tps
    )


def tallies_of(session: Session, contest: str, tps: str) -> tuple[Tally, ...]:
    """Every tally of a TPS and contest, oldest version first."""
    return tuple(tally for tally, _ in dated_tallies(session, contest, tps))


def dated_tallies(session: Session, contest: str, tps: str) -> tuple[tuple[Tally, datetime], ...]:
    """`tallies_of`, each beside the moment it was made."""
    query = (
        select(TallyRecord)
        .where(col(TallyRecord.contest) == contest, col(TallyRecord.tps) == tps)
        # As `is_latest` has it, so that the last one is the one that counts.
        .order_by(col(TallyRecord.version), col(TallyRecord.node).desc())
    )
    return tuple((tally_of(row), row.made_at) for row in session.exec(query))


def latest_tallies(session: Session, contest: str, wilayah: str = "") -> tuple[Tally, ...]:
    """The tally that counts of every TPS whose code begins with `wilayah`, by code.

    A TPS whose readers differ, or whose votes nobody saw, counts with none, as in the recap.
    """
    within = col(TallyRecord.tps).startswith(wilayah, autoescape=True)
    rows = counting(session, col(TallyRecord.contest) == contest, within)
    return tuple(tally_of(row) for row in rows)


def counting(session: Session, *where: ColumnElement[bool]) -> Sequence[TallyRecord]:
    """The rows of the tallies that count and satisfy `where`, by contest and TPS."""
    rows = session.exec(select(TallyRecord).where(is_latest(), ~is_disputed(), *where))
    held = [row for row in rows if not lacks_votes(row.body["values"], row.body["as_written"])]
    # Here, since the database would go through all of them to have them in order.
    return sorted(held, key=lambda row: (row.contest, row.tps))


class Counted(NamedTuple):
    """A tally that counts, as far as a list of them says it (`Tally`)."""

    tps: str
    contest: str
    version: int
    values: Mapping[str, int | None]
    as_written: Mapping[str, str]


def stream_counting(
    session: Session, contest: str, *where: ColumnElement[bool]
) -> Iterator[Counted]:
    """What `counting` finds of a contest, by TPS, few at a time in memory: a country has 800,000.

    Of one contest the database has them in order, by the primary key.
    """
    body = col(TallyRecord.body)
    columns: tuple[Any, ...] = (
        *(TallyRecord.tps, TallyRecord.version, body["values"], body["as_written"]),
    )
    query = (
        sql_select(*columns)
        .where(col(TallyRecord.contest) == contest, is_latest(), ~is_disputed(), *where)
        .order_by(col(TallyRecord.tps))
    )
    rows = session.connection().execute(query, execution_options={"yield_per": AT_ONCE})
    for tps, version, values, as_written in rows:
        if not lacks_votes(values, as_written):
            yield Counted(tps, contest, version, values, as_written)


def is_latest() -> ColumnElement[bool]:
    """Whether a row of `tally` has no later version, and no equal one of a lesser node."""
    later = aliased(TallyRecord)
    higher = col(later.version) > col(TallyRecord.version)
    return ~exists().where(
        col(later.contest) == col(TallyRecord.contest),
        col(later.tps) == col(TallyRecord.tps),
        # One range of the index, which an `or` of both would be searched for twice.
        col(later.version) >= col(TallyRecord.version),
        higher | (col(later.node) < col(TallyRecord.node)),
    )


def is_disputed() -> ColumnElement[bool]:
    """Whether people, nodes or papers say different things of the place of a row of `tally`."""
    by_readers = exists().where(
        col(SheetRow.contest) == col(TallyRecord.contest),
        col(SheetRow.tps) == col(TallyRecord.tps),
        col(SheetRow.state) == "disputed",
    )
    return by_readers | nodes_differ(TallyRecord)


def disputed_tps(contest: str) -> CompoundSelect[str]:
    """The TPS of which `is_disputed` holds in a contest."""
    by_readers = sql_select(col(SheetRow.tps)).where(
        col(SheetRow.contest) == contest, col(SheetRow.state) == "disputed"
    )
    return by_readers.union(differing_tps(contest))


def tally_of(row: TallyRecord) -> Tally:
    """The tally that `keep_tally` kept."""
    body: Json = row.body
    return Tally(
        tps=row.tps,
        contest=row.contest,
        version=row.version,
        form=row.form,
        values=MappingProxyType(body["values"]),
        as_written=MappingProxyType(body["as_written"]),
        verifications=tuple(body["verifications"]),
        photos=tuple(body["photos"]),
        checks=tuple(check_from_json(check) for check in body["checks"]),
        origin=cast("Origin", row.origin),
        beside=tuple(body.get("beside", ())),
        decided=tuple(body.get("decided", ())),
    )

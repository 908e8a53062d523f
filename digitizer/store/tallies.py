"""Tallies as they were made; the latest version of a TPS and contest counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import cast

from sqlalchemy import ColumnElement, CompoundSelect, ScalarSelect
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, func, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from digitizer.domain.codec import check_from_json, check_to_json
from digitizer.domain.tally import Tally, lacks_votes
from digitizer.domain.verification import Origin
from digitizer.store.columns import Json, asked_for
from digitizer.store.events import lock_chain
from digitizer.store.standings import differing_tps, nodes_differ
from digitizer.store.tables import NodeDisputeRow, SheetRow, TallyRecord


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
        },
        made_at=now,
    )
    session.add(record)
    session.flush()


def latest_version(session: Session, contest: str, tps: str) -> int:
    """Version of the latest tally, 0 when there is none."""
    return session.exec(_latest_version(), params={"contest": contest, "tps": tps}).one() or 0


def latest_and_between(session: Session, contest: str, tps: str) -> tuple[int, tuple[str, ...]]:
    """`latest_version` with `standings.disputed_between`: nearly always both are asked."""
    asked = {"contest": contest, "tps": tps}
    version, between = session.exec(_latest_and_between(), params=asked).one()
    return version or 0, tuple(between or ())


@cache
def _latest_and_between() -> Select[int, list[str] | None]:
    return select(*made_and_between())


def made_and_between() -> tuple[ScalarSelect[int], ScalarSelect[list[str]]]:
    """As columns of a statement that is asked with `contest` and `tps`; NULL for none."""
    contest, tps = map(asked_for, ("contest", "tps"))
    between = sql_select(col(NodeDisputeRow.verifications)).where(
        col(NodeDisputeRow.contest) == contest, col(NodeDisputeRow.tps) == tps
    )
    return _latest_version().scalar_subquery(), between.scalar_subquery()


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
    query = select(TallyRecord).where(is_latest(), ~is_disputed(), *where)
    rows = session.exec(query.order_by(col(TallyRecord.contest), col(TallyRecord.tps)))
    return [row for row in rows if not lacks_votes(row.body["values"], row.body["as_written"])]


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
    """Whether people, or nodes, read the contest and TPS of a row of `tally` differently."""
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
    )

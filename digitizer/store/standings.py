"""Places that several nodes, or on several papers, were verified, and where these differ.

A place of which one node alone verified one paper has no row here; whether its readers differ, its
sheets say.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sql
from sqlalchemy import ColumnElement
from sqlmodel import Session, SQLModel, col, exists, func, select
from sqlmodel.sql.expression import Select

from digitizer.domain.standing import (
    NodeReading,
    NodeTally,
    Standing,
    lies_elsewhere,
    readings_behind,
    shows_otherwise,
    standing,
)
from digitizer.store.columns import asked_for
from digitizer.store.review_tables import WithdrawalRow
from digitizer.store.shown_pages import pages_of, pages_of_readings
from digitizer.store.tables import NodeDisputeRow, TallyRecord, VerificationRow
from digitizer.store.uploads import uploads_of_photos


def seen_elsewhere(session: Session, contest: str, tps: str, here: str) -> Mapping[str, int]:
    """For every other node that verified a place, the highest version it did so for."""
    asked = {"contest": contest, "tps": tps, "here": here}
    return dict(session.exec(_seen_elsewhere(), params=asked).all())


@cache
def _seen_elsewhere() -> Select[str, int]:
    contest, tps, here = map(asked_for, ("contest", "tps", "here"))
    return (
        select(VerificationRow.node, func.max(VerificationRow.version))
        .where(
            col(VerificationRow.contest) == contest,
            col(VerificationRow.tps) == tps,
            col(VerificationRow.node) != here,
        )
        .group_by(col(VerificationRow.node))
        .order_by(col(VerificationRow.node))
    )


def refresh_dispute(session: Session, contest: str, tps: str, *, moved: bool = False) -> None:
    """Bring up to date whether nodes or papers differ, after anything was verified at a place.

    Where a photo was `moved`, or read as another page, here or on another node, one may have
    confirmed what another moved.
    """
    session.flush()
    asked = {"contest": contest, "tps": tps}
    several, noted = session.connection().execute(_nodes_and_dispute(), asked).one()
    if not (several or noted or moved):
        return
    found = standing_of(session, contest, tps)
    kept = session.get(NodeDisputeRow, (contest, tps))
    # Whether the readers of one paper differ on one node, its sheet says.
    if found.disputed and (several or (found.latest is not None and found.latest.moved)):
        row = kept or NodeDisputeRow(contest=contest, tps=tps, verifications=[])
        row.verifications = list(found.between)
        session.add(row)
    elif kept is not None:
        session.delete(kept)
    session.flush()


@cache
def _nodes_and_dispute() -> sql.Select[Any]:
    """Whether more than one node, or more than one paper, was verified at a place, NULL where
    nothing was; and whether they differ as far as is known.
    """
    contest, tps = map(asked_for, ("contest", "tps"))
    node, form = col(VerificationRow.node), col(VerificationRow.form)
    at = (col(VerificationRow.contest) == contest, col(VerificationRow.tps) == tps)
    more = (func.min(node) < func.max(node)) | (func.min(form) < func.max(form))
    several = sql.select(more).where(*at).scalar_subquery()
    noted = exists().where(col(NodeDisputeRow.contest) == contest, col(NodeDisputeRow.tps) == tps)
    return sql.select(several, noted)


def _readings_of(row: TallyRecord, given: Mapping[str, VerificationRow]) -> tuple[str, ...]:
    """Ids of the readings that a tally rests on, those of other papers among them."""
    own, others = (
        [given[name].body for name in row.body.get(key, ()) if name in given]
        for key in ("verifications", "beside")
    )
    return (*readings_behind(own), *(name for item in others for name in item["readings"]))


def standing_of(session: Session, contest: str, tps: str) -> Standing:
    """What the tallies and verifications of a place come to, whoever made them."""
    tallies = session.exec(
        select(TallyRecord).where(col(TallyRecord.contest) == contest, col(TallyRecord.tps) == tps)
    ).all()
    lie: defaultdict[str, set[str | None]] = defaultdict(set)
    photos = [photo for row in tallies for photo in row.body["photos"]]
    for item in uploads_of_photos(session, photos):
        lie[item.photo].add(item.tps)
    at = (col(VerificationRow.contest) == contest, col(VerificationRow.tps) == tps)
    rows = {row.id: row for row in session.exec(select(VerificationRow).where(*at))}
    withdrawn = set(
        session.exec(
            select(WithdrawalRow.verification).where(col(WithdrawalRow.verification).in_(rows))
        )
    )
    behind = {(row.version, row.node): _readings_of(row, rows) for row in tallies}
    pages = pages_of_readings(session, {name for names in behind.values() for name in names})
    counts = pages_of(session, photos)
    settles = {name: tuple(row.body.get("settles", ())) for name, row in rows.items()}
    return standing(
        [
            NodeTally(
                row.node,
                row.version,
                row.body.get("seen", {}),
                row.body["values"],
                row.body["as_written"],
                tuple(row.body["verifications"]),
                lies_elsewhere(tps, row.body["photos"], lie)
                or shows_otherwise(
                    [pages[name] for name in behind[row.version, row.node] if name in pages], counts
                ),
                row.form,
                tuple(row.body.get("beside", ())),
                settles.get((row.body["verifications"] or [""])[-1], ()),
            )
            for row in tallies
        ],
        [
            NodeReading(
                row.id,
                row.node,
                row.version,
                row.form,
                row.outcome,
                {name: said["as_written"] for name, said in row.body["fields"].items()},
            )
            for row in rows.values()
            if row.id not in withdrawn
        ],
    )


def count_disputes(session: Session) -> int:
    """At how many places nodes, or papers, differ now."""
    return session.exec(select(func.count()).select_from(NodeDisputeRow)).one()


def differing_tps(contest: str) -> sql.Select[str]:
    """The TPS about which nodes or papers differ in a contest."""
    return sql.select(col(NodeDisputeRow.tps)).where(col(NodeDisputeRow.contest) == contest)


def nodes_differ(at: type[SQLModel]) -> ColumnElement[bool]:
    """Whether nodes or papers differ about the contest and TPS of a row of this table."""
    columns = sql.inspect(at).columns
    return exists().where(
        col(NodeDisputeRow.contest) == columns["contest"],
        col(NodeDisputeRow.tps) == columns["tps"],
    )

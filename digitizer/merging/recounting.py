"""Tallies that arrive, made once more from the verifications that are known here.

What an installation says that it counted is believed no more than what a bundle says: joined once,
a wrong tally would stand in this history for ever, and no bundle of it would hold.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from sqlmodel import Session, col, select

from digitizer.errors import MergeRefused
from digitizer.history import Row, State
from digitizer.proof import Faults, Grounds, named_by, recounted, unfounded
from digitizer.store.elections import list_tps
from digitizer.store.merged_state import Merging
from digitizer.store.tables import PhotoRow, ReadingRow, TallyRecord, VerificationRow

TOLD: Final = 10
"""So many faults are told one by one."""

AT_ONCE: Final = 500
"""So many are named by one statement; SQLite takes 999 values."""


def refuse_contradictions(state: State, name: str) -> None:
    """Nothing is told anew that is told once.

    Raises:
        MergeRefused: some event does.
    """
    faults = Faults()
    for item in state.contradicts:
        faults.add(f"event {item.seq} of node {item.node}", item.what)
    _refuse(faults, name)


def refuse_other_tps(session: Session, state: State, name: str) -> None:
    """A node that arrives was set up with the TPS that are here.

    Raises:
        MergeRefused: it was not.
    """
    told = state.rows("tps")
    if not told:
        return
    faults = Faults()
    for station in list_tps(session):
        found = told.pop((station.code,), None)
        if found is not None and any(getattr(station, key) != found[key] for key in found):
            faults.add(f"TPS {station.code}", "it is told otherwise than here")
    for (code,) in told:
        faults.add(f"TPS {code}", "it is not known here")
    _refuse(faults, name)


def refuse_wrong_tallies(merging: Merging, name: str) -> None:
    """Every tally that arrives is what comes of its verifications; after they were written.

    Raises:
        MergeRefused: one is not, or a verification names what nobody sent or read.
    """
    tallies = {**merging.rows("tally"), **dict(_taken_from(merging))}
    named = {item for row in tallies.values() for item in named_by(row["body"])}
    named |= {item for (item,) in merging.rows("verification")}
    given = _verifications(merging.session, named)
    bodies = [row["body"] for row in given.values()]
    grounds = Grounds(
        given,
        {(item, node) for item, node in merging.whole.rows("withdrawn_by")},
        _known(
            merging.session, ReadingRow.id, (one for body in bodies for one in body["readings"])
        ),
        _known(
            merging.session, PhotoRow.sha256, (one for body in bodies for one in body["photos"])
        ),
    )
    faults = Faults()
    try:
        for fault in (*unfounded(grounds), *recounted(tallies, grounds)):
            faults.add(fault.place, fault.what, found=fault.found, needed=fault.needed)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        faults.add("a tally", "it can not be counted", found=f"{type(error).__name__}: {error}")
    _refuse(faults, name)


def _taken_from(merging: Merging) -> Iterator[tuple[tuple[Any, ...], Row]]:
    """Tallies that are here already and lose a verification by what their own node tells now."""
    session = merging.session
    for item, node in merging.new.rows("withdrawn_by"):
        given = session.get(VerificationRow, item)
        if given is None:
            continue
        at = (
            col(TallyRecord.contest) == given.contest,
            col(TallyRecord.tps) == given.tps,
            col(TallyRecord.node) == node,
        )
        for row in session.exec(select(TallyRecord).where(*at)):
            if item in named_by(row.body):
                decides = row.body["verifications"][-1]
                key = (row.contest, row.tps, row.version, row.node, decides)
                yield key, {"form": row.form, "origin": row.origin, "body": row.body}


def _verifications(session: Session, names: Collection[str]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for some in _parts(names):
        query = select(VerificationRow).where(col(VerificationRow.id).in_(some))
        found |= {row.id: row.model_dump() for row in session.exec(query)}
    return found


def _known(session: Session, column: Any, names: Iterable[str]) -> set[str]:  # noqa: ANN401
    """Those of these names that a column has."""
    found: set[str] = set()
    for some in _parts(set(names)):
        found.update(session.exec(select(column).where(col(column).in_(some))))
    return found


def _parts(names: Collection[str]) -> Iterator[list[str]]:
    listed = sorted(names)
    for start in range(0, len(listed), AT_ONCE):
        yield listed[start : start + AT_ONCE]


def _refuse(faults: Faults, name: str) -> None:
    if not faults.count:
        return
    listed = [str(fault) for fault in faults.kept[:TOLD]]
    if faults.count > len(listed):
        listed.append(f"and {faults.count - len(listed)} more")
    raise MergeRefused(
        "\n".join([f"{name} tells what cannot be:", *listed]),
        "tell whoever keeps the installation that it names; nothing was merged",
    )

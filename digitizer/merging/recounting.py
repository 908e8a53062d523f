"""Tallies that arrive, made once more from the verifications that are known here.

What an installation says that it counted is believed no more than what a bundle says: joined once,
a wrong tally would stand in this history for ever, and no bundle of it would hold.
"""

from collections.abc import Iterator
from typing import Any, Final

from sqlmodel import Session

from digitizer.history import Row, State
from digitizer.merging.arrival import refuse
from digitizer.proof import Faults, Grounds, named_by, recounted, unfounded
from digitizer.store.elections import list_tps
from digitizer.store.merged_grounds import (
    known_photos,
    known_readings,
    tallies_losing,
    verifications_named,
)
from digitizer.store.merged_state import Merging

IMPOSSIBLE: Final = "tells what cannot be"
TELL: Final = "tell whoever keeps the installation that it names; nothing was merged"


def refuse_contradictions(state: State, name: str) -> None:
    """Nothing is told anew that is told once.

    Raises:
        MergeRefused: some event does.
    """
    faults = Faults()
    for item in state.contradicts:
        faults.add(f"event {item.seq} of node {item.node}", item.what)
    refuse(name, faults, said=IMPOSSIBLE, mend=TELL)


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
    refuse(name, faults, said=IMPOSSIBLE, mend=TELL)


def refuse_wrong_tallies(merging: Merging, name: str) -> None:
    """Every tally that arrives is what comes of its verifications; after they were written.

    Raises:
        MergeRefused: one is not, or a verification names what nobody sent or read.
    """
    session = merging.session
    tallies = {**merging.rows("tally"), **dict(_taken_from(merging))}
    named = {item for row in tallies.values() for item in named_by(row["body"])}
    named |= {item for (item,) in merging.rows("verification")}
    given = verifications_named(session, named)
    bodies = [row["body"] for row in given.values()]
    grounds = Grounds(
        given,
        {(item, node) for item, node in merging.whole.rows("withdrawn_by")},
        known_readings(session, {one for body in bodies for one in body["readings"]}),
        known_photos(session, {one for body in bodies for one in body["photos"]}),
    )
    faults = Faults()
    try:
        for fault in (*unfounded(grounds), *recounted(tallies, grounds)):
            faults.add(fault.place, fault.what, found=fault.found, needed=fault.needed)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        faults.add("a tally", "it can not be counted", found=f"{type(error).__name__}: {error}")
    refuse(name, faults, said=IMPOSSIBLE, mend=TELL)


def _taken_from(merging: Merging) -> Iterator[tuple[tuple[Any, ...], Row]]:
    """Tallies that are here already and lose a verification by what their own node tells now."""
    for item, key, row in tallies_losing(merging):
        if item in named_by(row["body"]):
            yield key, row

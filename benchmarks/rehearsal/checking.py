"""Whether a rehearsal ended as it must."""

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import Engine
from sqlmodel import Session

from benchmarks.rehearsal.country import CONTEST, values_at
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import verify_chain
from digitizer.store.recap_keeping import check_recap
from digitizer.store.recaps import recap_of
from digitizer.store.sheets import queue_counts
from digitizer.store.single_uploads import recount_singles

DONE = frozenset({"verified", "unassigned"})
"""Of forms that wait for nobody; photos for the pixels alone are sent for no TPS."""


def faults(engine: Engine, codes: Sequence[str]) -> list[str]:
    """Whatever is not as it must be when every form of these TPS was confirmed."""
    with read_session(engine) as session:
        found = [f"chain: {fault}" for fault in verify_chain(session)]
        found += _waiting(session)
        found += _not_as_written(session, codes)
    with write_session(engine) as session:
        found += [f"recount: {difference}" for difference in check_recap(session)]
        found += [f"queue: upload {name}" for name in recount_singles(session)]
        session.rollback()
    return found


def _waiting(session: Session) -> Iterator[str]:
    for state, count in queue_counts(session).items():
        if count and state not in DONE:
            yield f"{count} are {state}"


def _not_as_written(session: Session, codes: Sequence[str]) -> Iterator[str]:
    kept = recap_of(session, CONTEST)
    if kept.counted != len(codes):
        yield f"the recap counts {kept.counted} TPS, needed {len(codes)}"
    written: Counter[str] = Counter()
    for code in codes:
        written.update({name: value or 0 for name, value in values_at(code).items()})
    for name, value in written.items():
        if kept.totals.get(name) != value:
            yield f"{name} is {kept.totals.get(name)} in the recap, {value} on paper"

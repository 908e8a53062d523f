"""What follows from the facts of a store and is made once when it is opened after an upgrade."""

from sqlmodel import Session

from digitizer.store.other_papers import places_of_papers
from digitizer.store.recap_keeping import ensure_recap, is_counted
from digitizer.store.sheets import refresh_states


def ensure_counted(session: Session) -> None:
    """Count a store whose sums an upgrade took away, or that comes from before they were kept.

    Places whose papers contradict each other are disputed from then on, as they would be had they
    been confirmed by this version.
    """
    if not is_counted(session):
        for contest, tps in sorted(places_of_papers(session)):
            refresh_states(session, contest, tps)
    ensure_recap(session)

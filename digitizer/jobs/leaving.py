"""What a photo takes with it when it leaves a place: one paper never counts twice."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from digitizer.domain.election import Place
from digitizer.errors import Conflict
from digitizer.store.sheets import refresh_state, sheets_of
from digitizer.store.standings import refresh_dispute
from digitizer.store.tallies import latest_version
from digitizer.store.withdrawals import rests_on, void


def bereft(session: Session, left: Collection[Place], photo: str) -> tuple[Place, ...]:
    """Those of the places that a photo left where what was confirmed rests on it, or on nothing."""
    return tuple(
        place
        for place in sorted(left)
        if not sheets_of(session, *place) or rests_on(session, *place, photo)
    )


def refuse_counted(session: Session, places: Collection[Place]) -> None:
    """Only a supervisor takes away what counts.

    Raises:
        Conflict: at one of these places something counts.
    """
    for contest, code in sorted(places):
        if latest_version(session, contest, code):
            raise Conflict(
                f"the form of TPS {code} is confirmed and counts",
                "leave it to a supervisor: with its photo the TPS loses what was confirmed",
                code="counted_here",
            )


def take_leave(
    session: Session,
    photo: str,
    *,
    left: Collection[Place],
    joined: Collection[Place],
    account: str,
    now: datetime,
) -> None:
    """Take back what was confirmed where a photo lay, once its sheets are settled anew.

    What another installation confirmed where the photo lies now may count again.
    """
    for place in bereft(session, left, photo):
        void(session, *place, account=account, now=now)
    for place in sorted(joined):
        refresh_dispute(session, *place, moved=True)
        refresh_state(session, *place)

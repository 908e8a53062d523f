"""A photo is read again: what it leaves where it counts as another page by that.

A paper counts as one page of one form. When a person says that it is another, the sheets it was
part of are settled without it, and what was confirmed with it is taken back, as when it is moved to
another TPS. No machine may say so of a paper of which a person named the page, or with which
somebody confirmed anything: what it reads there is not kept.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlmodel import Session

from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.jobs.leaving import bereft, refuse_counted, take_leave
from digitizer.jobs.settling import Foreseen, settle_photo, sheets_of_photo
from digitizer.store.events import lock_chain
from digitizer.store.readings import reading_of, save_reading
from digitizer.store.rounds import places_of
from digitizer.store.shown_pages import page_of
from digitizer.store.withdrawals import rests_on

_log: Final = logging.getLogger(__name__)


def keep_placed(
    session: Session,
    reading: PageReading,
    blobs: Mapping[str, str],
    now: datetime,
    *,
    account: str,
    policy: Policy,
    supervises: bool,
) -> None:
    """Keep what was read where a person says that a page lies, and settle what the photo touches.

    Raises:
        Conflict: the photo counts as another page by that, a tally rests on it, and who says so is
            no supervisor.
    """
    lock_chain(session)
    photo = reading.photo
    shown, lay = page_of(session, photo), sheets_of_photo(session, photo, policy)
    left = frozenset() if shown is None else places_of(session, photo, shown.form)
    save_reading(session, photo, reading, None, blobs, 0.0, now, account)
    settle_photo(session, photo, now, policy, left=lay)
    if page_of(session, photo) == shown:
        return
    if not supervises:
        refuse_counted(session, bereft(session, left, photo))
    joined = places_of(session, photo, reading.form)
    take_leave(session, photo, left=left, joined=joined, account=account, now=now)


def keep_read(
    session: Session,
    outcome: PhotoOutcome,
    blobs: Mapping[str, str],
    seconds: float,
    now: datetime,
    policy: Policy,
    foreseen: Sequence[Foreseen] = (),
) -> None:
    """Keep what the machine made of a photo, unless more is known of it; settle what it touches.

    The caller commits.
    """
    lock_chain(session)
    photo = outcome.photo
    lay = sheets_of_photo(session, photo, policy)
    if _may_count(session, outcome):
        save_reading(session, photo, outcome.reading, outcome.problem, blobs, seconds, now)
    settle_photo(session, photo, now, policy, foreseen, left=lay)


def _may_count(session: Session, outcome: PhotoOutcome) -> bool:
    known = reading_of(session, outcome.photo)
    if outcome.reading is None:
        # Another worker, to which the job was given meanwhile, may have found more.
        return known is None
    if known is None or known.reading is None:
        return True
    before, now = known.reading, outcome.reading
    if (before.form, before.page) == (now.form, now.page):
        return True
    places = places_of(session, outcome.photo, before.form)
    if before.identity != "person" and not any(
        rests_on(session, *place, outcome.photo) for place in places
    ):
        return True
    _log.warning("photo read as another page than people said")
    return False

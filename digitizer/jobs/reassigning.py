"""A photo belongs to another TPS than was said: what it leaves and joins is settled anew."""

from datetime import datetime

from sqlmodel import Session

from digitizer.domain.policy import Policy
from digitizer.jobs.expected import forms_expected, is_elsewhere
from digitizer.jobs.leaving import refuse_counted, take_leave
from digitizer.jobs.settling import resettle, touched
from digitizer.store.events import lock_chain
from digitizer.store.line import join_again
from digitizer.store.readings import reading_of
from digitizer.store.receiving import assign
from digitizer.store.rounds import fits, places_of
from digitizer.store.uploads import upload


def reassign(
    session: Session,
    upload_id: str,
    *,
    tps: str | None,
    contest: str | None,
    account: str,
    now: datetime,
    policy: Policy,
    supervises: bool,
) -> None:
    """Say to which TPS an upload belongs, and settle the sheets it leaves and joins.

    Without a contest the one that was said before stays, where the form of that TPS can be of it.
    What was confirmed of a TPS counts no longer once a photo that it rests on has left it, and who
    confirms it anew does so of the photos that stayed. A photo that was taken for a form that the
    TPS does not have is read once more.

    Raises:
        NotFound: there is no such upload, TPS or contest.
        Conflict: a tally rests on the photo, and who moves it is no supervisor.
    """
    # What is asked here decides what is settled, so nobody else may move anything meanwhile.
    lock_chain(session)
    sent = upload(session, upload_id)
    photo = sent.photo
    stored = reading_of(session, photo)
    form = None if stored is None or stored.reading is None else stored.reading.form
    if contest is None and sent.contest is not None and tps is not None:
        kept = form is None or fits(session, form, tps, sent.contest)
        contest = sent.contest if kept else None
    if stored is None or form is None:
        assign(session, upload_id, tps, contest, account, now)
        return
    before = touched(session, photo, form, policy)
    lay = places_of(session, photo, form)
    assign(session, upload_id, tps, contest, account, now)
    lies = places_of(session, photo, form)
    left = lay - lies
    if not supervises:
        refuse_counted(session, left)
    for place in sorted(before | touched(session, photo, form, policy)):
        resettle(session, *place, form, now, policy)
    take_leave(session, photo, left=left, joined=lies - lay, account=account, now=now)
    if tps is not None and is_elsewhere(stored, forms_expected(session, tps)):
        join_again(session, upload_id, now)

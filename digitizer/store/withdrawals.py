"""Taking back what was just confirmed: the reading stays in the history, its effect goes."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from digitizer.errors import Conflict, NotFound
from digitizer.store.events import append_event, lock_chain
from digitizer.store.other_papers import answered
from digitizer.store.review_tables import WithdrawalRow
from digitizer.store.sheet_states import stands
from digitizer.store.sheets import refresh_state
from digitizer.store.standings import refresh_dispute
from digitizer.store.tables import ReadingRow, TallyRecord, VerificationRow

SECONDS: Final = 30
"""How long a confirmation can be taken back by whoever gave it."""

GRACE: Final = 5
"""So many seconds more are allowed for the way there."""


def withdraw(session: Session, verification: str, *, account: str, now: datetime) -> None:
    """Take a verification back, and with it the tally that was made of it.

    The verification is kept, and both are told in the history; a tally is only what follows from
    the verifications that stand. The same one taken back again changes nothing.

    Raises:
        NotFound: this account gave no such verification.
        Conflict: it is too late, or somebody has built on it.
    """
    here = lock_chain(session)
    row = session.get(VerificationRow, verification)
    if row is None or row.reviewer != account:
        raise NotFound(
            f"there is no verification {verification} of this account", "open the form again"
        )
    if session.get(WithdrawalRow, verification) is not None:
        return
    if row.node != here:
        raise Conflict(
            "it was confirmed on another installation",
            "take it back there, and merge again; or open the form and confirm it anew",
            code="too_late",
        )
    if now > row.at + timedelta(seconds=SECONDS + GRACE):
        raise Conflict(
            f"it was confirmed at {row.at.isoformat()}, more than {SECONDS} seconds ago",
            "open the form again; confirming it anew makes a new version",
            code="too_late",
        )
    place: dict[str, str | int] = {
        "contest": row.contest,
        "tps": row.tps,
        "form": row.form,
        "version": row.version,
    }
    _drop_tally(session, row, place, now)
    session.add(WithdrawalRow(verification=verification, account=account, at=now))
    session.flush()
    payload = {**place, "verification": verification}
    append_event(session, "verification_withdrawn", payload, account, now)
    refresh_state(session, row.contest, row.tps)


def rests_on(session: Session, contest: str, tps: str, photo: str) -> bool:
    """Whether somebody who confirmed or read a form of a TPS had this photo before them."""
    tallies = select(TallyRecord).where(
        col(TallyRecord.contest) == contest, col(TallyRecord.tps) == tps
    )
    if any(photo in tally.body["photos"] for tally in session.exec(tallies)):
        return True
    readings = set(session.exec(select(ReadingRow.id).where(col(ReadingRow.photo) == photo)))
    given = select(VerificationRow).where(
        col(VerificationRow.contest) == contest, col(VerificationRow.tps) == tps, stands()
    )
    return any(readings & set(row.body["readings"]) for row in session.exec(given))


def void(session: Session, contest: str, tps: str, *, account: str, now: datetime) -> None:
    """Take back whatever was confirmed of a TPS that a photo has left on which it rests.

    Else one paper would count twice: where its photo lay, and where it lies now. Readings stay in
    the history, as with `withdraw`. An earlier version that does not rest on the photo is taken
    back too: nobody has said that it should count again.
    """
    lock_chain(session)
    tallies = select(TallyRecord).where(
        col(TallyRecord.contest) == contest, col(TallyRecord.tps) == tps
    )
    for tally in session.exec(tallies.order_by(col(TallyRecord.version), col(TallyRecord.node))):
        made = {
            "contest": contest,
            "tps": tps,
            "form": tally.form,
            "version": tally.version,
            "node": tally.node,
            "values": tally.body["values"],
            "verifications": tally.body["verifications"],
        }
        session.delete(tally)
        append_event(session, "tally_withdrawn", made, account, now)
    given = select(VerificationRow).where(
        col(VerificationRow.contest) == contest, col(VerificationRow.tps) == tps, stands()
    )
    for row in session.exec(given.order_by(col(VerificationRow.at), col(VerificationRow.id))).all():
        session.add(WithdrawalRow(verification=row.id, account=account, at=now))
        said = {"contest": contest, "tps": tps, "form": row.form, "version": row.version}
        append_event(
            session, "verification_withdrawn", {**said, "verification": row.id}, account, now
        )
    session.flush()
    refresh_dispute(session, contest, tps)
    refresh_state(session, contest, tps)


def _drop_tally(
    session: Session, row: VerificationRow, place: dict[str, str | int], now: datetime
) -> None:
    """Take away the tally that a verification decided.

    Raises:
        Conflict: another tally rests on it, or somebody decided about it since.
    """
    tallies = session.exec(
        select(TallyRecord).where(
            col(TallyRecord.contest) == row.contest, col(TallyRecord.tps) == row.tps
        )
    ).all()
    later = answered(session, row.contest, row.tps, row.form)
    for tally in tallies:
        body = tally.body
        named = (*body["verifications"][:-1], *body.get("beside", ()), *body.get("decided", ()))
        if row.id in named or row.id in later:
            raise Conflict(
                "somebody read this form after this verification, or another paper of its TPS",
                "open the form again; confirming it anew makes a new version",
                code="too_late",
            )
    for tally in tallies:
        if tally.body["verifications"][-1:] != [row.id]:
            continue
        values = {
            "node": tally.node,
            "values": tally.body["values"],
            "verifications": tally.body["verifications"],
        }
        session.delete(tally)
        session.flush()
        append_event(session, "tally_withdrawn", {**place, **values}, row.reviewer, now)

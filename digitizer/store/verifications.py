"""Verifications and the tallies made from them: kept for ever, one beside the other."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

import sqlalchemy as sql
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from digitizer.domain.codec import (
    Json,
    check_to_json,
    verification_from_json,
    verification_to_json,
    without_notes,
)
from digitizer.domain.tally import Tally
from digitizer.domain.verification import (
    ALONE,
    Dispute,
    NeedsReader,
    OtherPapers,
    Verification,
)
from digitizer.errors import Conflict, NotAllowed
from digitizer.store.columns import asked_for, asked_for_all
from digitizer.store.events import append_event, lock_chain
from digitizer.store.form_readings import uploaders
from digitizer.store.other_papers import IN_ORDER, answered, other_papers, senders_of
from digitizer.store.remarks import objections_told
from digitizer.store.sheet_states import stands
from digitizer.store.sheets import refresh_state
from digitizer.store.standings import refresh_dispute, seen_elsewhere
from digitizer.store.tables import SheetRow, VerificationRow
from digitizer.store.tallies import (
    keep_tally,
    latest_tallies,
    latest_version,
    papers_to_json,
    so_far,
    tallies_of,
)

__all__ = [
    "disputants",
    "history",
    "latest_tallies",
    "latest_version",
    "lock_pending",
    "other_senders",
    "pending",
    "save_verification",
    "tallies_of",
    "waiting",
]


class Pending(NamedTuple):
    """What nobody has settled of a form, and what `verify` needs to know beside it.

    Attributes:
        version: of the latest tally of the TPS and contest, 0 for none.
        others: what was confirmed of its other papers.
    """

    version: int
    verifications: tuple[Verification, ...]
    others: OtherPapers = ALONE


def save_verification(
    session: Session,
    verification: Verification,
    contest: str,
    tps: str,
    form: str,
    outcome: Tally | NeedsReader | Dispute,
    now: datetime,
    *,
    expected_version: int,
    pending_now: Pending | None = None,
) -> None:
    """Keep a verification and, when `verify` made one, its tally, with their events.

    `outcome` is what `domain.verification.verify` made of this and the `pending` verifications;
    `expected_version` is the version of the latest tally when the form was opened, 0 for none.
    `pending_now` is what `lock_pending` gave in this transaction, where it was asked.
    The same verification again changes nothing.

    Raises:
        Conflict: someone verified this TPS and contest meanwhile, this reviewer has read the form
            already, or this verification contradicts one with the same id.
        NotAllowed: the reviewer sent a photo of this form, or of another paper on which this
            decides too.
        ValueError: the outcome was not made of these verifications.
    """
    here = lock_chain(session)
    body = verification_to_json(verification)
    known = pending_now or _waiting(session, contest, tps, form)
    if (kept := session.get(VerificationRow, verification.id)) is not None:
        _check_same(kept, contest, tps, form, body)
        return
    _check_open(session, verification, (contest, tps, form), known, expected_version)
    version, before, others = known
    if isinstance(outcome, Tally):
        place = (contest, tps, form, version + 1)
        _check_tally(outcome, place, (*before, verification), others)
    told = objections_told(session, session.get(SheetRow, (contest, tps, form)))
    body = {**body, "objections": list(told)}
    row = VerificationRow(
        id=verification.id,
        contest=contest,
        tps=tps,
        form=form,
        version=version + 1,
        reviewer=verification.reviewer,
        outcome=_name(outcome),
        body=body,
        at=verification.at,
        node=here,
    )
    session.add(row)
    session.flush()
    named = {"contest": contest, "tps": tps, "form": form, "version": version + 1}
    payload = {**named, "outcome": row.outcome, "verification": without_notes(body)}
    append_event(session, "form_verified", payload, verification.reviewer, now)
    if isinstance(outcome, Tally):
        _make_tally(session, outcome, named, here, verification.reviewer, now)
        if not {name for item in before for name in item.readings} <= {*verification.readings}:
            # Of what an earlier reader had before them something was moved or read otherwise since.
            refresh_dispute(session, contest, tps, moved=True)
    refresh_state(session, contest, tps)


def _check_open(
    session: Session,
    verification: Verification,
    at: tuple[str, str, str],
    known: Pending,
    expected_version: int,
) -> None:
    """See that this person may confirm the form `at`, as it was on their screen."""
    if known.version != expected_version:
        raise Conflict(
            f"this TPS was verified meanwhile: version {known.version}, opened at"
            f" {expected_version}",
            "open the form again; what was typed is kept",
        )
    if verification.reviewer in {item.reviewer for item in known.verifications}:
        raise Conflict(
            "you have read this form, and nobody has settled it since",
            "let another reviewer read it",
        )
    if verification.reviewer in uploaders(session, *at):
        raise NotAllowed("you sent a photo of this form", "let another reviewer confirm it")
    # Whoever only reads this paper says nothing of the others.
    if verification.settles and verification.reviewer in senders_of(session, *at[:2], known.others):
        raise NotAllowed(
            "you sent a photo of another paper on which this decides",
            "let another supervisor decide",
        )


def _make_tally(
    session: Session, tally: Tally, named: Json, here: str, reviewer: str, now: datetime
) -> None:
    """Keep a tally with its event, which says what this node had seen of the others."""
    seen = seen_elsewhere(session, tally.contest, tally.tps, here)
    keep_tally(session, tally, now, seen)
    made = {
        "values": dict(tally.values),
        "as_written": dict(tally.as_written),
        "verifications": list(tally.verifications),
        "photos": list(tally.photos),
        "checks": [check_to_json(check) for check in tally.checks],
        "origin": tally.origin,
        "seen": dict(seen),
        **papers_to_json(tally),
    }
    append_event(session, "tally_made", {**named, **made}, reviewer, now)


def disputed_sheets(session: Session) -> frozenset[tuple[str, str, str]]:
    """Contest, TPS and form of every sheet of which a reading that stands made a dispute, whether
    somebody has settled it since or not.
    """
    query = select(VerificationRow.contest, VerificationRow.tps, VerificationRow.form)
    found = session.exec(query.where(col(VerificationRow.outcome) == "disputed", stands()))
    return frozenset((contest, tps, form) for contest, tps, form in found)


def pending(session: Session, contest: str, tps: str, form: str) -> tuple[Verification, ...]:
    """Verifications of a form that no tally has answered, oldest first: the input of `verify`.

    Where nodes or papers differ, also those between which somebody decides.

    Makes other writers wait, so that nobody adds another before the outcome is kept.
    """
    return lock_pending(session, contest, tps, form).verifications


def lock_pending(session: Session, contest: str, tps: str, form: str) -> Pending:
    """`pending` with the version of the latest tally, for `save_verification`."""
    lock_chain(session)
    return _waiting(session, contest, tps, form)


def waiting(session: Session, contest: str, tps: str, form: str) -> Pending:
    """The same without making anybody wait: for screens."""
    return _waiting(session, contest, tps, form)


def disputants(session: Session, contest: str, tps: str, form: str) -> frozenset[str]:
    """Ids of the accounts that may not settle a disputed form because of how it came about.

    Those between whose readings whoever does decides, and `other_senders`.
    """
    _, before, others = _waiting(session, contest, tps, form)
    readers = frozenset(item.reviewer for item in (*before, *others.all))
    return readers | senders_of(session, contest, tps, others)


def other_senders(session: Session, contest: str, tps: str, form: str) -> frozenset[str]:
    """Ids of the accounts that sent a photo of another paper on which whoever settles a disputed
    form decides too.
    """
    return senders_of(session, contest, tps, _waiting(session, contest, tps, form).others)


def _waiting(session: Session, contest: str, tps: str, form: str) -> Pending:
    version, made, papers, between = so_far(session, contest, tps, form)
    asked = {"contest": contest, "tps": tps, "form": form, "made": made, "between": between}
    rows = session.exec(_not_in_a_tally(), params=asked).all()
    others = ALONE
    if papers or between:
        settled = answered(session, contest, tps, form) if rows else frozenset()
        rows = [row for row in rows if row.id in between or row.id not in settled]
        others = other_papers(session, contest, tps, form, between)
    # Whoever read it again after a tally was taken back is still one reader.
    latest = {row.reviewer: row.id for row in rows}
    rows = [row for row in rows if row.id in between or row.id == latest[row.reviewer]]
    return Pending(version, tuple(verification_from_json(row.body) for row in rows), others)


@cache
def _not_in_a_tally() -> SelectOfScalar[VerificationRow]:
    contest, tps, form = map(asked_for, ("contest", "tps", "form"))
    made = sql.bindparam("made", type_=sql.Integer())
    return (
        select(VerificationRow)
        .where(
            col(VerificationRow.contest) == contest,
            col(VerificationRow.tps) == tps,
            col(VerificationRow.form) == form,
            (col(VerificationRow.version) > made)
            | col(VerificationRow.id).in_(asked_for_all("between")),
            stands(),
        )
        .order_by(*IN_ORDER)
    )


def history(session: Session, contest: str, tps: str) -> tuple[Verification, ...]:
    """Every verification of a TPS and contest that stands, oldest first."""
    rows = session.exec(_history(), params={"contest": contest, "tps": tps})
    return tuple(verification_from_json(row.body) for row in rows)


@cache
def _history() -> SelectOfScalar[VerificationRow]:
    contest, tps = map(asked_for, ("contest", "tps"))
    at = (col(VerificationRow.contest) == contest, col(VerificationRow.tps) == tps)
    return select(VerificationRow).where(*at, stands()).order_by(*IN_ORDER)


def _check_same(kept: VerificationRow, contest: str, tps: str, form: str, body: Json) -> None:
    fresh = {"at", "seconds", "objections"}
    same = {key: value for key, value in kept.body.items() if key not in fresh} == {
        key: value for key, value in body.items() if key not in fresh
    }
    if not same or (kept.contest, kept.tps, kept.form) != (contest, tps, form):
        raise Conflict(
            f"verification {kept.id} is kept already and says something else",
            "open the form again; what was typed is kept",
        )


def _check_tally(
    tally: Tally,
    needed: tuple[str, str, str, int],
    verifications: Sequence[Verification],
    others: OtherPapers,
) -> None:
    place = (tally.contest, tally.tps, tally.form, tally.version)
    if place != needed:
        raise ValueError(f"a tally of {place}, needed {needed}")
    if set(tally.verifications) != {item.id for item in verifications}:
        raise ValueError("the tally does not rest on the verifications that are kept")
    papers = tuple(tuple(item.id for item in some) for some in (others.beside, others.decided))
    if (tally.beside, tally.decided) != papers:
        raise ValueError("the tally does not rest on what was confirmed of the other papers")


def _name(outcome: Tally | NeedsReader | Dispute) -> str:
    match outcome:
        case Tally():
            return "tally"
        case NeedsReader():
            return "needs_reader"
        case Dispute():
            return "disputed"

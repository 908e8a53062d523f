"""Removing what is of people and no longer needed as proof: originals, invitations, labels.

Numbers, crops without names and signatures, hashes and the history stay: a total can still be
walked down to its ink, and whoever kept a photo can still show that it is the one.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, func, select

from digitizer.errors import Conflict
from digitizer.store.account_tables import AccountRow, InviteRow, LoginFailureRow
from digitizer.store.correction_tables import CorrectionRow
from digitizer.store.events import append_event, batched, lock_chain
from digitizer.store.photos import PhotoStore
from digitizer.store.tables import EventRow, ReadingRow, RemovalRow, SheetRow, UploadRow

LISTED = 1000
"""So many photos are named by one event."""

UNPAINTED = "whole"
"""The copy of a photo that nobody could place shows what an original shows."""


@dataclass(frozen=True, slots=True)
class Purge:
    """What is older than a moment and may be removed.

    Attributes:
        photos: originals, by sha256, in order.
        invites, labels, failures: how many invitations, what witnesses are called, and failed
            attempts to sign in.
    """

    photos: tuple[str, ...]
    invites: int
    labels: int
    failures: int


def planned(session: Session, before: datetime, *, unverified: bool = False) -> Purge:
    """What `purge` would remove of all that was sent or made before a moment.

    `unverified` counts photos too of forms that nobody has verified, and of none at all.
    """
    latest = (
        select(UploadRow.photo)
        .group_by(col(UploadRow.photo))
        .having(func.max(col(UploadRow.at)) < before)
    )
    removed = select(RemovalRow.photo)
    documents = select(CorrectionRow.photo)
    kept = {*session.exec(removed), *session.exec(documents)}
    old = set(session.exec(latest).all()) - kept
    read = set(session.exec(select(ReadingRow.photo)).all())
    verified, open_ = _by_state(session)
    proven = old & read if unverified else old & verified - open_
    return Purge(
        tuple(sorted(proven)),
        _count(session, col(InviteRow.created_at) < before),
        _count(session, col(AccountRow.created_at) < before, col(AccountRow.label) != ""),
        _count(session, col(LoginFailureRow.at) < before),
    )


def purge(
    session: Session,
    photos: PhotoStore,
    before: datetime,
    *,
    unverified: bool = False,
    actor: str,
    now: datetime,
) -> Purge:
    """Remove what is `planned`; that it was, and how much, is an event.

    Bytes go first: after a crash in between the next purge finds the same photos again. Nothing is
    taken in meanwhile, so no photo that is sent again just then is lost.
    """
    lock_chain(session)
    plan = planned(session, before, unverified=unverified)
    for sha256 in (*plan.photos, *_unpainted(session, plan.photos)):
        photos.remove(sha256)
    session.add_all(RemovalRow(photo=photo, at=now) for photo in plan.photos)
    session.exec(delete(InviteRow).where(col(InviteRow.created_at) < before))
    session.exec(delete(LoginFailureRow).where(col(LoginFailureRow.at) < before))
    for row in session.exec(select(AccountRow).where(col(AccountRow.created_at) < before)):
        row.label = ""
        session.add(row)
    session.flush()
    for gone in batched(plan.photos, LISTED):
        append_event(session, "originals_removed", {"photos": gone}, actor, now)
    listed = "\n".join(plan.photos)
    counts = {**asdict(plan), "photos": len(plan.photos)}
    digest = hashlib.sha256(listed.encode()).hexdigest()
    payload = {"before": before.isoformat(), **counts, "photos_sha256": digest}
    append_event(session, "personal_data_removed", payload, actor, now)
    return plan


def is_removed(session: Session, photo: str) -> bool:
    """Whether the bytes of an original were removed."""
    return session.get(RemovalRow, photo) is not None


def ever_removed(session: Session) -> frozenset[str]:
    """Originals that are removed, or were and came back since."""
    told = session.exec(select(EventRow.payload).where(col(EventRow.kind) == "originals_removed"))
    named = {photo for payload in told for photo in payload["photos"]}
    return frozenset({*named, *session.exec(select(RemovalRow.photo))})


def refuse_removed(session: Session, photo: str) -> None:
    """Nothing is read again on a photo whose bytes were removed.

    Raises:
        Conflict: they were.
    """
    if is_removed(session, photo):
        raise Conflict(
            "the original of this photo was removed",
            "what was read of it stays; nothing can be read again",
            code="original_removed",
        )


def _by_state(session: Session) -> tuple[set[str], set[str]]:
    """Photos of forms that are verified, and of those that are not."""
    found: tuple[set[str], set[str]] = (set(), set())
    for state, photos in session.exec(select(SheetRow.state, SheetRow.photos)):
        found[state != "verified"].update(photos)
    return found


def _unpainted(session: Session, photos: Iterable[str]) -> list[str]:
    wanted = set(photos)
    rows = session.exec(select(ReadingRow.photo, ReadingRow.blobs))
    return [blobs[UNPAINTED] for photo, blobs in rows if photo in wanted and UNPAINTED in blobs]


def _count(session: Session, *conditions: object) -> int:
    return session.exec(select(func.count()).where(*conditions)).one()  # type: ignore[arg-type]

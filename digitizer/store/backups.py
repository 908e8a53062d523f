"""That backups were made, and that this installation goes on from one."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from digitizer.store.backup_tables import BackupRow
from digitizer.store.events import append_event


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was finished.

    Attributes:
        taken_at: what stood then is in it.
        head: of the history at that moment.
        blobs: photos and pictures in it, and how many are `lacking` that the store had lost.
    """

    taken_at: datetime
    finished_at: datetime
    head: str
    blobs: int
    lacking: int


def note_backup(session: Session, made: Backup) -> None:
    """Keep that a backup was finished. It is no fact of the count, and so no event."""
    session.add(
        BackupRow(
            taken_at=made.taken_at,
            finished_at=made.finished_at,
            head=made.head,
            blobs=made.blobs,
            lacking=made.lacking,
        )
    )
    session.flush()


def last_backup(session: Session) -> Backup | None:
    """The newest backup, None where none was made."""
    row = session.exec(select(BackupRow).order_by(col(BackupRow.taken_at).desc()).limit(1)).first()
    if row is None:
        return None
    return Backup(row.taken_at, row.finished_at, row.head, row.blobs, row.lacking)


def note_restored(
    session: Session, head: str, node: str, taken_at: datetime, now: datetime
) -> None:
    """Say in the history that this node goes on from a backup of another one, which is gone: what
    happened there after `taken_at` may be lost.
    """
    payload = {"head": head, "node": node, "taken_at": taken_at.astimezone(UTC).isoformat()}
    append_event(session, "backup_restored", payload, "system", now)

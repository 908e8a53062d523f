"""Every blob that a row names: what a backup takes along and what `doctor` looks for."""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from digitizer.store.events import AT_ONCE
from digitizer.store.purging import UNPAINTED, ever_removed
from digitizer.store.tables import PhotoRow, ReadingRow, RemovalRow


def named_blobs(session: Session) -> Iterator[str]:
    """The sha256 of every blob that must be there, originals first; a picture may come twice.

    What `purge` removed is named by rows too, and need not be there; the copy of a photo that came
    back is made once more when it is read.
    """
    removed = select(RemovalRow.photo)
    photos = select(PhotoRow.sha256).where(col(PhotoRow.sha256).not_in(removed))
    for (photo,) in _streamed(session, photos.order_by(col(PhotoRow.sha256))):
        yield photo
    gone = ever_removed(session)
    for photo, blobs in _streamed(session, select(ReadingRow.photo, ReadingRow.blobs)):
        for name, sha256 in sorted(blobs.items()):
            if name != UNPAINTED or photo not in gone:
                yield sha256


def _streamed(session: Session, query: object) -> Iterator[tuple]:  # type: ignore[type-arg]
    options = {"yield_per": AT_ONCE}
    yield from session.connection().execute(query, execution_options=options)  # type: ignore[call-overload]

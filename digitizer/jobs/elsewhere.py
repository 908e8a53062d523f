"""What of a sheet's photos was sent for another TPS too: the same bytes, or the same paper.

Either is a reason for doubt, of both sheets, and never a refusal: who sent which by mistake is for
people to see.
"""

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from digitizer.domain.likeness import likeness, most_bits
from digitizer.domain.policy import Policy
from digitizer.domain.verdict import Reason
from digitizer.store.likeness import ink_pairs
from digitizer.store.readings import StoredReading, get_reading, reading_ids, reading_of
from digitizer.store.uploads import uploads_of_photos


def reasons_elsewhere(
    session: Session, stored: Sequence[StoredReading], code: str, policy: Policy
) -> Iterator[Reason]:
    """Why the photos of one form of the TPS `code` may be those of another.

    Each other TPS is named once, by the same bytes if there are any, else by the page that is most
    alike.
    """
    named = {code}
    for tps in sorted(_tps_of(session, [item.photo for item in stored]) - named):
        named.add(tps)
        yield Reason("duplicate_elsewhere", numbers={"tps": tps})
    pages = {item.id: item.reading.page for item in stored if item.reading is not None}
    for pair in ink_pairs(session, pages, most_bits=most_bits(policy.min_likeness)):
        photo = _photo(session, pair.other)
        if photo is None:
            continue
        for tps in sorted(_tps_of(session, [photo]) - named):
            named.add(tps)
            numbers: dict[str, int | float | str] = {
                "page": pages[pair.reading],
                "tps": tps,
                "likeness": int(100 * likeness(pair.bits)),
                "reading": pair.reading,
                "other": pair.other,
            }
            yield Reason("near_duplicate", numbers=numbers)


def photos_alike(session: Session, photo: str, policy: Policy) -> tuple[str, ...]:
    """Other photos that show the same paper, as far as ink can tell, by any reading of this one."""
    readings = reading_ids(session, photo)
    pairs = ink_pairs(session, readings, most_bits=most_bits(policy.min_likeness))
    photos = (_photo(session, pair.other) for pair in pairs)
    return tuple(found for found in photos if found is not None)


def _photo(session: Session, reading_id: str) -> str | None:
    """The photo of a reading, or None when another reading of it counts now."""
    photo = get_reading(session, reading_id).photo
    counts = reading_of(session, photo)
    return photo if counts is not None and counts.id == reading_id else None


def _tps_of(session: Session, photos: Sequence[str]) -> set[str]:
    """The TPS for which any of these photos was sent, as assigned last."""
    uploads = uploads_of_photos(session, photos)
    return {item.tps for item in uploads if item.tps is not None}

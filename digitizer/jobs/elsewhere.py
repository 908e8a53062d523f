"""What of a sheet's photos was sent for another TPS too: the same bytes, or the same paper.

Either is a reason for doubt, of both sheets, and never a refusal: who sent which by mistake is for
people to see.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlmodel import Session

from digitizer.domain.likeness import likeness, most_bits
from digitizer.domain.policy import Policy
from digitizer.domain.verdict import Reason
from digitizer.store.likeness import ink_pairs
from digitizer.store.readings import StoredReading, read_as, reading_ids
from digitizer.store.uploads import uploads_of_photos


def reasons_elsewhere(
    session: Session, stored: Sequence[StoredReading], code: str, policy: Policy
) -> Iterator[Reason]:
    """Why the photos of one form of the TPS `code` may be those of another.

    Each other TPS is named once, by the same bytes if there are any, else by the page that is most
    alike.
    """
    named = {code}
    own = _by_photo(session, [item.photo for item in stored])
    for tps in sorted(set().union(*own.values()) - named):
        named.add(tps)
        yield Reason("duplicate_elsewhere", numbers={"tps": tps})
    # By every reading of a photo: what it is like it stays, also once it is read anew with another
    # file of its form, or otherwise laid flat.
    shown = {item.photo: (item.id, item.reading.page) for item in stored if item.reading}
    readings = reading_ids(session, shown)
    pairs = ink_pairs(session, readings, most_bits=most_bits(policy.min_likeness))
    # Of one TPS any number of photos may be alike; only those of others are asked about.
    strange = [pair for pair in pairs if pair.other not in readings]
    others = read_as(session, {pair.other for pair in strange})
    tps_of = _by_photo(session, {other.photo for other in others.values()})
    for pair in strange:
        reading, page = shown[readings[pair.reading]]
        other = others[pair.other]
        for tps in sorted(tps_of.get(other.photo, set()) - named):
            named.add(tps)
            numbers: dict[str, int | float | str] = {
                "page": page,
                "tps": tps,
                "likeness": int(100 * likeness(pair.bits)),
                "reading": reading,
                "other": other.counts,
            }
            yield Reason("near_duplicate", numbers=numbers)


def photos_alike(session: Session, photo: str, policy: Policy) -> tuple[str, ...]:
    """Other photos that show the same paper, as far as ink can tell, by any reading of either."""
    readings = reading_ids(session, (photo,))
    pairs = ink_pairs(session, readings, most_bits=most_bits(policy.min_likeness))
    others = read_as(session, {pair.other for pair in pairs})
    return tuple(sorted({other.photo for other in others.values()}))


def _by_photo(session: Session, photos: Collection[str]) -> Mapping[str, set[str]]:
    """The TPS for which each of these photos was sent, as assigned last."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for item in uploads_of_photos(session, tuple(photos)):
        if item.tps is not None:
            found[item.photo].add(item.tps)
    return found

"""Papers of which merged events say that they lie at another TPS, or are another page, than before.

What was confirmed with such a paper may have been confirmed by one installation while another moved
it. Few papers are moved, so only what they touch is looked at.
"""

from collections.abc import Collection, Iterator
from typing import Final

from sqlmodel import col, select

from digitizer.domain.election import Place
from digitizer.store.events import batched
from digitizer.store.merged_state import Merging
from digitizer.store.shown_pages import pages_of, read_as_several
from digitizer.store.tables import AssignmentRow, ContestRow, TallyRecord, UploadRow
from digitizer.store.uploads import upload, uploads_of_photos

AT_ONCE: Final = 500
"""So many are named by one statement; SQLite takes 999 values."""


def photos_leaving(merging: Merging) -> Iterator[str]:
    """Photos that are here, of which new events say where they belong, or that they show another
    page; asked before these are written.
    """
    made = merging.new.rows("upload")
    for name, _ in merging.new.written("assignment"):
        if (name,) not in made:
            yield upload(merging.session, name).photo
    said: dict[str, set[tuple[str, int]]] = {}
    for row in merging.new.rows("reading").values():
        if row["form"] is not None:
            said.setdefault(row["photo"], set()).add((row["form"], row["page"]))
    for some in _few(said):
        shown = pages_of(merging.session, some)
        yield from (photo for photo, page in shown.items() if said[photo] != {page})


def places_of_moved(merging: Merging) -> frozenset[Place]:
    """Places at which somebody may have confirmed what another one moved, or read as another page;
    asked once all is written.
    """
    return frozenset(
        (*_counted_of_moved(merging), *_counted_of_reread(merging), *_resting_on_moved(merging))
    )


def _counted_of_moved(merging: Merging) -> Iterator[Place]:
    """Places with a tally of a TPS to which an upload belonged that was moved."""
    session = merging.session
    for some in _few({name for name, _ in merging.new.written("assignment")}):
        sent = select(UploadRow.tps).where(col(UploadRow.id).in_(some))
        assigned = select(AssignmentRow.tps).where(col(AssignmentRow.upload).in_(some))
        codes = {code for code in (*session.exec(sent), *session.exec(assigned)) if code}
        yield from ((row.contest, row.tps) for row in _tallies_at(merging, codes))


def _counted_of_reread(merging: Merging) -> Iterator[Place]:
    """Places with a tally that rests on a photo of which a reading came that says another page."""
    for some in _few({row["photo"] for row in merging.new.rows("reading").values()}):
        photos = read_as_several(merging.session, some)
        codes = {item.tps for item in uploads_of_photos(merging.session, tuple(photos)) if item.tps}
        for row in _tallies_at(merging, codes):
            if photos.intersection(row.body["photos"]):
                yield row.contest, row.tps


def _tallies_at(merging: Merging, codes: Collection[str]) -> Iterator[TallyRecord]:
    for some in _few(codes):
        # With the contests, which begin the key: else all tallies are gone through.
        at = (
            col(TallyRecord.contest).in_(select(ContestRow.id)),
            col(TallyRecord.tps).in_(some),
        )
        yield from merging.session.exec(select(TallyRecord).where(*at))


def _resting_on_moved(merging: Merging) -> Iterator[Place]:
    """Places of new tallies with a photo of which an upload was ever assigned, or that was read as
    more than one page.
    """
    resting = {
        (contest, tps): row["body"]["photos"]
        for (contest, tps, *_), row in merging.rows("tally").items()
    }
    moved: set[str] = set()
    for some in _few({photo for photos in resting.values() for photo in photos}):
        assigned = select(UploadRow.photo).where(
            col(UploadRow.photo).in_(some),
            col(UploadRow.id).in_(select(AssignmentRow.upload)),
        )
        moved.update(merging.session.exec(assigned), read_as_several(merging.session, some))
    yield from (place for place, photos in resting.items() if moved.intersection(photos))


def _few(names: Collection[str]) -> Iterator[list[str]]:
    """The same in order, in parts that one statement can name."""
    return batched(sorted(names), AT_ONCE)

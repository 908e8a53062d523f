"""What people confirmed, box by box: the glyphs that a reader can be trained on further."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import Session

from digitizer.store.elections import contests
from digitizer.store.glyph_marks import marks_of
from digitizer.store.other_papers import confirmed_on
from digitizer.store.readings import readings_of
from digitizer.store.tallies import latest_tallies


@dataclass(frozen=True, slots=True)
class Label:
    """One box of a reading whose form was verified.

    Attributes:
        blob: sha256 of the picture of its number.
        confirmed, read: the glyph of the verified tally, and the one that was read.
        marked: whether somebody found it odd in the glyph grid.
        group: the same for all boxes of a form.
    """

    form: str
    field: str
    box: int
    blob: str
    confirmed: str
    read: str
    marked: bool
    group: int


def labels(session: Session) -> Iterator[Label]:
    """Every box of every verified tally that counts, of which there is a picture."""
    group = 0
    for contest in contests(session):
        for tally in latest_tallies(session, contest.id):
            group += 1
            readings = readings_of(session, tally.photos)
            papers = confirmed_on(session, tally)
            marked = {
                (mark.reading, mark.field, mark.box)
                for mark in marks_of(session, [stored.id for stored in readings.values()])
            }
            for stored in readings.values():
                if stored.reading is None:
                    continue
                form = stored.reading.form
                for name, field in stored.reading.fields.items():
                    blob = stored.blobs.get(f"crop/{name}")
                    written = papers.get(form, {}).get(name)
                    if blob is None or written is None or len(written) != len(field.glyphs):
                        continue
                    for box, (confirmed, scores) in enumerate(
                        zip(written, field.glyphs, strict=True)
                    ):
                        odd = (stored.id, name, box) in marked
                        yield Label(form, name, box, blob, confirmed, scores.top, odd, group)

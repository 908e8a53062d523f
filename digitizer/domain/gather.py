"""From the readings of single photos to one reading of the form they belong to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import MappingProxyType

from digitizer.domain.form import FormSpec
from digitizer.domain.glyph import UNREADABLE
from digitizer.domain.reading import FieldReading, PageReading


@dataclass(frozen=True, slots=True)
class FormReading:
    """All photos of one form of one TPS, put together.

    Attributes:
        pages: by page number, the photo from which most numbers of the page are taken.
        fields: of every number the photo that shows it best.
        taken_from: by field id, the page reading it is from.
        others: by field id, what the other photos of the same page read there.
    """

    form: FormSpec
    pages: Mapping[int, PageReading]
    fields: Mapping[str, FieldReading]
    taken_from: Mapping[str, PageReading]
    others: Mapping[str, tuple[FieldReading, ...]]

    @property
    def missing_pages(self) -> tuple[int, ...]:
        """Numbers of the pages that hold counted numbers and of which no photo was read."""
        return tuple(
            page.number
            for page in self.form.pages
            if page.number not in self.pages and any(field.counted for field in page.fields)
        )


def gather(form: FormSpec, readings: Sequence[PageReading]) -> FormReading:
    """Put page readings together, oldest first.

    Where several photos show a page, every number is taken from the one that shows it best: whole,
    not burnt out, and with the surest boxes; of equals from the latest. What the others read is
    kept beside it, for `triage` to see whether they contradict.

    Raises:
        ValueError: a reading is of another form.
    """
    for reading in readings:
        if reading.form != form.id:
            raise ValueError(f"a reading of form {reading.form} among those of {form.id}")
    taken_from: dict[str, PageReading] = {}
    others: dict[str, tuple[FieldReading, ...]] = {}
    for name in form.fields:
        showing = [reading for reading in readings if name in reading.fields]
        if not showing:
            continue
        best = max(reversed(showing), key=lambda reading: _how_well(reading, name))
        taken_from[name] = best
        if len(showing) > 1:
            others[name] = tuple(item.fields[name] for item in showing if item is not best)
    pages = {
        number: max(
            (reading for reading in reversed(readings) if reading.page == number),
            key=lambda reading: sum(item is reading for item in taken_from.values()),
        )
        for number in sorted({reading.page for reading in readings})
    }
    return FormReading(
        form,
        MappingProxyType(pages),
        MappingProxyType({name: item.fields[name] for name, item in taken_from.items()}),
        MappingProxyType(taken_from),
        MappingProxyType(others),
    )


def _how_well(reading: PageReading, name: str) -> tuple[bool, float, float]:
    """How well a photo shows a number; the better, the greater.

    Boxes count by what may be read in them: to be sure that nothing can be is to show nothing.
    """
    boxes = prod(1 - scores.of(UNREADABLE) for scores in reading.fields[name].glyphs)
    boxes *= prod(scores.probability for scores in reading.fields[name].glyphs)
    seen = reading.field_quality.get(name)
    if seen is None:
        return True, 0.0, boxes
    return seen.whole, -seen.glare, boxes

"""What each place of a form shows: consistent by default, contradictory on purpose."""

from collections.abc import Mapping
from dataclasses import dataclass

from lokal.terbilang import terbilang

from digitizer.domain.form import FieldSpec, FormSpec
from digitizer.domain.glyph import BLANK, DIGITS


@dataclass(frozen=True, slots=True)
class Entry:
    """What is drawn for one field.

    Attributes:
        as_written: one glyph a digit box, leftmost first.
        bubbles: one digit or `_` a bubble column, or None for no bubble at all.
        tally: the number of turus, or None for an empty tally.
        row_sums: two glyphs a tally row, or None for none.
        words: the number in words, or None.
    """

    as_written: str
    bubbles: str | None = None
    tally: int | None = None
    row_sums: tuple[str, ...] | None = None
    words: str | None = None


def number_words(number: int) -> str:
    """A number as KPPS write it: Indonesian capitals.

    >>> number_words(123)
    'SERATUS DUA PULUH TIGA'
    """
    if not 0 <= number <= 9999:
        raise ValueError(f"{number} does not fit a form; needed 0 to 9999")
    return str(terbilang(number)).upper()


def entries_for(form: FormSpec, values: Mapping[str, int], leading: str) -> dict[str, Entry]:
    """A filling in which every place agrees with the values.

    Args:
        form: the form to fill.
        values: one number a field; fields without one stay empty.
        leading: what goes into unused leading boxes: `X`, `-`, `_` or `0`.

    Raises:
        ValueError: a number does not fit its boxes or its tally.
    """
    return {
        field.id: entry_for(field, values[field.id], leading)
        for field in form.fields.values()
        if field.id in values
    }


def entry_for(field: FieldSpec, number: int, leading: str) -> Entry:
    """One field, written the same in every place it has."""
    boxes = len(field.digit_boxes)
    if number < 0 or len(str(number)) > boxes:
        raise ValueError(f"{field.id}: {number} does not fit {boxes} boxes")
    lead = leading if field.counted else "0"
    as_written = str(number).rjust(boxes, lead)
    return Entry(
        as_written=as_written,
        bubbles=bubbles_for(as_written) if field.bubbles else None,
        tally=number if field.tally else None,
        row_sums=_row_sums(field, number, leading) if field.row_sums else None,
        words=number_words(number) if field.words is not None else None,
    )


def bubbles_for(as_written: str) -> str:
    """The bubbles that go with the boxes: a struck or empty box has none."""
    return "".join(glyph if glyph in DIGITS else BLANK for glyph in as_written)


def _row_sums(field: FieldSpec, number: int, leading: str) -> tuple[str, ...]:
    sums: list[str] = []
    rest = number
    for row, boxes in zip(field.tally, field.row_sums, strict=True):
        count = min(rest, 5 * len(row))
        rest -= count
        empty = BLANK * len(boxes)
        sums.append(str(count).rjust(len(boxes), leading) if count else empty)
    if rest:
        raise ValueError(f"{field.id}: {number} does not fit its tally")
    return tuple(sums)

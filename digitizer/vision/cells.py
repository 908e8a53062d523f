"""Read every cell of a page: glyphs with probabilities, and what each witness says of a number."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FieldSpec
from digitizer.domain.glyph import UNREADABLE, GlyphScores, glyph_scores
from digitizer.domain.number import spell
from digitizer.domain.reading import Candidate, Evidence, FieldReading, PageReading, Source
from digitizer.vision.marks import ColumnScores, bubble_scores
from digitizer.vision.quality import measure_quality, print_grey
from digitizer.vision.rectify import Page
from digitizer.vision.segment import Cell

SPELLABLE: Final = 0.5
"""A box or column whose best glyph is less likely than this is written `?`."""

CHOICES: Final = 4
"""So many glyphs a box take part in the values that a number may have."""

CANDIDATES: Final = 6
"""So many values are kept a witness."""

FAINTEST: Final = 1e-4
"""Glyphs and values less likely than this are not listed."""

CUT_BOX: Final = glyph_scores({UNREADABLE: 1.0})
"""Of a box that the photo cuts off nobody can say anything, least of all that it is blank."""


class Reader(Protocol):
    """Reads digit cells; `digitizer.vision.digits.GlyphReader` is the released one."""

    @property
    def name(self) -> str:
        """Which model this is; kept with every reading."""

    def read(self, cells: Sequence[NDArray[np.uint8]]) -> tuple[GlyphScores, ...]:
        """Scores of each cell, in order."""


def read_cells(page: Page, cells: Sequence[Cell], reader: Reader) -> PageReading:
    """Read all digit boxes and bubbles of a page."""
    boxes = [cell for cell in cells if cell.source == "digits"]
    bubbles = [cell for cell in cells if cell.source == "bubbles"]
    scores = {
        (cell.field, cell.place): found if cell.whole else CUT_BOX
        for cell, found in zip(boxes, reader.read([cell.image for cell in boxes]), strict=True)
    }
    grey = np.asarray(cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY), np.uint8)
    columns = bubble_scores(bubbles, print_grey(page, grey))
    location = page.location
    return PageReading(
        photo=page.photo.id,
        form=location.form.id,
        form_version=location.form.version,
        page=page.spec.number,
        fields={
            field.id: _field_reading(
                field,
                [scores[field.id, place] for place in _places(field)],
                [columns[field.id, place] for place in _places(field)] if field.bubbles else [],
            )
            for field in page.spec.fields
        },
        quality=measure_quality(page),
        method=location.method,
        reprojection_error_mm=location.reprojection_error_mm,
        turns=location.turns,
        model=reader.name,
    )


def _places(field: FieldSpec) -> list[int]:
    """Decimal places of a field's boxes, leftmost first."""
    return [field.place(index) for index in range(len(field.digit_boxes))]


def _field_reading(
    field: FieldSpec, glyphs: list[GlyphScores], columns: list[ColumnScores]
) -> FieldReading:
    evidence = [_evidence("digits", [scores.ranked for scores in glyphs])]
    if columns:
        evidence.append(_evidence("bubbles", [column.ranked for column in columns]))
    written = evidence[0].as_written
    return FieldReading(field.id, written or "", tuple(glyphs), tuple(evidence))


def _evidence(source: Source, ranked: list[tuple[tuple[str, float], ...]]) -> Evidence:
    """What a witness says, from the glyphs of its boxes or columns, each most likely first."""
    written = "".join(
        options[0][0] if options[0][1] >= SPELLABLE else UNREADABLE for options in ranked
    )
    values: dict[int | None, float] = defaultdict(float)
    likely = [
        [option for option in options[:CHOICES] if option[1] > FAINTEST] for options in ranked
    ]
    for choice in product(*likely):
        number = spell("".join(glyph for glyph, _ in choice))
        values[number.value] += float(np.prod([probability for _, probability in choice]))
    best = sorted(values.items(), key=lambda item: -item[1])
    candidates = tuple(Candidate(value, p) for value, p in best[:CANDIDATES] if p > FAINTEST)
    return Evidence(source, candidates, written)

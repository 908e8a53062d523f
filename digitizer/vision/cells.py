"""Read every cell of a page: glyphs with probabilities, and what each witness says of a number."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FieldSpec
from digitizer.domain.glyph import ALPHABET, BLANK, UNREADABLE, GlyphScores, glyph_scores
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

UNFOUND_DOUBT: Final = 0.55
"""Weight of `?` in a box whose printed border was not found: its pixels may be another place's."""

NO_INK: Final = 0.13
SOME_INK: Final = 0.20
"""Ink as a share of the depth of black print. Marker, pen and pencil reach 0.27 and more in every
photo measured; the stripes of a photographed screen stay below 0.12."""


class Reader(Protocol):
    """Reads digit cells; `digitizer.vision.digits.GlyphReader` is the released one."""

    @property
    def name(self) -> str:
        """Which model this is; kept with every reading."""

    def read(self, cells: Sequence[NDArray[np.uint8]]) -> tuple[GlyphScores, ...]:
        """Scores of each cell, in order."""


def read_cells(page: Page, cells: Sequence[Cell], reader: Reader) -> PageReading:
    """Read all digit boxes and bubbles of a page."""
    grey = np.asarray(cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY), np.uint8)
    black = print_grey(page, grey)
    boxes = [cell for cell in cells if cell.source == "digits"]
    bubbles = [cell for cell in cells if cell.source == "bubbles"]
    scores = {
        (cell.field, cell.place): _doubted(cell, found, black)
        for cell, found in zip(boxes, reader.read([cell.image for cell in boxes]), strict=True)
    }
    columns = bubble_scores(bubbles, black)
    quality, field_quality = measure_quality(page)
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
        quality=quality,
        method=location.method,
        reprojection_error_mm=location.reprojection_error_mm,
        turns=location.turns,
        model=reader.name,
        field_quality=field_quality,
        identity=location.identity,
        rivals=location.rivals,
    )


def ink_depth(cell: NDArray[np.uint8], black: float) -> float:
    """The darkest ink inside a box, its border left out: 0 as its paper, 1 as black print."""
    grey = cv2.cvtColor(cell, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    inside = grey[round(0.22 * height) : round(0.78 * height) + 1, :]
    inside = inside[:, round(0.22 * width) : round(0.78 * width) + 1]
    paper = float(np.percentile(inside, 80))
    return (paper - float(np.percentile(inside, 3))) / max(paper - black, 20.0)


def _doubted(cell: Cell, scores: GlyphScores, black: float) -> GlyphScores:
    """The reader's scores, less sure where the cell itself gives reason.

    Of a cut box nothing is known. Where the border was not found, `?` takes more than half. Where
    there is hardly any ink, what was seen in it goes to blank and `?` alike: no digit is invented
    from stripes or stains.
    """
    if not cell.whole:
        return CUT_BOX
    found = np.array(scores.probabilities)
    blank, unreadable = ALPHABET.index(BLANK), ALPHABET.index(UNREADABLE)
    faint = np.clip((SOME_INK - ink_depth(cell.image, black)) / (SOME_INK - NO_INK), 0, 1)
    kept = np.full(len(ALPHABET), 1 - faint)
    kept[[blank, unreadable]] = 1
    freed = float((found * (1 - kept)).sum())
    found = found * kept
    found[[blank, unreadable]] += freed / 2
    if not cell.found:
        found = (1 - UNFOUND_DOUBT) * found
        found[unreadable] += UNFOUND_DOUBT
    return GlyphScores(tuple(float(p) for p in found / found.sum()))


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

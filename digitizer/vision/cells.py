"""Read every cell of a page: glyphs with probabilities, and what each witness says of a number."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FieldSpec
from digitizer.domain.glyph import ALPHABET, BLANK, UNREADABLE, GlyphScores, glyph_scores
from digitizer.domain.number import spell
from digitizer.domain.reading import Candidate, Evidence, FieldReading, PageReading, Source
from digitizer.vision.ink_hash import ink_hash
from digitizer.vision.marks import bubble_scores
from digitizer.vision.quality import measure_quality
from digitizer.vision.rectify import Page
from digitizer.vision.row_sums import ROW_END, add_rows
from digitizer.vision.segment import Cell
from digitizer.vision.tally_count import count_turus
from digitizer.vision.tally_marks import MARKS, Cells
from digitizer.vision.tones import tones_of
from digitizer.vision.words import NOTHING, ReadWords

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

CUT_CELL: Final = np.eye(len(MARKS))[MARKS.index("?")]
"""Likewise of a tally cell that is cut off, or may be some other place."""

UNFOUND_DOUBT: Final = 0.55
"""Weight of `?` in a box whose printed border was not found: its pixels may be another place's."""

BURNT: Final = 252
"""Grey level of paper from which on glare may have taken the ink with it."""

NO_INK: Final = 0.13
SOME_INK: Final = 0.20
"""Ink as a share of the depth of black print. Marker, pen and pencil reach 0.27 and more in every
photo measured; the stripes of a photographed screen stay below 0.12."""


class Reader(Protocol):
    """Reads digit cells; `digitizer.vision.digits.GlyphReader` is the released one."""

    @property
    def name(self) -> str:
        """Which model this is; the names of all three are kept with every reading."""

    def read(self, cells: Sequence[NDArray[np.uint8]]) -> tuple[GlyphScores, ...]:
        """Scores of each cell, in order."""


class MarkReader(Protocol):
    """Reads tally cells; `digitizer.vision.tally_marks.TurusReader` is the released one."""

    @property
    def name(self) -> str:
        """Which model this is."""

    @property
    def surest(self) -> float:
        """The most that may be said for the count of a whole tally."""

    def read(self, cells: Sequence[NDArray[np.uint8]]) -> Cells:
        """Probabilities over `MARKS` of each cell, (n, 8), in order."""


class WordsReader(Protocol):
    """Reads numbers in words; `digitizer.vision.words.WordReader` is the released one."""

    @property
    def name(self) -> str:
        """Which model this is."""

    def read(self, areas: Sequence[NDArray[np.uint8]]) -> tuple[ReadWords, ...]:
        """What each area says, in order."""


def read_cells(
    page: Page,
    cells: Sequence[Cell],
    reader: Reader,
    turus: MarkReader,
    words: WordsReader,
) -> PageReading:
    """Read every box, bubble, tally cell and number in words of a page."""
    tones = tones_of(page)
    boxes = [cell for cell in cells if cell.source in ("digits", "rowsums")]
    scores = {
        (cell.source, cell.field, cell.row, cell.place): _doubted(cell, found, tones.black)
        for cell, found in zip(boxes, reader.read([cell.image for cell in boxes]), strict=True)
    }
    columns = bubble_scores([cell for cell in cells if cell.source == "bubbles"], tones.black)
    tallies = [cell for cell in cells if cell.source == "tally"]
    burnt = [not tones.white_all_over and _burnt(cell.image) for cell in tallies]
    counts = _counts(tallies, turus, burnt)
    in_words = _in_words([cell for cell in cells if cell.source == "words"], words)
    quality, field_quality = measure_quality(page, tones)
    location = page.location
    fields = {}
    for field in page.spec.fields:
        glyphs = [scores["digits", field.id, 0, place] for place in _places(field)]
        evidence = [_evidence("digits", [box.ranked for box in glyphs])]
        if field.bubbles:
            ranked = [columns[field.id, place].ranked for place in _places(field)]
            evidence.append(_evidence("bubbles", ranked))
        if field.tally:
            evidence.append(Evidence("tally", _candidates(counts[field.id])))
        if field.row_sums:
            rows = [
                [
                    scores["rowsums", field.id, row, place]
                    for place in reversed(range(len(row_boxes)))
                ]
                for row, row_boxes in enumerate(field.row_sums)
            ]
            written = ROW_END.join(_spelled([box.ranked for box in row]) for row in rows)
            evidence.append(Evidence("rowsums", _candidates(add_rows(rows)), written))
        if field.words is not None:
            evidence.append(in_words[field.id])
        written = evidence[0].as_written or ""
        fields[field.id] = FieldReading(field.id, written, tuple(glyphs), tuple(evidence))
    return PageReading(
        photo=page.photo.id,
        form=location.form.id,
        form_version=location.form.version,
        page=page.spec.number,
        fields=fields,
        quality=quality,
        method=location.method,
        reprojection_error_mm=location.reprojection_error_mm,
        turns=location.turns,
        model=" ".join((reader.name, turus.name, words.name)),
        field_quality=field_quality,
        identity=location.identity,
        rivals=location.rivals,
        ink_hash=ink_hash(page, tones.grey),
    )


def _counts(
    cells: Sequence[Cell], turus: MarkReader, burnt: Sequence[bool]
) -> Mapping[str, Mapping[int | None, float]]:
    """Probabilities of the count of each tally, by field; of a burnt-out cell nothing is known."""
    found = turus.read([cell.image for cell in cells])
    by_field: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    for cell, marks, lost in zip(cells, found, burnt, strict=True):
        seen = cell.whole and cell.found and not lost
        by_field[cell.field].append(marks if seen else CUT_CELL)
    return {name: count_turus(np.stack(rows), turus.surest) for name, rows in by_field.items()}


def _in_words(cells: Sequence[Cell], words: WordsReader) -> Mapping[str, Evidence]:
    """What each number in words says, by field; nothing where the photo does not show all of it."""
    seen = [cell for cell in cells if cell.whole and cell.found]
    read = {
        cell.field: one
        for cell, one in zip(seen, words.read([cell.image for cell in seen]), strict=True)
    }
    found = {}
    for cell in cells:
        one = read.get(cell.field, NOTHING)
        said: dict[int | None, float] = dict(one.values.items())
        values = {None: max(0.0, 1 - sum(said.values()))} | said
        found[cell.field] = Evidence("words", _candidates(values), one.letters or None)
    return found


def ink_depth(cell: NDArray[np.uint8], black: float) -> float:
    """The darkest ink inside a box, its border left out: 0 as its paper, 1 as black print."""
    grey = cv2.cvtColor(cell, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    inside = grey[round(0.22 * height) : round(0.78 * height) + 1, :]
    inside = inside[:, round(0.22 * width) : round(0.78 * width) + 1]
    # Not np.percentile, which takes ten times as long over so few pixels.
    levels = np.sort(inside, axis=None)
    ink, paper = (float(levels[round(share * (len(levels) - 1))]) for share in (0.03, 0.80))
    return (paper - ink) / max(paper - black, 20.0)


def _doubted(cell: Cell, scores: GlyphScores, black: float) -> GlyphScores:
    """The reader's scores, less sure where the cell itself gives reason.

    Of a cut box nothing is known. Where the border was not found, `?` takes more than half. Where
    there is hardly any ink, what was seen in it goes to blank and `?` alike: no digit is invented
    from stripes or stains.
    """
    if not cell.whole:
        return CUT_BOX
    faint = min(max((SOME_INK - ink_depth(cell.image, black)) / (SOME_INK - NO_INK), 0.0), 1.0)
    if faint == 0 and cell.found:
        return scores
    found = np.array(scores.probabilities)
    blank, unreadable = ALPHABET.index(BLANK), ALPHABET.index(UNREADABLE)
    kept = np.full(len(ALPHABET), 1 - faint)
    kept[[blank, unreadable]] = 1
    freed = float((found * (1 - kept)).sum())
    found = found * kept
    found[[blank, unreadable]] += freed / 2
    if cell.source == "rowsums" and not _burnt(cell.image):
        # Its border is too pale to be missed: a place without ink is simply not filled in.
        found[blank] += faint * found[unreadable]
        found[unreadable] *= 1 - faint
    if not cell.found:
        found = (1 - UNFOUND_DOUBT) * found
        found[unreadable] += UNFOUND_DOUBT
    return GlyphScores(tuple(float(p) for p in found / found.sum()))


def _burnt(cell: NDArray[np.uint8]) -> bool:
    """Whether the paper of a cell, half of it or more, is so light that ink may be lost in it."""
    return 2 * int(np.count_nonzero(cell >= BURNT)) >= cell.size


def _places(field: FieldSpec) -> list[int]:
    """Decimal places of a field's boxes, leftmost first."""
    return [field.place(index) for index in range(len(field.digit_boxes))]


def _evidence(source: Source, ranked: list[tuple[tuple[str, float], ...]]) -> Evidence:
    """What a witness says, from the glyphs of its boxes or columns, each most likely first."""
    values: dict[int | None, float] = defaultdict(float)
    likely = [
        [option for option in options[:CHOICES] if option[1] > FAINTEST] for options in ranked
    ]
    for choice in product(*likely):
        number = spell("".join(glyph for glyph, _ in choice))
        values[number.value] += float(np.prod([probability for _, probability in choice]))
    return Evidence(source, _candidates(values), _spelled(ranked))


def _spelled(ranked: list[tuple[tuple[str, float], ...]]) -> str:
    """The likeliest glyphs of boxes or columns, `?` where none is likely."""
    return "".join(
        options[0][0] if options[0][1] >= SPELLABLE else UNREADABLE for options in ranked
    )


def _candidates(values: Mapping[int | None, float]) -> tuple[Candidate, ...]:
    """The likeliest values of a witness."""
    best = sorted(values.items(), key=lambda item: -item[1])
    return tuple(Candidate(value, p) for value, p in best[:CANDIDATES] if p > FAINTEST)

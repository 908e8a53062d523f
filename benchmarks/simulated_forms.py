"""Whole forms as they would be read: invented counts, papers that go wrong, real reading errors.

What a crew meant is drawn by `digitizer.synth.simulate`; what it wrote may differ, as papers do;
and what is read of each box is what the model said of a real box with the same glyph, out of fold.
Reading errors are put in on top, at a rate that is given, and each of them is sure: that is the
worst case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from benchmarks.calibration import Read
from digitizer.domain.form import FieldSpec, FormSpec
from digitizer.domain.glyph import ALPHABET, BLANK, CROSS, DASH, DIGITS, GlyphScores
from digitizer.domain.number import spell
from digitizer.domain.reading import Candidate, Evidence, FieldReading, PageReading, Quality, Source
from digitizer.domain.rules import check_rules
from digitizer.synth.simulate import simulate_tps

PaperError = Literal["wrong_sum", "swapped_columns", "turned_digits", "neighbour_row"]
"""How crews write what does not add up: a slip in adding, L for P, 12 for 21, the row beside."""

LEADING: Final = {CROSS: 0.75, DASH: 0.10, "0": 0.10, BLANK: 0.05}
"""How crews fill unused leading boxes; one way a form."""

SLIPS: Final = (1, 2, 5, 9, 10, 20, 50, 100)
BUBBLES_LEFT_EMPTY: Final = 0.3
BUBBLE_SLIP: Final = 0.005
MISCOUNT: Final = 0.02
COUNT_SURE: Final = 0.98
REGISTERED: Final = (80, 301)
SURE: Final = 0.999


@dataclass(frozen=True, slots=True)
class SimulatedForm:
    """One form: what stands on the paper, and what the machine reads of it.

    Attributes:
        written: by field id, one glyph a box, as the crew wrote it.
        pages: the readings of all its pages.
        consistent: whether what is written obeys every hard rule.
        registered: voters in the DPT of the TPS.
    """

    written: Mapping[str, str]
    pages: tuple[PageReading, ...]
    consistent: bool
    registered: int


@dataclass(frozen=True)
class Ink:
    """What a model says of boxes, drawn from what it said of real ones.

    Attributes:
        read: real boxes and their scores, out of fold.
        error_rate: so large a share of the boxes is surely taken for another glyph.
    """

    read: Read
    error_rate: float
    _scores: dict[tuple[int, str, str], GlyphScores] = field(default_factory=dict, repr=False)

    @cached_property
    def right(self) -> Mapping[str, NDArray[np.intp]]:
        """Rows by glyph of the boxes that were read right."""
        return {g: np.flatnonzero(self.read.right & (self.read.truth == i)) for i, g in _GLYPHS}

    @cached_property
    def sure(self) -> Mapping[str, NDArray[np.intp]]:
        """Of these, the sure ones; all where none is."""
        kept = {g: rows[self.read.sure[rows] >= SURE] for g, rows in self.right.items()}
        return {g: rows if len(rows) else self.right[g] for g, rows in kept.items()}

    @cached_property
    def taken_for(self) -> Mapping[str, NDArray[np.float64]]:
        """By glyph, how often it was taken for each digit and cross; never seen counts as half."""
        found = {}
        for index, glyph in _GLYPHS:
            wrong = self.read.top[(self.read.truth == index) & ~self.read.right]
            counts = np.array([float((wrong == other).sum()) for other, _ in _GLYPHS]) + 0.5 / 11
            counts[index] = 0.0
            found[glyph] = counts / counts.sum()
        return found

    def box(self, glyph: str, rng: np.random.Generator) -> GlyphScores:
        """What the model may say of a box with this glyph."""
        like = glyph if glyph in self.right and len(self.right[glyph]) else CROSS
        if rng.random() < self.error_rate:
            other = str(rng.choice([g for _, g in _GLYPHS], p=self.taken_for[like]))
            return self._row(int(rng.choice(self.sure[other])), other, other)
        return self._row(int(rng.choice(self.right[like])), like, glyph)

    def _row(self, row: int, like: str, glyph: str) -> GlyphScores:
        """Scores of a real box; those of a cross do for the marks that were not collected."""
        key = row, like, glyph
        if key not in self._scores:
            scores = self.read.scores[row].copy()
            one, two = ALPHABET.index(like), ALPHABET.index(glyph)
            scores[[one, two]] = scores[[two, one]]
            self._scores[key] = GlyphScores(tuple((scores / scores.sum()).tolist()))
        return self._scores[key]


_GLYPHS: Final = tuple((ALPHABET.index(glyph), glyph) for glyph in DIGITS + CROSS)


def simulate_form(
    form: FormSpec, ink: Ink, rng: np.random.Generator, *, inconsistent: bool
) -> SimulatedForm:
    """Draw one form, consistent or with an error of the crew in it."""
    registered = int(rng.integers(*REGISTERED))
    meant = simulate_tps(form, rng, registered)
    values = {name: meant[name] for name, spec in form.fields.items() if spec.counted}
    if inconsistent:
        values = gone_wrong(form, values, rng)
    ways = [*LEADING]
    leading = str(rng.choice(ways, p=[LEADING[way] for way in ways]))
    written = {name: spelled(form.fields[name], value, leading) for name, value in values.items()}
    bubbles = rng.random() > BUBBLES_LEFT_EMPTY
    fields = {
        name: _read(form.fields[name], boxes, ink, rng, bubbles=bubbles)
        for name, boxes in written.items()
    }
    pages = tuple(
        PageReading(
            photo=f"{page.number:064x}", form=form.id, form_version=form.version,
            page=page.number,
            fields={f.id: fields[f.id] for f in page.fields if f.id in fields},
            quality=Quality(3.0, 45.0, 0.8, 210.0), method="tag_and_corners",
            reprojection_error_mm=0.1, turns=0, model="simulated",
        )
        for page in form.pages
        if any(f.id in fields for f in page.fields)
    )  # fmt: skip
    return SimulatedForm(written, pages, not broken_rules(form, values), registered)


def gone_wrong(
    form: FormSpec, values: Mapping[str, int], rng: np.random.Generator
) -> dict[str, int]:
    """The same numbers with one error of the crew, so that a hard rule is broken."""
    while True:
        wrong = _with_error(form, dict(values), rng)
        if broken_rules(form, wrong):
            return wrong


def broken_rules(form: FormSpec, values: Mapping[str, int]) -> tuple[str, ...]:
    """The hard rules that these numbers break."""
    checks = check_rules(form, values)
    return tuple(c.rule for c in checks if c.outcome == "broken" and c.severity == "hard")


def spelled(spec: FieldSpec, value: int, leading: str) -> str:
    """A number in its boxes, the unused ones filled in the crew's way; nought keeps one 0."""
    return str(value).rjust(len(spec.digit_boxes), leading)


def _with_error(form: FormSpec, values: dict[str, int], rng: np.random.Generator) -> dict[str, int]:
    kind = str(rng.choice(get_args(PaperError)))
    name = str(rng.choice([*values]))
    most = 10 ** len(form.fields[name].digit_boxes) - 1
    if kind == "wrong_sum":
        slip = int(rng.choice(SLIPS)) * int(rng.choice((-1, 1)))
        values[name] = min(max(values[name] + slip, 0), most)
    elif kind == "turned_digits":
        values[name] = int(str(values[name])[::-1]) if values[name] < 100 else _turned(values[name])
    elif kind == "swapped_columns" and name.endswith(("_l", "_p")):
        one, two = f"{name[:-1]}l", f"{name[:-1]}p"
        values[one], values[two] = values[two], values[one]
    elif kind == "neighbour_row":
        names = [*values]
        values[name] = min(values[names[names.index(name) - 1]], most)
    return values


def _turned(value: int) -> int:
    tens, units = divmod(value % 100, 10)
    return value // 100 * 100 + units * 10 + tens


def _read(
    spec: FieldSpec, boxes: str, ink: Ink, rng: np.random.Generator, *, bubbles: bool
) -> FieldReading:
    scores = tuple(ink.box(glyph, rng) for glyph in boxes)
    value = spell(boxes).value
    evidence: list[Evidence] = []
    if spec.bubbles and bubbles and value is not None:
        evidence.append(_witness("bubbles", value, BUBBLE_SLIP, SURE, rng))
    if spec.tally and value is not None:
        counted = value if rng.random() > MISCOUNT else value + int(rng.choice((-5, -1, 1, 5)))
        evidence.append(_witness("tally", max(counted, 0), 0.0, COUNT_SURE, rng))
    as_written = "".join(one.top for one in scores)
    return FieldReading(spec.id, as_written, scores, tuple(evidence))


def _witness(
    source: Source, value: int, slip: float, sure: float, rng: np.random.Generator
) -> Evidence:
    shown = value if rng.random() > slip else int(rng.integers(0, 300))
    return Evidence(source, (Candidate(shown, sure), Candidate(None, 1 - sure)))

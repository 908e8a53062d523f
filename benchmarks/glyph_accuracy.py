"""How well the digit model reads boxes it has never seen: real ink and rendered boxes apart."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.calibration import (
    Read,
    adaptive_calibration_error,
    brier,
    confusion,
    expected_calibration_error,
    negative_log_likelihood,
)
from benchmarks.out_of_fold import COLLECTIONS, OutOfFold, check_labels, load_out_of_fold
from benchmarks.refitting import coverage_refitted
from benchmarks.reliability import Panel, reliability_diagram
from benchmarks.report import Section
from benchmarks.rows import Row, count, number, share_of
from benchmarks.worst_glyphs import draw_worst_made, draw_worst_real
from digitizer.domain.glyph import ALPHABET, BLANK, CROSS, DASH, DIGITS, UNREADABLE
from digitizer.training.augment import ORDINARY
from digitizer.training.mix import Mix
from digitizer.vision.digits import GlyphReader

Cell = NDArray[np.uint8]

MADE: Final = 2000
"""Rendered boxes of each kind."""

BATCH: Final = 100

YEARS: Final = {"2024": "real_2024", "2019": "real_2019"}

MADE_KINDS: Final = {
    "blank": BLANK,
    "dash": DASH,
    "cross": CROSS,
    "unreadable": UNREADABLE,
    "drawn": DIGITS,
}
"""The kinds of rendered boxes and the glyphs they hold."""

RELIABILITY: Final = Path("pictures/reliability.svg")
WORST_MADE: Final = Path("pictures/worst-rendered.jpg")

HOW_REAL: Final = """
Every real box counted here was read by a model that was not trained on it; `n` says how many
there are. Intervals take boxes as independent, which boxes of one form are not: those of 2019 are
from 25 forms, and hold less closely than they look. The boxes of 2024 name no form; some crews
wrote boxes on both sides of a fold, and how the networks are asked (decisions 10 and 14) was chosen
with an eye on these boxes, so a new crew may be read a little worse. Scores sha256
`{sha256}`.

The intervals of coverage take as given where the sure begin. That follows from a calibration which
a dozen mistakes decide: fitted to boxes drawn anew, runs of neighbours together, it gives the
coverage of `coverage_p999_refitted`. `errors_surest_95` needs no calibration: so many of the surest
95 in 100 boxes are wrong.
"""

RELIABILITY_TEXT: Final = f"""
Boxes in bins of equal count, the surest on the right. Both axes count nines. A point on the line
means what it says; above it the model is too careful, below it too sure. Bars are Wilson 95 %
intervals; an open point has no mistake in it.

![Reliability of the probabilities]({RELIABILITY})
"""

WORST_TEXT: Final = f"""
The 60 rendered boxes to which the model gave their own glyph the least probability. The worst real
ones are written to `build/accuracy/worst-real.png` and not published: their licence is not stated.

![The worst rendered boxes]({WORST_MADE})
"""


def sections(dev_data: Path | None, docs: Path, build: Path) -> list[Section]:
    """The tables and pictures of single boxes.

    Args:
        dev_data: when there, labels are checked against it and the worst real boxes are drawn.
        docs: where the pictures of the report go.
        build: where pictures go that must not be published.
    """
    scores = load_out_of_fold()
    reads = {year: scores.of(name) for year, name in YEARS.items()}
    if dev_data is not None:
        check_labels(scores, dev_data / "digits")
        draw_worst_real(scores, dev_data / "digits", build / "accuracy" / "worst-real.png")
    panels = [Panel("2024, photos", reads["2024"], 20), Panel("2019, scans", reads["2019"], 6)]
    reliability_diagram(panels, docs / RELIABILITY)
    cells, made = read_made(GlyphReader.load())
    draw_worst_made(cells, made, docs / WORST_MADE)
    rows = [row for year, read in reads.items() for row in real_rows(year, read)]
    rows.append(_refitted(scores))
    tables = "".join(confusion_table(year, read) for year, read in reads.items())
    return [
        Section(
            "Real ink, single boxes never trained on",
            rows,
            before=HOW_REAL.format(sha256=scores.sha256),
        ),
        Section("Are the probabilities true?", [], after=RELIABILITY_TEXT),
        Section("What was taken for what", [], after=tables),
        Section("Rendered boxes, single, by the shipped model", made_rows(made), after=WORST_TEXT),
    ]


def _refitted(scores: OutOfFold) -> Row:
    """How the coverage of 2024 hangs on its calibration; of 2019 too few boxes are ever so sure."""
    here = scores.collection == COLLECTIONS.index(YEARS["2024"])
    places = scores.file[here] * (scores.index.max() + 1) + scores.index[here]
    read = scores.of(YEARS["2024"])
    return coverage_refitted("glyphs.coverage_p999_refitted_2024", read, places, least=0.999)


def real_rows(year: str, read: Read) -> list[Row]:
    """Accuracy by kind of glyph, coverage and mistakes where sure, and calibration."""
    kinds = {"digits": DIGITS, "x": CROSS, "blank": BLANK, "odd": UNREADABLE}
    held = {name: read.only(glyphs) for name, glyphs in kinds.items()}
    rows = [
        share_of(f"glyphs.{name}_{year}", boxes.right)
        for name, boxes in held.items()
        if len(boxes.truth)
    ]
    for name, least in (("p999", 0.999), ("p99", 0.99)):
        sure = read.sure >= least
        rows.append(share_of(f"glyphs.coverage_{name}_{year}", sure))
        wrong = int((~read.right[sure]).sum())
        rows.append(count(f"glyphs.errors_{name}_{year}", wrong, int(sure.sum())))
    n = len(read.truth)
    surest = np.argsort(read.doubt, kind="stable")[: round(0.95 * n)]
    wrong = int((~read.right[surest]).sum())
    return [
        *rows,
        count(f"glyphs.errors_surest_95_{year}", wrong, len(surest)),
        number(f"glyphs.ece_{year}", expected_calibration_error(read), n),
        number(f"glyphs.ece_adaptive_{year}", adaptive_calibration_error(read), n),
        number(f"glyphs.brier_{year}", brier(read), n),
        number(f"glyphs.nll_{year}", negative_log_likelihood(read), n, "nats"),
    ]


def made_rows(made: dict[str, Read]) -> list[Row]:
    """Rendered boxes by kind; those without a digit must never surely be called one."""
    rows = []
    for name, read in made.items():
        rows.append(share_of(f"glyphs.{name}_made", read.right))
        digit = read.scores[:, : len(DIGITS)].max(axis=1)
        if name == "drawn":
            wrong = ~read.right & (read.top < len(DIGITS)) & (digit > 0.9)
            rows.append(count("glyphs.drawn_made_wrong_digit_p90", int(wrong.sum()), len(wrong)))
        else:
            surely = int((digit > 0.9).sum())
            rows.append(count(f"glyphs.{name}_made_called_digit_p90", surely, len(digit)))
    return rows


def read_cells(reader: GlyphReader, cells: Sequence[Cell], truth: NDArray[np.int64]) -> Read:
    """Read cells a hundred at a time."""
    scores = [
        score.probabilities
        for start in range(0, len(cells), BATCH)
        for score in reader.read(cells[start : start + BATCH])
    ]
    return Read(truth, np.array(scores))


def read_made(
    reader: GlyphReader, n: int = MADE, seed: int = 20241127
) -> tuple[dict[str, list[Cell]], dict[str, Read]]:
    """Render boxes of each kind as in an ordinary photo, and read them.

    They are new ones of the kinds trained on: they show that a class works, not how real paper
    behaves. Only drawn ink: no picture of a collection is in them.
    """
    mix = Mix({}, {}, np.random.default_rng(seed), ORDINARY)
    cells: dict[str, list[Cell]] = {}
    reads: dict[str, Read] = {}
    for name in MADE_KINDS:
        made = [mix.draw_from(name) for _ in range(n)]
        cells[name] = [each[0] for each in made]
        truth = np.array([ALPHABET.index(each[1]) for each in made], np.int64)
        reads[name] = read_cells(reader, cells[name], truth)
    return cells, reads


def confusion_table(year: str, read: Read) -> str:
    """The confusion matrix as a table: written down the side, read along the top; 0 is a dot."""
    table = confusion(read)
    lines = [
        f"\n{year}, {len(read.truth)} boxes. Written down the side, read along the top.\n",
        f"| | {' | '.join(f'`{glyph}`' for glyph in ALPHABET)} | n |",
        f"|---|{'---:|' * (len(ALPHABET) + 1)}",
    ]
    for glyph, line in zip(ALPHABET, table.tolist(), strict=True):
        if sum(line):
            said = " | ".join(str(n) if n else "·" for n in line)
            lines.append(f"| `{glyph}` | {said} | {sum(line)} |")
    return "\n".join(lines) + "\n"

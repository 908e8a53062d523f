"""`make accuracy`: what is read right, with counts and Wilson 95 % intervals.

Writes `docs/accuracy.md` for people and `docs/accuracy.json`. Real ink, screen photos and generated
pictures are always apart: they are not equally hard. Without the development data the scores of
real boxes are still shown, since they are kept, and of photos only generated ones are measured.

`python -m benchmarks.accuracy glyphs bubbles` measures only these parts and leaves the others as
they were; each part names the weights it was measured with.
"""

import argparse
from pathlib import Path
from typing import Final

import cv2
from rich.console import Console

from benchmarks import (
    bubble_accuracy,
    glyph_accuracy,
    learn_accuracy,
    likeness_accuracy,
    locate_accuracy,
    settle_accuracy,
    turus_accuracy,
    words_accuracy,
)
from benchmarks.photos_accuracy import (
    PhotoReader,
    generated,
    generated_forms,
    read_all,
    rows_of,
    samples,
    screen_photos,
    wrong_lines,
)
from benchmarks.report import Part, Section, part_text, write_report
from digitizer.settings import Settings
from digitizer.vision.digits import CARD
from tests.synth import Tier

ROOT: Final = Path(__file__).resolve().parent.parent
DOCS: Final = ROOT / "docs"
BUILD: Final = ROOT / "build"
GENERATED: Final = 40
"""Generated photos of a tier, and generated forms."""

TIERS: Final[tuple[Tier, ...]] = ("easy", "medium")
INTRO: Final = """# Accuracy

Made by `make accuracy`; do not edit. Shares come with their count and Wilson 95 % interval.
*Real ink* is the headline: boxes cut from photos of 2024 forms and scans of 2019 forms, each read
by a model that was not trained on it. *Screen* photos were taken of a screen and are not real
paper. *Samples*, *rendered* boxes and *generated* photos are drawn by the product itself: they show
that the line works, not how real paper behaves.

A *wrong value* is a number that differs from the ink where the ink is certain; leaving it open is
not wrong. `clear_and_wrong` must be 0.

A photo is *located* when form, page and turn are right and nine in ten of its digit boxes were put
less than their width from where they lie. Box errors are distances between the centre of a digit
box and where the photo shows it, in widths of the box, over all boxes of located pages. Generated
photos come in the tiers of `tests/synth.py`, all four turns equally often, one in four through a
messenger. *Official print* is the blank as KPU and the c.digital project published it, filled and
photographed by program. *Negatives* show no known page; none may be located.
"""

WORST: Final = f"""
### The worst of the generated photos

Not located first, then by the largest error of a box. Green: the boxes as they lie; red: where they
were put.

![The worst located generated photos]({locate_accuracy.PICTURE})
"""


def glyphs(dev_data: Path | None) -> list[Section]:
    """Single boxes."""
    return glyph_accuracy.sections(dev_data, DOCS, BUILD)


def bubbles(dev_data: Path | None) -> list[Section]:
    """Bubble columns."""
    return [Section("Bubbles, generated and screen photos", bubble_accuracy.measure(dev_data))]


def turus(_: Path | None) -> list[Section]:
    """Counts of strokes, and the row sums beside them."""
    return [Section("Turus and row sums, generated photos", turus_accuracy.rows())]


WORDS: Final = """
Areas of numbers in words, a crew in ten leaving them empty. An area is *answered* when one number
is more likely than one half, and *sure* from 0.99; all else is saying nothing. The drawn ones are
in fonts of families that no model was trained on. `still_doubtful`: of the numbers of a page that
are doubtful without their words, those that stay so; `wrong_by_words`: wrong numbers that are clear
with words and were not without. `tesseract` reads the same pictures.
"""

WORST_WORDS: Final = """
### The worst of the drawn areas

Sure mistakes first, then unsure ones, then what was not answered: what was written, what was read.

![The worst areas of numbers in words](pictures/words.jpg)
"""


def words(dev_data: Path | None) -> list[Section]:
    """Numbers in words: in fonts kept aside, and by the hands of 2019."""
    drawn = words_accuracy.drawn_rows(BUILD / "fonts", DOCS / "pictures" / "words.jpg")
    title = "Numbers in words, drawn in fonts kept aside"
    found = [Section(title, drawn, before=WORDS, after=WORST_WORDS)]
    if dev_data is not None:
        real = words_accuracy.real_rows(dev_data, BUILD / "words-2019.jpg")
        found.insert(0, Section("Numbers in words, scans of 2019", real))
    return found


def photos(dev_data: Path | None) -> list[Section]:
    """Whole photos."""
    reader = PhotoReader()
    sets = [
        ("Samples", "samples", samples(ROOT / "samples")),
        ("Generated, easy tier", "generated_easy", generated("easy", GENERATED)),
        ("Generated, medium tier", "generated_medium", generated("medium", GENERATED)),
    ]
    if dev_data is not None:
        sets.insert(0, ("Screen photos", "screen", screen_photos(dev_data)))
    found = []
    for title, kind, pictures in sets:
        results = read_all(reader, pictures)
        found.append(Section(title, rows_of(kind, results), wrong_lines(results)))
    for tier in TIERS:
        results = [reader.result(*pages) for pages in generated_forms(tier, GENERATED)]
        title = f"Generated forms, {tier} tier, their pages settled together"
        found.append(Section(title, rows_of(f"forms_{tier}", results), wrong_lines(results)))
    return found


SETTLING: Final = """
A simulated form is settled from what the model said of real boxes out of fold, with reading errors
put in at the exact 95 % upper bound of the glyph error rate (`settle.glyph_error_rate`); each of
them is sure, which is the worst case. `digits_alone_wrong`: wrong numbers among as many forms,
taken by the least probability of their boxes. `only_moved`: forms that would be clear if a number
moved off its top reading could be. `real_numbers`: three real boxes each, no rule helping.

![Wrong numbers against the share of clear forms](pictures/risk.svg)
"""


def settling(_: Path | None) -> list[Section]:
    """Whole forms, settled: simulated elections."""
    found = settle_accuracy.rows(DOCS / "pictures" / "risk.svg")
    return [Section("Settling, 10,000 simulated forms", found, before=SETTLING)]


def likeness(dev_data: Path | None) -> list[Section]:
    """Photos of one paper, and of papers that look alike; about half an hour."""
    return likeness_accuracy.sections(dev_data)


ALIKE: Final = """
Forms of several offices differ in words alone: where their title cannot be read, a page of one is
taken for the first of them by its `layout`, which makes the form unsure, and it is never clear.
`taken_for_another` counts these too; the list below each table says by what each was named.
"""


def locating(dev_data: Path | None) -> list[Section]:
    """Where pages were put, and what was refused; about half an hour."""
    found = locate_accuracy.sections(dev_data, DOCS / locate_accuracy.PICTURE)
    first, *others = found
    middle = [Section(*section) for section in others[:-1]]
    return [Section(*first, before=ALIKE), *middle, Section(*found[-1], after=WORST)]


LEARNING: Final = """
What `digitizer forms learn` proposes, against where it is printed: a place counts within 0.5 mm on
all its sides, `_false` are those proposed where nothing is. *Official* blanks are those of KPU
(plano as vector PDF; SALINAN, and C1 2019 as the median of scans, as pictures) and of the c.digital
project; `named` are numbers that bear the id of docs/forms.md at once. *Drawn* ones are the
product's own prints of every shipped form.
"""


def learning(dev_data: Path | None) -> list[Section]:
    """Form files proposed from blanks."""
    rows = learn_accuracy.rows(dev_data)
    return [Section("Forms learned from their blanks", rows, before=LEARNING)]


WEIGHTS: Final = (CARD.with_name("digits.onnx"), CARD.with_name("digits-second.onnx"), CARD)
TURUS_WEIGHTS: Final = (CARD.with_name("turus.onnx"), CARD.with_name("turus.json"))
WORD_WEIGHTS: Final = (CARD.with_name("words.onnx"), CARD.with_name("words.json"))

PARTS: Final = (
    Part("glyphs", ("glyphs.",), WEIGHTS, glyphs),
    Part("bubbles", ("bubbles.",), (), bubbles),
    Part("turus", ("turus.", "row_sums."), (*WEIGHTS, *TURUS_WEIGHTS), turus),
    Part("words", ("words.",), (*WEIGHTS, *WORD_WEIGHTS), words),
    Part("photos", ("photos.",), (*WEIGHTS, *TURUS_WEIGHTS, *WORD_WEIGHTS), photos),
    Part("settling", ("settle.",), WEIGHTS, settling),
    Part("likeness", ("likeness.",), (), likeness),
    Part("learning", ("learn.",), (), learning),
    Part("locating", ("locate.", "boxes.", "negatives.", "dev."), (), locating),
)


def main() -> None:
    """Measure the parts asked for, print them, and write each as soon as it is done."""
    names = [part.name for part in PARTS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all, or of {', '.join(names)}")
    asked = parser.parse_args().parts or names
    if unknown := set(asked) - set(names):
        parser.error(f"found no part {', '.join(sorted(unknown))}, there is {', '.join(names)}")
    cv2.setNumThreads(1)
    console = Console()
    folder = (ROOT / Settings().dev_data).resolve()
    dev_data = folder if folder.is_dir() else None
    for part in PARTS:
        if part.name not in asked:
            continue
        console.rule(part.name)
        sections = part.measure(dev_data)
        text = part_text(part, sections, without_data=dev_data is None)
        rows = {part.name: [row for section in sections for row in section.rows]}
        write_report(DOCS, INTRO, PARTS, {part.name: text}, rows)
        console.print(text, markup=False)


if __name__ == "__main__":
    main()

"""Hands that write words: fonts drawn after handwriting, and our own strokes."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitizer.domain.geometry import Rect
from digitizer.synth.hand import draw_hand
from digitizer.synth.strokes import draw_strokes
from digitizer.synth.writer import LETTER_PITCH, Writer
from digitizer.training.word_texts import Written

Mask = NDArray[np.float32]
"""How much of each pixel is ink, (height, width), 0 to 1."""

SIZE: Final = 64
"""Pixels of the height in which fonts are drawn, before anything is bent."""

PIXELS_PER_MM: Final = 7.0
CAPITAL_MM: Final = 8.5
PLAIN: Final = "abdeghijklmnoprstu"

CAPITAL: Final = 0.72
"""Height of capitals, as a share of `SIZE`."""

AS_SET: Final = 0.25
"""Share of the texts in a font that are set as the font sets them."""

ONE_FONT: Final = 0.55
"""Share of the others all of whose letters are of one font; a hand is none of our fonts."""

Part = Literal["learnt", "calibrating", "unseen"]
"""Fonts to train on, those that the calibration is fitted to, and those to measure with."""

PARTS: Final[tuple[Part, ...]] = ("learnt", "calibrating", "learnt", "unseen", "learnt")
"""Of the families, by their names, in turn."""


def font_files(folder: Path, part: Part) -> tuple[Path, ...]:
    """The font files of one part below a folder that have Latin letters; a family is wholly in one.

    Raises:
        ValueError: there are none.
    """
    files = [*folder.rglob("*-latin-*-normal.woff"), *folder.rglob("*.ttf"), *folder.rglob("*.otf")]
    files = [file for file in files if "-latin-ext-" not in file.name and _writes(file)]
    families = sorted({_family(file) for file in files})
    chosen = {name for n, name in enumerate(families) if PARTS[n % len(PARTS)] == part}
    found = tuple(sorted(file for file in files if _family(file) in chosen))
    if not found:
        raise ValueError(f"found no fonts in {folder}; needed .woff, .ttf or .otf files")
    return found


def _family(file: Path) -> str:
    """The folder of a font's package: all in it is by one hand, or is taken to be."""
    return file.parent.name if file.parent.name != "files" else file.parent.parent.name


def _writes(file: Path) -> bool:
    """Whether a font has every letter, each with a shape of its own."""
    font = _font(file, 24)
    shapes = {bytes(font.getmask(letter)) for letter in PLAIN}
    return len(shapes) == len(PLAIN) and all(
        font.getbbox(letter.upper())[2] > 0 for letter in PLAIN
    )


@lru_cache(maxsize=2048)
def _font(file: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(file), size)


def write_words(written: Written, fonts: Sequence[Path], rng: np.random.Generator) -> Mask:
    """The text in one line by a random hand, cut close around its ink."""
    letters = "".join(written.text.split())
    own = rng.random() < 0.2 and letters.isalpha()
    mask = _in_strokes(written.text, rng) if own else _in_font(written.text, fonts, rng)
    mask = _bent(mask, rng)
    return _close(_thickened(mask, rng))


def _in_strokes(text: str, rng: np.random.Generator) -> Mask:
    """Capitals in our own strokes."""
    hand = draw_hand(rng)
    writer = Writer(hand, rng)
    width = LETTER_PITCH * CAPITAL_MM * (len(text) + 2)
    height = 2.2 * CAPITAL_MM
    paper = np.full((round(height * PIXELS_PER_MM), round(width * PIXELS_PER_MM), 3), 255, np.uint8)
    strokes = writer.words(text.upper(), Rect(0, 0, width, height), height=CAPITAL_MM)
    draw_strokes(paper, PIXELS_PER_MM, strokes, hand.pen, rng)
    return np.asarray(1 - paper.min(axis=2).astype(np.float32) / 255, np.float32)


def _in_font(text: str, fonts: Sequence[Path], rng: np.random.Generator) -> Mask:
    """The text in a font, as it is set, or letter by letter, no two alike."""
    if rng.random() < AS_SET:
        file = fonts[int(rng.integers(len(fonts)))]
        font = _font(file, _size_of(file))
        width = round(1.2 * font.getlength(text)) + 6 * SIZE
        picture = Image.new("L", (width, 4 * SIZE))
        ImageDraw.Draw(picture).text((2 * SIZE, SIZE), text, fill=255, font=font)
        return _as_mask(picture)
    return _letter_by_letter(text, _shapes(text, fonts, rng), rng)


def _shapes(text: str, fonts: Sequence[Path], rng: np.random.Generator) -> dict[str, Path]:
    """The font of each letter: one for all, or a hand with letters out of several fonts."""
    several = 1 if rng.random() < ONE_FONT else int(rng.integers(2, 6))
    chosen = [fonts[i] for i in rng.choice(len(fonts), min(several, len(fonts)), replace=False)]
    return {one: chosen[int(rng.integers(len(chosen)))] for one in sorted(set(text))}


def _letter_by_letter(text: str, shapes: Mapping[str, Path], rng: np.random.Generator) -> Mask:
    """Letters of about one height, on a line that wavers, nearer or farther from each other."""
    spread = float(rng.normal(0, 0.06)) if rng.random() < 0.4 else 0.0
    fonts = {one: _font(file, _size_of(file)) for one, file in shapes.items()}
    width = int(sum(fonts[one].getlength(one) for one in text) * 1.5) + 6 * SIZE
    picture = Image.new("L", (width, 4 * SIZE))
    draw = ImageDraw.Draw(picture)
    x = 2.0 * SIZE
    loose = rng.uniform(0.01, 0.08)
    drift = 0.0
    for one in text:
        size = round(_size_of(shapes[one]) * float(np.clip(rng.normal(1, loose), 0.8, 1.25)))
        drift = 0.7 * drift + float(rng.normal(0, loose * SIZE * 0.5))
        font = _font(shapes[one], size)
        draw.text((x, 2 * SIZE + drift), one, fill=255, font=font, anchor="ls")
        x += fonts[one].getlength(one) + spread * SIZE + float(rng.normal(0, loose * SIZE * 0.4))
    return _as_mask(picture)


@lru_cache(maxsize=256)
def _size_of(file: Path) -> int:
    """The size in which the capitals of a font are `CAPITAL` of `SIZE` tall."""
    _, top, _, bottom = _font(file, SIZE).getbbox("H")
    return round(CAPITAL * SIZE * SIZE / max(bottom - top, 1))


def _as_mask(picture: Image.Image) -> Mask:
    return np.asarray(np.asarray(picture, np.float32) / 255, np.float32)


def _bent(mask: Mask, rng: np.random.Generator) -> Mask:
    """Slanted, stretched, on a rising line, and softly bent as no two strokes are alike."""
    mask = _close(mask)
    pad = round(0.5 * SIZE)
    mask = np.pad(mask, pad)
    height, width = mask.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    slant = float(np.clip(rng.normal(0.0, 0.16), -0.4, 0.5))
    rise = float(np.clip(rng.normal(0, 0.012), -0.04, 0.04))
    around_x, around_y = _waves(height, width, rng), _waves(height, width, rng)
    amount = rng.uniform(0, 3.2)
    source_x = x + slant * (y - height / 2) + amount * around_x
    source_y = y + rise * (x - width / 2) + amount * around_y
    return np.asarray(
        cv2.remap(mask, source_x, source_y, cv2.INTER_LINEAR, borderValue=(0.0,)), np.float32
    )


def _waves(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise of about unit size over a picture."""
    coarse = (max(2, round(height / 22)), max(2, round(width / 22)))
    noise = rng.standard_normal(coarse, np.float32)
    return np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _thickened(mask: Mask, rng: np.random.Generator) -> Mask:
    """Another pen: thicker, or thinner where strokes allow it."""
    kind = rng.random()
    if kind < 0.45:
        side = int(rng.integers(2, 8))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        return np.asarray(cv2.dilate(mask, kernel), np.float32)
    if kind < 0.6:
        thinner = cv2.erode(mask, np.ones((2, 2), np.uint8))
        return np.asarray(np.maximum(thinner, 0.5 * mask), np.float32)
    return mask


def _close(mask: Mask) -> Mask:
    rows = np.flatnonzero((mask > 0.25).any(axis=1))
    columns = np.flatnonzero((mask > 0.25).any(axis=0))
    if not len(rows):
        return mask
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

"""The same boxes through other readers: Tesseract and RapidOCR beside ours, in one run.

Each reader is given the preparation that suited it best of those tried on boxes of both years
(border cut away or not, enlarged, made black and white, padded), and only digits may be its answer.
RapidOCR is for comparison only: `make peers` installs it; without it its rows are left out, and
what is missing is said.

Of real boxes our answers are those of a model not trained on them; the cost is the shipped one's.
Tesseract is started anew for every box, as `pytesseract` does it.
"""

import importlib.util
import operator
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytesseract
from numpy.typing import NDArray

from benchmarks.out_of_fold import load_out_of_fold
from benchmarks.rows import Row, share
from digitizer.domain.glyph import ALPHABET, DIGITS
from digitizer.training.augment import ORDINARY
from digitizer.training.data import FILES, load_real
from digitizer.training.mix import Mix
from digitizer.vision.digits import GlyphReader
from digitizer.vision.tesseract import find_tesseract

Cell = NDArray[np.uint8]
ReadDigit = Callable[[Cell], str]
"""Takes a cell, BGR or grey, and gives one character, or nothing."""

PEERS: Final = ("tesseract", "rapidocr")

CROPS: Final = 200
"""Boxes of each set, the same ones for every reader."""

SEED: Final = 20240214


@dataclass(frozen=True, slots=True)
class Crops:
    """Boxes that hold a digit.

    Attributes:
        cells, digits: the boxes, and which digit each holds.
        unseen: what our model says of each that was not trained on it; empty where the shipped one
            was not trained on any.
    """

    cells: tuple[Cell, ...]
    digits: str
    unseen: str = ""


def measure(dev_data: Path | None, crops: int = CROPS) -> list[Row]:
    """Share right with its Wilson interval and milliseconds a box, for every reader and set."""
    readers = {name: start() for name, start in installed().items()}
    rows = []
    for name, held in crop_sets(dev_data, crops).items():
        for who, read in readers.items():
            right, cost = compare(f"peers.{name}.{who}", read, held)
            if who == "ours" and held.unseen:
                hits = sum(map(operator.eq, held.unseen, held.digits))
                right = share(right["name"], hits, right["n"])
            rows += [right, cost]
    return rows


def compare(name: str, read: ReadDigit, crops: Crops) -> tuple[Row, Row]:
    """The share right and the cost, each box read alone; ours is faster with many at once."""
    times, right = [], 0
    for cell, digit in zip(crops.cells, crops.digits, strict=True):
        started = time.perf_counter()
        right += read(cell) == digit
        times.append((time.perf_counter() - started) * 1000)
    low, middle, high = np.percentile(times, [10, 50, 90]).tolist()
    cost = {"name": f"{name}.ms", "value": middle, "unit": "ms",
            "n": len(times), "low": low, "high": high}  # fmt: skip
    return share(f"{name}.right", right, len(crops.cells)), cost


def crop_sets(dev_data: Path | None, count: int) -> dict[str, Crops]:
    """Rendered boxes always; real validation boxes of both years where the data are."""
    sets = {"rendered": rendered(count)}
    if dev_data is not None:
        sets |= {
            "2024": validation(dev_data, "real_2024", count),
            "2019": validation(dev_data, "real_2019", count),
        }
    return sets


def rendered(count: int) -> Crops:
    """Boxes drawn and spoiled as in an ordinary photo."""
    mix = Mix({}, {}, np.random.default_rng(SEED), ORDINARY)
    made = [mix.draw_from("drawn") for _ in range(count)]
    return Crops(tuple(each[0] for each in made), "".join(each[1] for each in made))


def validation(dev_data: Path, name: str, count: int) -> Crops:
    """Digits of a collection's validation file, drawn with a fixed seed.

    The shipped model is trained on them too, so our answers are those out of fold.
    """
    boxes = load_real(dev_data / "digits", name)
    held = boxes.sources[:, 0] == FILES.index("val")
    chosen = np.flatnonzero(held & (boxes.labels < len(DIGITS)))
    chosen = np.random.default_rng(SEED).permutation(chosen)[:count]
    scores = load_out_of_fold().boxes_of(name, boxes.sources[chosen])
    return Crops(
        tuple(boxes.images[i] for i in chosen),
        "".join(ALPHABET[boxes.labels[i]] for i in chosen),
        "".join(DIGITS[i] for i in scores[:, : len(DIGITS)].argmax(axis=1)),
    )


def installed() -> dict[str, Callable[[], ReadDigit]]:
    """Ours, and every peer that is installed: how to start each."""
    found: dict[str, Callable[[], ReadDigit]] = {"ours": our_reader}
    if find_tesseract() is not None:
        found["tesseract"] = tesseract_reader
    if importlib.util.find_spec("rapidocr_onnxruntime") is not None:
        found["rapidocr"] = rapid_reader
    return found


def not_installed() -> tuple[str, ...]:
    """The peers that this machine lacks."""
    return tuple(name for name in PEERS if name not in installed())


def our_reader() -> ReadDigit:
    """Our best digit, as the peers' answers are digits."""
    reader = GlyphReader.load()

    def read(cell: Cell) -> str:
        (scores,) = reader.read([cell])
        return DIGITS[int(np.argmax(scores.probabilities[: len(DIGITS)]))]

    return read


def tesseract_reader() -> ReadDigit:
    """Tesseract 5, page segmentation 10 (one character), digits only."""
    tool = find_tesseract()
    if tool is None:
        raise FileNotFoundError("found no Tesseract with English data")
    # One thread, as everything here; the wheel's own data where the system has no program.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    pytesseract.pytesseract.tesseract_cmd = str(tool.program)
    options = "--psm 10 -c tessedit_char_whitelist=0123456789"
    if tool.tessdata is not None:
        options += f" --tessdata-dir {tool.tessdata}"

    def read(cell: Cell) -> str:
        said: str = pytesseract.image_to_string(
            prepared(cell, border=0.16, side=48, black_and_white=True, padding=0.3), config=options
        )
        return said.strip()[:1]

    return read


def rapid_reader() -> ReadDigit:
    """RapidOCR's line recogniser (PP-OCRv4) on one box, one thread: its best digit.

    Its own decoding answers in Chinese and Latin letters; the best digit at any step of the line
    is right far more often.
    """
    from rapidocr_onnxruntime import RapidOCR  # noqa: PLC0415  # installed for comparison only

    recogniser = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1).text_rec
    alphabet = recogniser.postprocess_op.character
    digits = [alphabet.index(digit) for digit in DIGITS]

    def read(cell: Cell) -> str:
        grey = prepared(cell, border=0.22, side=48, black_and_white=False, padding=0.0)
        picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
        line = recogniser.resize_norm_img(picture, picture.shape[1] / picture.shape[0])
        steps = np.asarray(recogniser.session(line[None])[0])[0]
        return DIGITS[int(steps[:, digits].max(axis=0).argmax())]

    return read


def prepared(
    cell: Cell, *, border: float, side: int, black_and_white: bool, padding: float
) -> Cell:
    """A cell as grey, its border cut away, enlarged, padded with its own paper.

    Args:
        cell: BGR or grey.
        border: what is cut from every side, as a share of the shorter one.
        side: the height it is brought to, in pixels.
        black_and_white: whether it is thresholded (Otsu 1979).
        padding: what is added on every side, as a share of `side`.
    """
    grey = cell if cell.ndim == 2 else cv2.cvtColor(cell, cv2.COLOR_BGR2GRAY)
    cut = int(border * min(grey.shape))
    grey = grey[cut : grey.shape[0] - cut, cut : grey.shape[1] - cut]
    scale = side / grey.shape[0]
    grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    paper = int(np.percentile(grey, 80))
    if black_and_white:
        smooth = cv2.GaussianBlur(grey, (0, 0), side / 40)
        _, grey = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        paper = 255
    edge = round(side * padding)
    padded = cv2.copyMakeBorder(grey, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=paper)
    return np.asarray(padded, np.uint8)

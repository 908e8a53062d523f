"""The printed texts of a blank, as Tesseract reads them: words with their places, as lines."""

from collections.abc import Iterable, Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect, bounding_rect
from digitizer.learn.drawing import Writing
from digitizer.vision.tesseract import Tesseract

PIXELS_A_PAGE: Final = 3600
"""Height to which a page is brought: its smallest print is then about 20 pixels high."""

SURE: Final = 0.3
"""What is read less surely is dirt, a logo or a dotted line."""

SPACE: Final = 1.2
"""Words of one line lie no further apart than this share of their height."""


def writings_of(
    picture: NDArray[np.uint8], mm_a_pixel: float, tool: Tesseract | None
) -> tuple[Writing, ...]:
    """The texts of a page, a line at a time within each cell or column; () without the program.

    Args:
        picture: grey, (height, width), without rulings: they are read as letters.
        mm_a_pixel: its scale.
        tool: the program that reads.
    """
    if tool is None:
        return ()
    scale = PIXELS_A_PAGE / picture.shape[0]
    larger = cv2.resize(
        picture,
        None,
        fx=scale,
        fy=scale,
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
    )
    factor = mm_a_pixel / scale
    words = [
        Writing(
            word.text,
            Rect(word.left * factor, word.top * factor, word.width * factor, word.height * factor),
            word.confidence / 100,
        )
        for word in tool.placed(np.asarray(larger, np.uint8))
        if word.confidence >= 100 * SURE and any(letter.isalnum() for letter in word.text)
    ]
    return tuple(_lines(words))


def _lines(words: Iterable[Writing]) -> Iterator[Writing]:
    """Words that follow each other on one line, as one."""
    waiting = sorted(words, key=lambda word: word.rect.x)
    lines: list[list[Writing]] = []
    for word in waiting:
        line = next((line for line in lines if _follows(line[-1].rect, word.rect)), None)
        if line is None:
            lines.append([word])
        else:
            line.append(word)
    for line in sorted(lines, key=lambda line: (line[0].rect.y, line[0].rect.x)):
        yield Writing(
            " ".join(word.text for word in line),
            bounding_rect(word.rect for word in line),
            min(word.sure for word in line),
        )


def _follows(before: Rect, after: Rect) -> bool:
    height = max(before.height, after.height)
    overlap = min(before.bottom, after.bottom) - max(before.y, after.y)
    return (
        overlap > 0.5 * min(before.height, after.height)
        and -0.5 * height <= after.x - before.right <= SPACE * height
    )

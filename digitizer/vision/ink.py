"""How dark a picture is against the paper around each place: print without its light."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

GreyImage = NDArray[np.uint8]
"""(height, width), 0 is black."""
Ink = NDArray[np.uint8]
"""(height, width), 0 is paper, 255 as black as can be."""

PAPER_SHARE: Final = 1 / 24
"""The paper's own tone is followed over this share of the longer side."""

DARKEST_PAPER: Final = 24.0
"""Below this grey level nothing is called paper: a dark surround is not all ink."""


def ink_of(grey: GreyImage, reach: int = 0) -> Ink:
    """The darkness of every pixel as a share of the paper's lightness there.

    Paper is the lightest level nearby, smoothed, so that shadows and uneven light drop out
    (the local form of the background division of Seeger and Dance, ICDAR 2001).

    Args:
        grey: any picture in grey.
        reach: side, in pixels, of the window over which paper is smoothed; a share of the picture
            when 0.
    """
    lightest = cv2.dilate(grey, np.ones((5, 5), np.uint8))
    side = reach or max(9, 2 * round(PAPER_SHARE * max(grey.shape) / 2) + 1)
    paper = cv2.blur(lightest, (side, side), borderType=cv2.BORDER_REPLICATE)
    bright = np.maximum(paper, np.uint8(DARKEST_PAPER))
    # 255 - 255 * grey / paper, saturated to 0 where the pixel is lighter than its paper.
    return np.asarray(255 - cv2.divide(grey, bright, scale=255.0), np.uint8)


def soft_ink(grey: GreyImage) -> Ink:
    """The ink a little softened, so that blank and photo are alike in sharpness."""
    return np.asarray(cv2.GaussianBlur(ink_of(grey), (0, 0), 0.7), np.uint8)


def halved(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture at half its size, each pixel the mean of four; an odd last row is dropped."""
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    even = picture[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

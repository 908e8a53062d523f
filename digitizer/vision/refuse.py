"""Why a picture shows no page, or a placed page no legible box: the most useful reason to name."""

from itertools import combinations
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FormSpec, PageSpec
from digitizer.domain.reading import Quality
from digitizer.errors import PageNotLocated, PageUnreadable
from digitizer.vision.fiducials import MarkCandidate
from digitizer.vision.ink import GreyImage
from digitizer.vision.mark_search import find_marks
from digitizer.vision.plane import Points

WORK_SIDE: Final = 1000
"""Longer side, in pixels, at which a picture is judged; that of a camera's preview too."""

DARK_GREY: Final = 48
"""Paper in a legible photo is lighter than this grey level."""

SHARP_EDGE: Final = 0.6
"""Share of an edge's contrast that must fall within three pixels at `WORK_SIDE`."""

LEGIBLE_STROKE: Final = 0.04
"""Share of its contrast that a pen's stroke must keep; from there to the policy's own threshold a
person is asked, below it there is nothing to ask about."""

BURNT_OUT: Final = 0.5
"""A page of whose digit boxes more are burnt out is not read at all."""

SURE_MARK: Final = 0.74

SHEET_SHARE: Final = 0.25
"""Four corner marks enclose a sheet when it fills this share of the picture."""


def refusal_without_tag(grey: GreyImage) -> PageNotLocated:
    """The reason to give for a picture without a known tag in which no method placed a page."""
    small = reduced(grey)
    light = grey_level(small, 0.99)
    if light < DARK_GREY:
        return PageNotLocated(
            "too_dark",
            f"the lightest parts have grey level {light} of 255, needed {DARK_GREY}",
            "retake with more light",
            {"variant": "light", "found": light, "needed": DARK_GREY},
        )
    sharpness = edge_sharpness(small)
    if sharpness is not None and sharpness < SHARP_EDGE:
        return PageNotLocated(
            "too_blurred",
            f"edges keep {sharpness:.0%} of their contrast, needed {SHARP_EDGE:.0%}",
            "hold still, let the camera focus, and retake",
            {
                "variant": "contrast",
                "found": int(100 * sharpness),
                "needed": round(100 * SHARP_EDGE),
            },
        )
    marks = find_marks(small, SURE_MARK)
    if enclose_sheet(marks, small.shape):
        return PageNotLocated(
            "unknown_form",
            f"found {len(marks)} corner marks but no tag and no print of a known form",
            "if this is a known form, retake with the square tag at the top right in view",
            {"variant": "marks", "found": len(marks)},
        )
    if len(marks) >= 2:
        return PageNotLocated(
            "page_incomplete",
            f"found {len(marks)} corner marks that do not enclose a sheet, and no tag",
            "retake with the whole sheet in view",
            {"variant": "half", "found": len(marks), "needed": 4},
        )
    return PageNotLocated(
        "no_form",
        f"found neither a tag, nor the print of a known form, and {len(marks)} of 4 corner marks",
        "send a photo of a whole page of C.HASIL",
        {"variant": "marks", "found": len(marks), "needed": 4},
    )


def refuse_if_unreadable(form: FormSpec, page: PageSpec, quality: Quality) -> None:
    """Refuse a placed page of which nobody could read a box.

    Raises:
        PageUnreadable: too_dark, too_blurred or glare, with what was found and needed.
    """
    named = f"{form.id} page {page.number}"
    known: dict[str, int | float | str] = {"form": form.id, "page": page.number}
    if quality.light < DARK_GREY:
        raise PageUnreadable(
            "too_dark",
            f"the lightest paper of {named} has grey level {quality.light:.0f} of 255, "
            f"needed {DARK_GREY}",
            "retake with more light",
            {"variant": "light", "found": int(quality.light), "needed": DARK_GREY, **known},
        )
    if quality.glare > BURNT_OUT:
        raise PageUnreadable(
            "glare",
            f"{quality.glare:.0%} of the digit boxes of {named} are burnt out, "
            f"at most {BURNT_OUT:.0%}",
            "turn the flash off or move until the reflection is gone, and retake",
            {
                "variant": "boxes",
                "found": round(100 * quality.glare),
                "needed": round(100 * BURNT_OUT),
                **known,
            },
        )
    if quality.sharpness < LEGIBLE_STROKE:
        raise PageUnreadable(
            "too_blurred",
            f"strokes on {named} keep {quality.sharpness:.0%} of their contrast, "
            f"needed {LEGIBLE_STROKE:.0%}",
            "hold still, let the camera focus, and retake",
            {
                "variant": "contrast",
                "found": int(100 * quality.sharpness),
                "needed": round(100 * LEGIBLE_STROKE),
                **known,
            },
        )


def reduced(grey: GreyImage) -> GreyImage:
    """The picture with a longer side of `WORK_SIDE` pixels at most, by area averaging."""
    while max(grey.shape) >= 2 * WORK_SIDE:  # halving is many times faster than any other scale
        height, width = grey.shape
        half = (width // 2, height // 2)
        even = grey[: 2 * half[1], : 2 * half[0]]
        grey = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA), np.uint8)
    scale = WORK_SIDE / max(grey.shape)
    if scale >= 1:
        return grey
    return np.asarray(
        cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )


def grey_level(grey: GreyImage, share: float) -> int:
    """The grey level below which this share of the pixels lies."""
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()
    return int(np.searchsorted(np.cumsum(counts), share * counts.sum()))


def edge_sharpness(small: GreyImage) -> float | None:
    """How steep the strong edges are: 0 (blurred away) to 1; None in a picture without edges.

    Across an edge, the contrast within three pixels is compared with that within fifteen. The
    blunter direction counts, since a moving hand blurs edges one way and leaves the others sharp.
    """
    found = [steepness for along in (0, 1) if (steepness := _steepness(small, along)) is not None]
    return min(found) if found else None


def _steepness(small: GreyImage, along: int) -> float | None:
    """The same along rows (0) or columns (1)."""
    near, far = _spread(small, 3, along), _spread(small, 15, along)
    strong = max(40, round(0.6 * grey_level(far, 0.9)))
    # Of each edge only its ridge: where the near contrast is the largest around.
    ridge = (far > strong) & (near >= cv2.dilate(near, _line(9, along))) & (near > 0)
    if cv2.countNonZero(ridge.view(np.uint8)) < 200:
        return None
    return float(np.percentile(near[ridge].astype(np.float32) / far[ridge], 75))


def _spread(grey: GreyImage, length: int, along: int) -> GreyImage:
    """Largest minus smallest grey level on a line of pixels."""
    window = _line(length, along)
    return np.asarray(cv2.subtract(cv2.dilate(grey, window), cv2.erode(grey, window)), np.uint8)


def _line(length: int, along: int) -> NDArray[np.uint8]:
    return np.ones((1, length) if along == 0 else (length, 1), np.uint8)


def enclose_sheet(marks: tuple[MarkCandidate, ...], shape: tuple[int, ...]) -> bool:
    """Whether four of the marks enclose a good part of a picture of this shape."""
    area = float(shape[0] * shape[1])
    points: list[Points] = [np.array([mark.x, mark.y]) for mark in marks[:10]]
    for four in combinations(points, 4):
        hull = cv2.convexHull(np.array(four, np.float32))
        if len(hull) == 4 and cv2.contourArea(hull) > SHEET_SHARE * area:
            return True
    return False

"""Locate a page by its four corner marks alone: any known page, in any of the four turns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import FormSpec, MarkShape, PageSpec
from digitizer.errors import PageNotLocated
from digitizer.vision.blank import Atlas
from digitizer.vision.by_tag import keeps_shape
from digitizer.vision.fiducials import refine_mark
from digitizer.vision.ink import GreyImage
from digitizer.vision.mark_search import find_marks
from digitizer.vision.plane import Points, is_upright_sheet
from digitizer.vision.registration import coarse_likeness
from digitizer.vision.sight import Candidate, Miss, Sight

SIDE: Final = 1000
"""Longer side of the photo at which marks are sought."""

MARK_PIXELS: Final = 7.0
"""Side of a mark's squares, about, within which its point is refined."""

SURE_MARK: Final = 0.62
MOST_MARKS: Final = 12
MOST_FOURS: Final = 6
LEAST_AREA: Final = 0.12
"""Four marks enclose at least this share of the picture."""

LEAST_LIKENESS: Final = 0.15
"""Correlation of the coarse ink with the blank below which a page is not worth confirming."""

MOST_CANDIDATES: Final = 3


@dataclass(frozen=True, slots=True)
class Corners:
    """Four marks of one shape, clockwise in the photo from any of them: (4, 2) pixels."""

    shape: MarkShape
    points: Points


def by_corners(sight: Sight, atlas: Atlas) -> Sequence[Candidate] | Miss:
    """Where a page may lie whose corner marks these are; its print tells page and turn."""
    grey, scale = sight.pyramid.resized(SIDE)
    marked = [layout[0] for layout in atlas.layouts if len(layout[0][1].fiducials) == 4]
    shapes = sorted({page.fiducials[0].shape for _, page in marked})
    weighed: list[tuple[float, Candidate]] = []
    seen = 0
    for shape in shapes:
        marks = sure_marks(grey, shape)
        seen = max(seen, len(marks))
        pages = [(form, page) for form, page in marked if page.fiducials[0].shape == shape]
        for corners in enclosing(marks, grey.shape, shape):
            for candidate in _laid(grey, corners, pages):
                full = candidate.at_full_size(scale)
                blank = atlas.blank(candidate.form, candidate.page)
                weighed.append((coarse_likeness(sight.pyramid, blank, full.homography), full))
    weighed.sort(key=lambda item: -item[0])
    found = [one for likeness, one in weighed[:MOST_CANDIDATES] if likeness > LEAST_LIKENESS]
    return found or Miss(_too_few(seen, laid=bool(weighed)))


def sure_marks(grey: GreyImage, shape: MarkShape) -> list[Points]:
    """Points of marks of this shape, refined between pixels, most alike first."""
    found = find_marks(grey, SURE_MARK, shape)[:MOST_MARKS]
    return [refine_mark(grey, np.array([mark.x, mark.y]), MARK_PIXELS, shape) for mark in found]


def enclosing(
    marks: Sequence[Points], shape: tuple[int, ...], mark_shape: MarkShape
) -> Iterator[Corners]:
    """Every four marks that enclose a good part of the picture, the largest part first."""
    area = float(shape[0] * shape[1])
    fours: list[tuple[float, Points]] = []
    for choice in combinations(marks, 4):
        hull = cv2.convexHull(np.array(choice, np.float32))
        share = cv2.contourArea(hull) / area
        if len(hull) == 4 and share > LEAST_AREA:
            fours.append((share, np.array(choice)))
    fours.sort(key=lambda item: -item[0])
    for _, four in fours[:MOST_FOURS]:
        centre = four.mean(axis=0)
        order = np.argsort(np.arctan2(four[:, 1] - centre[1], four[:, 0] - centre[0]))
        yield Corners(mark_shape, four[order])


def _laid(
    grey: GreyImage, corners: Corners, pages: Sequence[tuple[FormSpec, PageSpec]]
) -> Iterator[Candidate]:
    """Every page laid over four marks in every turn in which the marks keep their shape.

    Pages whose marks stand at the same places are laid alike.
    """

    def places(item: tuple[FormSpec, PageSpec]) -> tuple[tuple[float, float, float], ...]:
        return tuple((m.point.x, m.point.y, m.square_side) for m in item[1].fiducials)

    for at, alike in groupby(sorted(pages, key=places), places):
        group = list(alike)
        fiducials = group[0][1].fiducials
        printed = np.array([(x, y) for x, y, _ in at])
        for turn in range(4):
            points = np.roll(corners.points, turn, axis=0)
            matrix, _ = cv2.findHomography(printed, points, 0)
            homography = np.asarray(matrix, np.float64)
            if is_upright_sheet(homography, group[0][1].size) and keeps_shape(
                grey, homography, tuple(zip(fiducials, points, strict=True))
            ):
                for form, page in group:
                    yield Candidate(form, page, homography, None, 0.0, "corners")


def _too_few(found: int, *, laid: bool) -> PageNotLocated:
    if laid:
        return PageNotLocated(
            "unknown_form",
            f"found {found} corner marks, between which no known page is printed",
            "check which form it is; an admin adds new forms",
            {"variant": "marks", "found": found, "needed": 4},
        )
    return PageNotLocated(
        "page_incomplete" if found >= 2 else "no_form",
        f"found {found} corner marks, needed 4 that enclose a sheet",
        "retake with all four corners in view",
        {"variant": "half", "found": found, "needed": 4},
    )

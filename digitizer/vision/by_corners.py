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
from digitizer.vision.fiducials import (
    find_corner_marks,
    mark_likeness,
    refine_mark,
)
from digitizer.vision.ink import GreyImage
from digitizer.vision.plane import Points, is_upright_sheet
from digitizer.vision.registration import coarse_likeness
from digitizer.vision.sight import Candidate, Miss, Sight

SIDE: Final = 1000
"""Longer side, at least, of the size at which marks are sought."""

SQUARE_SHARES: Final = (0.0045, 0.0062, 0.0085, 0.0118)
"""Sides of a mark's squares that are tried, as shares of the photo's longer side."""

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
    grey, scale = sight.pyramid.near(SIDE)
    marked = [(form, page) for form, page in atlas.pages if len(page.fiducials) == 4]
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
    """Places that look like a mark of this shape at any usual size and turn, most alike first."""
    found: list[tuple[float, float, Points]] = []
    for share in SQUARE_SHARES:
        side = share * max(grey.shape)
        # A quarter turn mirrors the diagonal of a saddle; a square looks the same.
        for flip in (1.0, -1.0) if shape == "saddle" else (1.0,):
            jacobian = np.diag([side * flip, side])
            for mark in find_corner_marks(grey, jacobian, 1.0, keep=MOST_MARKS, shape=shape):
                if mark.likeness > SURE_MARK:
                    at = refine_mark(grey, np.array([mark.x, mark.y]), side, shape)
                    likeness = mark_likeness(grey, at, jacobian, 1.0, shape)
                    found.append((likeness, side, at))
    found.sort(key=lambda item: -item[0])
    places: list[tuple[float, Points]] = []
    for likeness, side, at in found:
        apart = all(np.linalg.norm(at - other) > side for _, other in places)
        if apart and likeness > SURE_MARK:
            places.append((likeness, at))
    return [at for _, at in places[:MOST_MARKS]]


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

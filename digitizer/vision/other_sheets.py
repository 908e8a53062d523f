"""Whether a photo shows another sheet beside the one that is read.

Of two sheets in one photo either may be the one that was meant, and one that nobody looked at would
seem read. So another tag tells of another sheet; and where the picture has room for one, its print
is looked for there.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import PageSpec
from digitizer.domain.geometry import Rect
from digitizer.vision.blank import Atlas
from digitizer.vision.by_print import GLANCE, by_print
from digitizer.vision.confirm import laid
from digitizer.vision.flatten import Pyramid
from digitizer.vision.plane import Points, project, rect_corners
from digitizer.vision.seen_tags import tags_close_up
from digitizer.vision.sight import Candidate, Miss, Sight, Sighting

LEAST_AREA: Final = 0.25
"""Another sheet, or its tag, has this share of the area of the one read, at least. What is smaller
lies far behind, or is a picture of a sheet."""

SAME_TAG: Final = 2.0
"""A tag lies where a page has its own within so many of its sides. Bent paper moves it by less, and
the tags of two sheets stand farther apart."""

OVERLAP: Final = 0.2
"""Two sheets cover each other by this share of the smaller one, at most; more is one sheet that was
placed twice."""

ROOM: Final = 0.45
"""Another sheet has room where a circle as wide as this share of the shorter side of the one read
fits beside it. A sheet of a quarter of its area is half as wide."""

ROOM_SIDE: Final = 160
"""Longer side, in pixels, of the picture in which room is measured."""

MARGIN: Final = 0.1
"""Share of a sheet's width or height by which one beside it may reach beyond its nearest corner."""

EDGE_STEPS: Final = 8
"""A sheet's side is drawn in so many pieces."""

FAR: Final = 20_000
"""Pixels beyond which no outline is drawn."""


ToPhoto = Callable[[Points], Points]
"""Page millimetres (n, 2) to photo pixels (n, 2), by where a page was placed."""


def other_sheets(
    sight: Sight, atlas: Atlas, page: PageSpec, to_photo: ToPhoto, seen: Sequence[Sighting]
) -> tuple[str, ...]:
    """What says that another sheet than this page is in the photo, one short text each.

    Args:
        sight: the photo.
        atlas: the pages that are looked for; tags of all known ones tell.
        page: the page that is read.
        to_photo: where it was placed.
        seen: every tag seen, those of this page too.
    """
    outline = _outline(page, to_photo)
    beside = _room(outline, page, sight.size)
    tags = seen if beside is None else (*seen, *tags_close_up(sight, atlas))
    names = _by_tags(tags, page, to_photo, _area(outline))
    if not names and beside is not None:
        names = _by_print(sight, atlas, outline, beside)
    return tuple(f"another sheet in the photo: {name}" for name in names)


def lies_at_tag(seen: Sighting, page: PageSpec, to_photo: ToPhoto) -> bool:
    """Whether a tag was seen where a page, placed so, has its own; whatever it says."""
    if page.tag is None:
        return False
    own = to_photo(rect_corners(page.tag.rect))
    away = float(np.linalg.norm(seen.corners.mean(axis=0) - own.mean(axis=0)))
    return away <= SAME_TAG * float(np.sqrt(_area(own)))


def _by_tags(
    tags: Iterable[Sighting], page: PageSpec, to_photo: ToPhoto, area: float
) -> tuple[str, ...]:
    """The pages, each once, whose tags lie elsewhere than that of a page of this area."""
    others = (tag for tag in tags if not lies_at_tag(tag, page, to_photo))
    return tuple(dict.fromkeys(tag.name for tag in others if _sheet(tag) >= LEAST_AREA * area))


def _sheet(seen: Sighting) -> float:
    """The area of a tag's sheet in square pixels, as far as the tag tells."""
    size, tag = seen.page.size, seen.tag.rect
    return _area(seen.corners) * size.width * size.height / (tag.width * tag.height)


def _by_print(sight: Sight, atlas: Atlas, outline: Points, beside: Rect) -> tuple[str, ...]:
    """The page whose print is found in a part of the photo, beside a sheet with this outline.

    Its layout alone is looked at: forms for another office print the same.
    """
    share = max(beside.width, beside.height) / max(sight.size)
    grey, scale = sight.pyramid.near(round(GLANCE.side / share))
    left, top = round(beside.x * scale), round(beside.y * scale)
    cut = grey[top : round(beside.bottom * scale), left : round(beside.right * scale)].copy()
    covered = (outline + 0.5) * scale - 0.5 - (left, top)
    cv2.fillPoly(cut, [_whole(covered)], float(np.median(cut)))
    answer = by_print(
        Sight(Pyramid((cut,)), (cut.shape[1], cut.shape[0])),
        (atlas.blank(*layout[0]) for layout in atlas.layouts),
        GLANCE,
    )
    if isinstance(answer, Miss):
        return ()
    full = [each.moved(left, top).at_full_size(scale) for each in answer]
    found = [each for each in full if _apart(each, outline)]
    placed = laid(sight, atlas, found, twice=False)
    return tuple(f"laid out like {one.candidate.name}" for one in placed if one.confirmed)[:1]


def _apart(candidate: Candidate, outline: Points) -> bool:
    """Whether a page is large enough and beside the sheet of this outline, not over it."""
    quad = _outline(candidate.page, partial(project, candidate.homography))
    smaller = min(_area(quad), _area(outline))
    first, second = (cv2.convexHull(each.astype(np.float32)) for each in (quad, outline))
    shared, _ = cv2.intersectConvexConvex(first, second)
    return _area(quad) >= LEAST_AREA * _area(outline) and shared <= OVERLAP * smaller


def _room(outline: Points, page: PageSpec, size: tuple[int, int]) -> Rect | None:
    """The part of a picture of this width and height in which another sheet has room, or None.

    It is all of the picture left of the sheet, right of it, above or below.
    """
    share = ROOM_SIDE / max(size)
    # A frame of one pixel, so that room ends where the picture does.
    free = np.zeros((round(size[1] * share) + 2, round(size[0] * share) + 2), np.uint8)
    free[1:-1, 1:-1] = 1
    cv2.fillPoly(free, [_whole((outline + 0.5) * share + 0.5)], 0.0)
    _, radius, _, at = cv2.minMaxLoc(cv2.distanceTransform(free, cv2.DIST_L2, 3))
    slender = min(page.size.width, page.size.height) / max(page.size.width, page.size.height)
    if 2 * radius < ROOM * share * float(np.sqrt(_area(outline) * slender)):
        return None
    (left, right), (top, bottom) = (
        _part(outline[:, axis], (at[axis] - 0.5) / share, size[axis]) for axis in (0, 1)
    )
    # Beside the sheet across or down is enough: two sheets may stand askew.
    if (left, right) != (0, size[0]):
        top, bottom = 0, size[1]
    return Rect(left, top, right - left, bottom - top)


def _part(places: NDArray[np.float64], middle: float, length: int) -> tuple[float, float]:
    """Where to look along one side of the picture: before a sheet, after it, or everywhere."""
    first, last = float(places.min()), float(places.max())
    margin = MARGIN * (last - first)
    if middle < first:
        return 0, min(first + margin, length)
    return (max(last - margin, 0), length) if middle > last else (0, length)


def _outline(page: PageSpec, to_photo: ToPhoto) -> Points:
    """The sheet's edge in photo pixels, (n, 2), clockwise; paper bends."""
    corners = rect_corners(Rect(0, 0, page.size.width, page.size.height))
    ahead = np.roll(corners, -1, axis=0)
    share = np.arange(EDGE_STEPS)[:, None] / EDGE_STEPS
    return to_photo((corners[:, None] + share * (ahead - corners)[:, None]).reshape(-1, 2))


def _area(polygon: Points) -> float:
    """In square pixels."""
    return float(cv2.contourArea(polygon.astype(np.float32)))


def _whole(polygon: Points) -> NDArray[np.int32]:
    """A polygon in whole pixels; what lies far outside the picture is drawn nearer."""
    return np.asarray(np.round(np.clip(polygon, -FAR, FAR)), np.int32)

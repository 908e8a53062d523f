"""Find which page of which form a photo shows, and where: page millimetres to photo pixels.

The tag names the page and tells which way is up; the corner marks, far apart and exact, carry the
homography. Methods are tried in order; what none of them can place is refused with its reason.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import Fiducial, FormSpec, PageSpec, TagSpec
from digitizer.domain.geometry import Rect
from digitizer.domain.reading import Method
from digitizer.errors import PageNotLocated
from digitizer.vision.fiducials import (
    FoundTag,
    GreyImage,
    Matrix,
    Points,
    find_corner_marks,
    find_tags,
    mark_likeness,
    refine_saddle,
)
from digitizer.vision.photo import Photo
from digitizer.vision.refuse import refusal_without_tag

MARK_LIKENESS: Final = 0.70
"""A corner mark must correlate this well with its ideal under the page's own local map."""

ROUGH_LIKENESS: Final = 0.55
"""The same before the page's map is known."""

SCALE_FACTORS: Final = ((1.0,), (1.0, 0.62, 0.78, 1.28))
"""Scales of a corner mark against the tag that are tried: near it, then in strong perspective."""

MARK_CHOICES: Final = 4
"""So many candidates are weighed for each corner."""

TAG_MISFIT_MM: Final = 14.0
"""A tag may lie so far from where the corner marks put it: paper bends, but a wrong mark is off by
far more."""

FEWER_MARKS_MISFIT_MM: Final = 4.0
"""The same when the tag itself takes part in the fit."""

UNSEEN_FIELDS: Final = 0.2
"""The share of fields that may lie outside the picture before the page counts as cut."""


@dataclass(frozen=True, slots=True, eq=False)
class PageLocation:
    """Where a page lies in a photo.

    Attributes:
        homography: (3, 3) float64, page millimetres to photo pixels.
        reprojection_error_mm: root mean square distance, on the page, between where tag and marks
            were found and where the homography puts them.
        turns: clockwise quarter turns that make the photo upright.
    """

    form: FormSpec
    page: PageSpec
    homography: Matrix
    reprojection_error_mm: float
    method: Method
    turns: int


@dataclass(frozen=True, slots=True, eq=False)
class _Sighting:
    """A tag seen in the picture that belongs to a page of a known form."""

    form: FormSpec
    page: PageSpec
    tag: TagSpec
    corners: Points  # of the printed square: top left, top right, bottom right, bottom left


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    homography: Matrix
    misfit_mm: float
    method: Method


def locate_page(photo: Photo, forms: Sequence[FormSpec]) -> PageLocation:
    """Place the page that a photo shows.

    Raises:
        PageNotLocated: no_form, unknown_form, page_incomplete, too_blurred or too_dark.
    """
    grey = np.asarray(cv2.cvtColor(photo.image, cv2.COLOR_BGR2GRAY), np.uint8)
    known = {
        (page.tag.dictionary, page.tag.id): (form, page, page.tag)
        for form in forms
        for page in form.pages
        if page.tag is not None
    }
    tags = find_tags(grey, (dictionary for dictionary, _ in known))
    sightings = [
        _Sighting(*known[tag.dictionary, tag.id], _printed_corners(tag, known))
        for tag in tags
        if (tag.dictionary, tag.id) in known
    ]
    if not sightings:
        raise _unknown_tag(tags[0]) if tags else refusal_without_tag(grey)
    sighting = sightings[0]
    fit = _place(grey, sighting)
    _check_in_view(sighting.page, fit.homography, photo.size)
    return PageLocation(
        sighting.form,
        sighting.page,
        fit.homography,
        fit.misfit_mm,
        fit.method,
        _quarter_turns(fit.homography, sighting.page),
    )


def _place(grey: GreyImage, sighting: _Sighting) -> "_Fit":
    """The best fit of the first method that gives one; PageNotLocated when none does."""
    marks: Marks = ()
    for factors in SCALE_FACTORS:
        marks = _marks_by_corner(grey, sighting, factors)
        fit = _by_tag_and_corners(grey, sighting, marks)
        if fit is not None:
            return fit
    for method in METHODS:
        fit = method(grey, sighting, marks)
        if fit is not None:
            return fit
    raise _too_few_marks(sighting, marks)


def project(homography: Matrix, points: Points) -> Points:
    """Points (n, 2) through a homography."""
    out = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return np.asarray(out[:, :2] / out[:, 2:], np.float64)


def jacobian_at(homography: Matrix, point: Points) -> Matrix:
    """The (2, 2) derivative of a homography at a point (2,): pixels a millimetre."""
    u, v, w = homography @ np.array([point[0], point[1], 1.0])
    top = homography[:2, :2] * w - np.outer((u, v), homography[2, :2])
    return np.asarray(top / w**2, np.float64)


def rect_corners(rect: Rect) -> Points:
    """Corners (4, 2) of a rectangle: top left, top right, bottom right, bottom left."""
    return np.array([(corner.x, corner.y) for corner in rect.corners], np.float64)


def _printed_corners(
    tag: FoundTag, known: dict[tuple[str, int], tuple[FormSpec, PageSpec, TagSpec]]
) -> Points:
    """The found corners in the order of the printed square, its quarter turns undone."""
    turns = known[tag.dictionary, tag.id][2].turns
    return np.asarray(np.roll(tag.corners, turns, axis=0))


Marks = tuple[tuple[Fiducial, tuple[Points, ...]], ...]
"""For every corner mark of a page the places that may be it, most alike first."""


def _marks_by_corner(grey: GreyImage, sighting: _Sighting, factors: Sequence[float]) -> Marks:
    """Where the page's corner marks may lie, at sub-pixel precision.

    The tag alone gives scale, direction and a rough place; a mark is sought within a third of its
    distance from the tag, and at these factors of the tag's scale, since perspective and bent paper
    move and shrink what is far away.
    """
    affine, _ = cv2.estimateAffine2D(rect_corners(sighting.tag.rect), sighting.corners)
    rough = np.vstack([affine, (0, 0, 1)])
    jacobian = np.asarray(rough[:2, :2], np.float64)
    scale = float(np.sqrt(abs(np.linalg.det(jacobian))))
    tag_centre = sighting.corners.mean(axis=0)
    sides = {fiducial.square_side for fiducial in sighting.page.fiducials}
    confirmed = {side: _confirmed_marks(grey, jacobian, side, factors) for side in sides}
    found = []
    for fiducial in sighting.page.fiducials:
        guess = project(rough, np.array([(fiducial.point.x, fiducial.point.y)]))[0]
        reach = 0.33 * float(np.linalg.norm(guess - tag_centre)) + 15 * scale
        near = [at for at in confirmed[fiducial.square_side] if np.linalg.norm(at - guess) < reach]
        found.append((fiducial, tuple(near[:MARK_CHOICES])))
    return tuple(found)


def _confirmed_marks(
    grey: GreyImage, jacobian: Matrix, side: float, factors: Sequence[float]
) -> list[Points]:
    """Refined saddles whose surroundings have the shape of a mark, most alike first."""
    scale = float(np.sqrt(abs(np.linalg.det(jacobian))))
    weighed: list[tuple[float, Points]] = []
    for factor in factors:
        local = jacobian * factor
        for candidate in find_corner_marks(grey, local, side):
            rough = np.array([candidate.x, candidate.y])
            if mark_likeness(grey, rough, local, side) > ROUGH_LIKENESS:
                at = refine_saddle(grey, rough, side * scale * factor)
                weighed.append((mark_likeness(grey, at, local, side), at))
    weighed.sort(key=lambda item: -item[0])
    places: list[Points] = []
    for likeness, at in weighed:
        apart = all(np.linalg.norm(at - other) > side * scale / 2 for other in places)
        if apart and likeness > ROUGH_LIKENESS:
            places.append(at)
    return places


def _by_tag_and_corners(grey: GreyImage, sighting: _Sighting, marks: Marks) -> _Fit | None:
    """All four corner marks; the tag, which took no part in the fit, confirms them."""
    return _best_fit(grey, sighting, marks, 4)


def _by_tag_and_some_corners(grey: GreyImage, sighting: _Sighting, marks: Marks) -> _Fit | None:
    """Three or two corner marks together with the corners of the tag."""
    return _best_fit(grey, sighting, marks, 3) or _best_fit(grey, sighting, marks, 2)


METHODS: Final[tuple[Callable[[GreyImage, _Sighting, Marks], _Fit | None], ...]] = (
    _by_tag_and_corners,
    _by_tag_and_some_corners,
)


def _best_fit(grey: GreyImage, sighting: _Sighting, marks: Marks, count: int) -> _Fit | None:
    """The fit with the least misfit whose marks all keep their shape under the page's own map."""
    fits = [
        (fit, chosen)
        for chosen in _choices(marks, count)
        if (fit := _fit(sighting, chosen)) is not None
    ]
    for fit, chosen in sorted(fits, key=lambda item: item[0].misfit_mm):
        if all(
            mark_likeness(
                grey,
                at,
                jacobian_at(fit.homography, np.array([fiducial.point.x, fiducial.point.y])),
                fiducial.square_side,
            )
            > MARK_LIKENESS
            for fiducial, at in chosen
        ):
            return fit
    return None


def _choices(marks: Marks, count: int) -> Iterator[tuple[tuple[Fiducial, Points], ...]]:
    """Every way to take exactly `count` corner marks, one place each."""
    options = [[None, *((fiducial, at) for at in places)] for fiducial, places in marks]
    for choice in product(*options):
        taken = tuple(item for item in choice if item is not None)
        if len(taken) == count:
            yield taken


def _fit(sighting: _Sighting, chosen: tuple[tuple[Fiducial, Points], ...]) -> _Fit | None:
    """The homography of some corner marks, or None when tag and marks do not agree."""
    tag = rect_corners(sighting.tag.rect)
    at = np.array([(fiducial.point.x, fiducial.point.y) for fiducial, _ in chosen])
    seen = np.array([place for _, place in chosen])
    whole = len(chosen) == 4
    source = at if whole else np.vstack([at, tag])
    target = seen if whole else np.vstack([seen, sighting.corners])
    found, _ = cv2.findHomography(source, target, 0)
    matrix = np.asarray(found, np.float64)
    if matrix.shape != (3, 3) or not _is_upright_sheet(matrix, sighting.page):
        return None
    back = np.asarray(np.linalg.inv(matrix), np.float64)
    misfits = np.linalg.norm(
        project(back, np.vstack([seen, sighting.corners])) - np.vstack([at, tag]), axis=1
    )
    limit = TAG_MISFIT_MM if whole else FEWER_MARKS_MISFIT_MM
    if misfits.max() > limit:
        return None
    return _Fit(
        matrix,
        float(np.sqrt(np.mean(misfits**2))),
        "tag_and_corners" if whole else "tag_and_some_corners",
    )


def _is_upright_sheet(matrix: Matrix, page: PageSpec) -> bool:
    """Whether the page's outline maps to a convex quadrilateral, not mirrored and not folded.

    A side seen from the front keeps its direction of rotation, and no place of it lies behind the
    camera.
    """
    corners = np.array(
        [(0, 0), (page.size.width, 0), (page.size.width, page.size.height), (0, page.size.height)]
    )
    depth = np.column_stack([corners, np.ones(4)]) @ matrix[2]
    if depth.min() <= 0.2 * depth.max():
        return False
    quad = project(matrix, corners)
    edges = np.roll(quad, -1, axis=0) - quad
    ahead = np.roll(edges, -1, axis=0)
    turning = edges[:, 0] * ahead[:, 1] - edges[:, 1] * ahead[:, 0]
    return bool((turning > 0).all())


def _quarter_turns(homography: Matrix, page: PageSpec) -> int:
    """Clockwise quarter turns that bring the page's top to the top of the picture."""
    centre = np.array([page.size.width / 2, page.size.height / 2])
    right = jacobian_at(homography, centre)[:, 0]
    angle = float(np.degrees(np.arctan2(right[1], right[0])))
    return -round(angle / 90) % 4


def in_view(homography: Matrix, rect: Rect, size: tuple[int, int]) -> bool:
    """Whether the whole rectangle lies inside a picture of this width and height."""
    quad = project(homography, rect_corners(rect))
    return bool(((quad >= -0.5) & (quad <= np.array(size) - 0.5)).all())


def _check_in_view(page: PageSpec, homography: Matrix, size: tuple[int, int]) -> None:
    cut = [
        field.id
        for field in page.fields
        if not all(in_view(homography, box, size) for box in field.digit_boxes)
    ]
    if len(cut) > UNSEEN_FIELDS * len(page.fields):
        raise PageNotLocated(
            "page_incomplete",
            f"{len(cut)} of {len(page.fields)} numbers of page {page.number} lie outside the "
            f"picture ({', '.join(cut[:3])}{', ...' if len(cut) > 3 else ''})",
            "retake with the whole sheet in view",
            {
                "variant": "fields",
                "page": page.number,
                "found": len(page.fields) - len(cut),
                "needed": len(page.fields),
                "fields": " ".join(cut[:3]),
            },
        )


def _unknown_tag(tag: FoundTag) -> PageNotLocated:
    return PageNotLocated(
        "unknown_form",
        f"found tag {tag.id} of {tag.dictionary}, which no known form carries",
        "add a form file for it, or send a photo of a known form",
        {"variant": "tag", "tag": tag.id},
    )


def _too_few_marks(sighting: _Sighting, marks: Marks) -> PageNotLocated:
    missing = [fiducial.corner.replace("_", " ") for fiducial, places in marks if not places]
    found = len(marks) - len(missing)
    named = f"{sighting.form.id} page {sighting.page.number}"
    if found < 2:
        return PageNotLocated(
            "page_incomplete",
            f"found {found} of {len(marks)} corner marks of {named} "
            f"(missing {', '.join(missing)}), needed 2 beside the tag",
            "retake with all four corners in view",
            {
                "variant": "corners",
                "form": sighting.form.id,
                "page": sighting.page.number,
                "found": found,
                "needed": len(marks),
                "missing": " ".join(fiducial.corner for fiducial, places in marks if not places),
            },
        )
    return PageNotLocated(
        "page_incomplete",
        f"found {found} of {len(marks)} corner marks of {named}, which do not fit its tag",
        "flatten the sheet and retake with all four corners in view",
        {
            "variant": "misfit",
            "form": sighting.form.id,
            "page": sighting.page.number,
            "found": found,
            "needed": len(marks),
        },
    )

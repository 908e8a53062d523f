"""How good a photo is where it matters: at the digit boxes. Judging it is for the policy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import erf, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FieldSpec
from digitizer.domain.geometry import Rect, bounding_rect
from digitizer.domain.reading import FieldQuality, Quality
from digitizer.vision.locate import in_view
from digitizer.vision.plane import jacobian_at
from digitizer.vision.rectify import Page, photo_scale
from digitizer.vision.refuse import grey_level
from digitizer.vision.tones import WHITE, Tones

PROFILE_MM: Final = 2.5
PROFILE_SHARE: Final = 0.25
"""A border is looked at so far to either side, and no farther than this share of its box."""

STROKE_SHARE: Final = 0.0588
"""Width of a pen's stroke as a share of the box it writes in: a marker's 1.06 mm in the plano's
18 mm, about a ball pen's 0.5 mm on A4."""

FLAT: Final = 12
"""A border of less depth than this, in grey levels, is not seen."""

BURNT_SIDES: Final = 2
"""A box is burnt out when so many of its sides are: a digit may then be lost, or half of it."""


@dataclass(frozen=True, slots=True)
class _BoxView:
    """One digit box as the flat page shows it.

    Attributes:
        depths: of the sides in view, in grey levels: how much darker the border is than its paper.
        burnt: whether the paper at its sides is white and no border is seen.
        whole: whether the photo shows all of it.
    """

    field: FieldSpec
    depths: tuple[float, ...]
    burnt: bool
    whole: bool


def measure_quality(page: Page, tones: Tones) -> tuple[Quality, Mapping[str, FieldQuality]]:
    """Resolution, sharpness, light and glare of a located photo, and each field's own view."""
    views = _views(page, tones)
    papers = {field.id: _paper(page, tones, field) for field in page.spec.fields}
    light = max((paper for paper in papers.values() if paper is not None), default=tones.paper)
    in_sight = [view for view in views if view.whole]
    quality = Quality(
        pixels_per_mm=photo_scale(page.location),
        box_pixels=_box_pixels(page),
        sharpness=_sharpness(views, tones.paper - tones.black),
        brightness=tones.paper,
        light=light,
        glare=float(np.mean([view.burnt for view in in_sight])) if in_sight else 0.0,
    )
    fields = {
        field.id: _field_quality(
            page, [view for view in views if view.field.id == field.id], papers[field.id], light
        )
        for field in page.spec.fields
    }
    return quality, fields


def kept_contrast(seen: float, stroke: float, pen: float) -> float:
    """Share of its contrast that a pen's stroke keeps under the blur that a printed line shows.

    Blur of standard deviation s leaves a line of width w the share erf(w / (2 sqrt(2) s)) of its
    depth. So the depth of a line of known width tells s, and s what is left of the pen's stroke.

    Args:
        seen: share of its depth that the printed line keeps, 0 to 1.
        stroke: width of the printed line, in millimetres.
        pen: width of the pen's stroke.
    """
    inverse = NormalDist().inv_cdf((1 + min(max(seen, 0.0), 0.9999)) / 2) / sqrt(2)
    return erf(inverse * pen / stroke)


def _sharpness(views: Sequence[_BoxView], print_depth: float) -> float:
    """Median over all boxes of what the blur leaves of a pen's stroke; ink lies across some.

    A border's own depth is that of black print, less where the form prints it grey.
    """
    kept = [
        kept_contrast(
            depth / max(1.0, print_depth * (1 - view.field.box_grey)),
            view.field.box_stroke,
            STROKE_SHARE * min(view.field.digit_boxes[0].width, view.field.digit_boxes[0].height),
        )
        for view in views
        for depth in view.depths
    ]
    return float(np.median(kept)) if kept else 0.0


def _field_quality(
    page: Page, views: Sequence[_BoxView], paper: float | None, light: float
) -> FieldQuality:
    shifts = page.shifts[views[0].field.id].boxes
    found = [float(np.hypot(shift.dx, shift.dy)) for shift in shifts if shift.found]
    return FieldQuality(
        residual_mm=max(found, default=None),
        glare=float(np.mean([view.burnt for view in views])),
        shade=0.0 if paper is None else max(0.0, 1 - paper / max(light, 1.0)),
        whole=all(view.whole for view in views),
    )


def _views(page: Page, tones: Tones) -> tuple[_BoxView, ...]:
    placed = [
        (field, shift.moved(box))
        for field in page.spec.fields
        for box, shift in zip(field.digit_boxes, page.shifts[field.id].boxes, strict=True)
    ]
    seen = in_view(page.location, [box for _, box in placed], page.photo.size)
    views = tuple(
        _view(tones, field, box, whole) for (field, box), whole in zip(placed, seen, strict=True)
    )
    missed = sum(view.burnt for view in views)
    if tones.white_all_over and missed <= len(views) / 2:
        # A scan is white all over: a border that is not seen there was never printed so deep.
        return tuple(_BoxView(v.field, v.depths, burnt=False, whole=v.whole) for v in views)
    return views


def _view(tones: Tones, field: FieldSpec, box: Rect, whole: bool) -> _BoxView:
    profiles = [
        profile for side in _sides(box) if whole and len(profile := _profile(tones, side)) >= 3
    ]
    papers = [float(profile[round(0.8 * (len(profile) - 1))]) for profile in profiles]
    depths = [paper - float(profile[0]) for paper, profile in zip(papers, profiles, strict=True)]
    burnt = sum(
        paper >= WHITE and depth < FLAT for paper, depth in zip(papers, depths, strict=True)
    )
    return _BoxView(field, tuple(depths), burnt >= BURNT_SIDES, whole)


def _paper(page: Page, tones: Tones, field: FieldSpec) -> float | None:
    """Grey of the paper about a field's boxes; None where the photo does not show them all."""
    around = bounding_rect(field.digit_boxes)
    if not in_view(page.location, [around], page.photo.size)[0]:
        return None
    window = tones.within(around)
    return float(grey_level(window, 0.8)) if window.size else None


def _box_pixels(page: Page) -> float:
    """Median shorter side of the digit boxes in photo pixels."""
    sides = []
    for field in page.spec.fields:
        for box in field.digit_boxes:
            centre = np.array([box.centre.x, box.centre.y])
            columns = np.linalg.norm(jacobian_at(page.location.homography, centre), axis=0)
            sides.append(min(box.width * columns[0], box.height * columns[1]))
    return float(np.median(sides)) if sides else 0.0


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a box without its ends, with what lies to either side of it."""

    around: Rect
    upright: bool


def _sides(box: Rect) -> Iterator[_Side]:
    reach = min(PROFILE_MM, PROFILE_SHARE * min(box.width, box.height))
    for x in (box.x, box.right):
        yield _Side(Rect(x - reach, box.y + box.height / 4, 2 * reach, box.height / 2), True)
    for y in (box.y, box.bottom):
        yield _Side(Rect(box.x + box.width / 4, y - reach, box.width / 2, 2 * reach), False)


def _profile(tones: Tones, side: _Side) -> NDArray[np.float64]:
    """Grey levels across a side, each the median along it, rising; empty beyond the picture."""
    window = tones.within(side.around)
    if not window.size:
        return np.empty(0)
    along = 0 if side.upright else 1
    middle = window.shape[along] // 2
    across = np.partition(window, middle, axis=along).take(middle, axis=along)
    return np.sort(across).astype(np.float64)

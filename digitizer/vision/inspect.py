"""Look at a camera's preview and say the one thing to do next, while the sheet is still there.

Made to be quick on a picture of about 1,000 pixels: it reads no number and refuses no photo.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from digitizer.domain.advice import Advice, Inspection
from digitizer.domain.form import Corner, Fiducial, FormSpec, MarkShape, PageSpec, TagSpec
from digitizer.domain.photo_limits import MAX_JPEG_PIXELS
from digitizer.errors import Numbers
from digitizer.vision.fiducials import mark_likeness
from digitizer.vision.ink import GreyImage
from digitizer.vision.mark_search import centre_places, find_marks, quadrant_places
from digitizer.vision.photo import BgrImage, decoded_side
from digitizer.vision.photo_header import MEGA
from digitizer.vision.plane import Matrix, Points, jacobian_at, project, rect_corners
from digitizer.vision.refuse import (
    DARK_GREY,
    SHARP_EDGE,
    SURE_MARK,
    edge_sharpness,
    enclose_sheet,
    grey_level,
    reduced,
)
from digitizer.vision.tags import Squares, find_tags, known_ids, unknown_tag

BOX_PX: Final = 20.0
"""Sides of the smallest digit box in the photo below which one is told to come closer: what reads
well with a steady hand. The policy doubts a photo only from 14 pixels down."""

MARK_LIKENESS: Final[dict[MarkShape, float]] = {"saddle": 0.62, "square": 0.8}
"""A corner mark of a preview has squares of a few pixels: less like its ideal than in a photo. One
square alone is like much that is printed, by 0.75 where the mark itself reaches 0.91."""

MARK_REACH: Final = 0.2
"""A mark is sought within this share of its distance from the tag: perspective moves it."""

SCALES: Final = (0.8, 1.1)
KEPT: Final = 16
"""A mark may be smaller or larger than the tag's scale says, and so many places are compared."""

BURNT_OUT: Final = 250
SAMPLES: Final = 5
"""A digit box is looked at in so many rows and columns; burnt out in most of them, it is lost."""

LIGHT_SHEET: Final = (0.2, 0.97)
"""A light quadrilateral is a sheet when it fills a share of the picture between these: what fills
all of it has no outline, and may be a wall."""


@dataclass(frozen=True, slots=True, eq=False)
class _Tag:
    """A tag of a known page: its corners (4, 2) in the order of the printed square."""

    form: FormSpec
    page: PageSpec
    spec: TagSpec
    corners: Points


def inspect(
    preview: BgrImage, forms: Sequence[FormSpec], full_size: tuple[int, int] | None = None
) -> Inspection:
    """What a preview shows, and what to do before the photo is taken.

    Args:
        preview: (height, width, 3) BGR, best with a longer side of 1,000 pixels; a larger one is
            made smaller first.
        forms: the forms that may be seen.
        full_size: width and height that the photo, a JPEG, will have; that of the preview if not
            given.
    """
    grey = reduced(np.asarray(cv2.cvtColor(preview, cv2.COLOR_BGR2GRAY), np.uint8))
    width, height = full_size or (preview.shape[1], preview.shape[0])
    enlarged = decoded_side(width, height) / max(grey.shape)
    light = grey_level(grey, 0.99)
    sharpness = edge_sharpness(grey)
    if width * height > MAX_JPEG_PIXELS:
        found, needed = math.ceil(width * height / MEGA), round(MAX_JPEG_PIXELS / MEGA)
        large = Advice("too_large", {"found": found, "needed": needed})
        return _without_page(None, light, sharpness, large)
    if light < DARK_GREY:
        dark = Advice("too_dark", {"found": light, "needed": DARK_GREY})
        return _without_page(None, light, sharpness, dark)
    blurred = _blurred(sharpness)
    tag, squares = _look_for_tags(grey, forms)
    if tag is not None:
        return _of_page(grey, tag, enlarged, light, sharpness, blurred)
    number = None if blurred is not None else unknown_tag(grey, squares)
    if number is not None:
        unknown = Advice("unknown_form", {"tag": number})
        return _without_page(number, light, sharpness, unknown)
    return _without_page(None, light, sharpness, blurred or _of_unnamed_sheet(grey))


def _without_page(
    tag: int | None, light: float, sharpness: float | None, advice: Advice
) -> Inspection:
    return Inspection(None, None, tag, (), (), None, light, sharpness, 0, advice)


def _blurred(sharpness: float | None) -> Advice | None:
    if sharpness is None or sharpness >= SHARP_EDGE:
        return None
    found, needed = int(100 * sharpness), round(100 * SHARP_EDGE)
    return Advice("too_blurred", {"found": found, "needed": needed})


def _of_page(
    grey: GreyImage,
    tag: _Tag,
    enlarged: float,
    light: float,
    sharpness: float | None,
    blurred: Advice | None,
) -> Inspection:
    """The inspection of a page known by its tag; `enlarged` is the photo's scale of the preview."""
    placed, homography = _placed_marks(grey, tag)
    centre = np.array([tag.page.size.width / 2, tag.page.size.height / 2])
    scale = enlarged * float(np.sqrt(abs(np.linalg.det(jacobian_at(homography, centre)))))
    missing = tuple(mark.corner for mark in tag.page.fiducials if mark.corner not in placed)
    glare = _burnt_boxes(grey, tag.page, homography)
    named: dict[str, int | float | str] = {"form": tag.form.id, "page": tag.page.number}
    box_px = scale * _smallest_box(tag.page)
    if blurred is not None:
        advice = blurred
    elif missing:
        advice = Advice("corners_missing", {**named, **_counted(tag.page, missing)})
    elif glare:
        advice = Advice("glare", {**named, "found": glare, "needed": 0})
    elif box_px < BOX_PX:
        advice = Advice("come_closer", {**named, "found": int(box_px), "needed": round(BOX_PX)})
    else:
        advice = Advice("ready", named)
    return Inspection(
        form=tag.form.id,
        page=tag.page.number,
        tag=tag.spec.id,
        seen=tuple(placed),
        missing=missing,
        pixels_per_mm=scale,
        light=light,
        sharpness=sharpness,
        glare=glare,
        advice=advice,
    )


def _counted(page: PageSpec, missing: tuple[Corner, ...]) -> Numbers:
    needed = len(page.fiducials)
    return {"found": needed - len(missing), "needed": needed, "missing": " ".join(missing)}


def _smallest_box(page: PageSpec) -> float:
    """Shorter side in millimetres; of the page itself where it has no box."""
    sides = [min(box.width, box.height) for field in page.fields for box in field.digit_boxes]
    return min(sides, default=min(page.size.width, page.size.height))


def _look_for_tags(grey: GreyImage, forms: Sequence[FormSpec]) -> tuple[_Tag | None, Squares]:
    """The largest tag of a known page; and, by dictionary, the squares that are none."""
    pages = {
        (page.tag.dictionary, page.tag.id): (form, page, page.tag)
        for form in forms
        for page in form.pages
        if page.tag is not None
    }
    tags, squares = find_tags(grey, known_ids(pages))
    if not tags:
        return None, squares
    form, page, spec = pages[tags[0].dictionary, tags[0].id]
    return _Tag(form, page, spec, np.roll(tags[0].corners, spec.turns, axis=0)), squares


def _placed_marks(grey: GreyImage, tag: _Tag) -> tuple[dict[Corner, Points], Matrix]:
    """Where each corner mark is seen, and the page's homography from them and the tag."""
    printed = rect_corners(tag.spec.rect)
    affine, _ = cv2.estimateAffine2D(printed, tag.corners)
    rough = np.asarray(np.vstack([affine, (0, 0, 1)]), np.float64)
    placed: dict[Corner, Points] = {}
    source, target = [printed], [tag.corners]
    for mark in tag.page.fiducials:
        at = np.array([[mark.point.x, mark.point.y]])
        guess = project(rough, at)[0]
        reach = MARK_REACH * float(np.linalg.norm(guess - tag.corners.mean(axis=0))) + 12
        found = _mark_near(grey, guess, reach, np.asarray(rough[:2, :2]), mark)
        if found is not None:
            placed[mark.corner] = found
            source.append(at)
            target.append(found[None])
    homography, _ = cv2.findHomography(np.vstack(source), np.vstack(target), 0)
    return placed, np.asarray(homography if len(placed) >= 2 else rough, np.float64)


def _mark_near(
    grey: GreyImage, guess: Points, reach: float, jacobian: Matrix, mark: Fiducial
) -> Points | None:
    """The place near a guess that looks most like a corner mark, at the tag's scale or near it."""
    side, shape = mark.square_side, mark.shape
    left, top = (max(0, int(at - reach)) for at in guess)
    right, bottom = (max(0, int(at + reach) + 1) for at in guess)
    window = grey[top:bottom, left:right]
    square_px = side * float(np.sqrt(abs(np.linalg.det(jacobian))))
    best, likeness = None, MARK_LIKENESS[shape]
    for factor in SCALES:
        found = (
            (centre_places(window, factor * square_px),)
            if shape == "square"
            else quadrant_places(window, factor * square_px)
        )
        for places in found:
            for place in places[:KEPT]:
                at = place + np.array([left, top])
                like = mark_likeness(grey, at, factor * jacobian, side, shape)
                if like > likeness:
                    best, likeness = at, like
    return best


def _burnt_boxes(grey: GreyImage, page: PageSpec, homography: Matrix) -> int:
    """Digit boxes that are white in most of their samples, on paper that is not."""
    boxes = [box for field in page.fields for box in field.digit_boxes]
    if not boxes or grey_level(grey, 0.5) >= BURNT_OUT:
        return 0
    step = (np.arange(SAMPLES) + 0.5) / SAMPLES
    grid = np.stack(np.meshgrid(step, step), axis=-1).reshape(-1, 2)
    corners = np.array([(box.x, box.y) for box in boxes])
    sides = np.array([(box.width, box.height) for box in boxes])
    points = corners[:, None] + grid[None] * sides[:, None]
    x, y = np.round(project(homography, points.reshape(-1, 2))).astype(int).T
    height, width = grey.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    white = np.zeros(len(x), bool)
    white[inside] = grey[y[inside], x[inside]] >= BURNT_OUT
    return int((white.reshape(len(boxes), -1).mean(axis=1) > 0.5).sum())


def _of_unnamed_sheet(grey: GreyImage) -> Advice:
    """What to say where no tag is seen: of corner marks, of a light sheet, or of nothing."""
    marks = find_marks(grey, SURE_MARK)
    if enclose_sheet(marks, grey.shape):
        return Advice("tag_hidden", {"found": len(marks)})
    if len(marks) >= 2:
        return Advice("part_of_sheet", {"found": len(marks), "needed": 4})
    share = _light_sheet(grey)
    if share is not None:
        return Advice("sheet_seen", {"found": round(100 * share)})
    return Advice("nothing_seen")


def _light_sheet(grey: GreyImage) -> float | None:
    """The share of the picture that its largest light quadrilateral fills, if it is a sheet."""
    small = cv2.GaussianBlur(cv2.resize(grey, None, fx=0.5, fy=0.5), (0, 0), 3)
    _, light = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    closed = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return None
    hull = cv2.convexHull(max(outlines, key=cv2.contourArea))
    quad = cv2.approxPolyDP(hull, 0.03 * cv2.arcLength(hull, True), True)
    share = float(cv2.contourArea(hull)) / small.size
    least, most = LIGHT_SHEET
    return share if len(quad) == 4 and least <= share <= most else None

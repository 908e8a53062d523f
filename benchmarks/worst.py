"""A picture of the worst located generated photos: where the page is and where it was put."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.locating import Located, atlas, made_of
from digitizer.errors import PhotoError
from digitizer.synth.glyphs import Points
from digitizer.synth.strokes import Image
from digitizer.vision.locate import PageLocation, locate_page
from digitizer.vision.photo import decode_photo
from tests.synth import MadePhoto

TILES: Final = 12
COLUMNS: Final = 4
TILE: Final = 460
CAPTION: Final = 40
TRUE: Final = (60, 170, 60)
PUT: Final = (40, 40, 230)
"""Green: the boxes as they lie in the photo; red: where they were put."""


def draw_worst(results: Sequence[Located], picture: Path) -> None:
    """Write the contact sheet: photos not located first, then those with the largest error."""
    worst = sorted(results, key=_badness, reverse=True)[:TILES]
    tiles = [_tile(result) for result in worst]
    empty = np.full((CAPTION + TILE, TILE, 3), 255, np.uint8)
    tiles += [empty] * (-len(tiles) % COLUMNS)
    rows = [np.hstack(tiles[at : at + COLUMNS]) for at in range(0, len(tiles), COLUMNS)]
    picture.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(picture), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 80])


def _badness(result: Located) -> tuple[bool, bool, float]:
    errors = max(result.errors, default=0.0)
    return result.taken_for is not None, not result.located, errors


def _tile(result: Located) -> Image:
    made = made_of(None, result.plan)
    image = made.shot.image.copy()
    _outline(image, _boxes(made, made.shot.truth.project), TRUE)
    location = _location(made)
    if location is not None and result.located:
        _outline(image, _boxes(made, location.project), PUT)
    scale = TILE / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((CAPTION + TILE, TILE, 3), 255, np.uint8)
    tile[CAPTION : CAPTION + small.shape[0], : small.shape[1]] = small
    for line, text in enumerate((result.plan.name, _said(result))):
        at = (4, 15 + 17 * line)
        cv2.putText(tile, text[:64], at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return tile


def _said(result: Located) -> str:
    if result.taken_for is not None:
        return f"taken for {result.taken_for} by {result.method}"
    if not result.located:
        return f"refused: {result.problem}"
    return f"{result.method}, worst box {max(result.errors, default=0.0):.1%} of its width"


def _location(made: MadePhoto) -> PageLocation | None:
    try:
        return locate_page(decode_photo(made.shot.jpeg), atlas())
    except PhotoError:
        return None


def _boxes(made: MadePhoto, project: Callable[[Points], Points]) -> list[NDArray[np.int32]]:
    """The outlines of the page's digit boxes in the photo."""
    boxes = [box for field in made.form.page(made.page).fields for box in field.digit_boxes]
    return [
        np.round(project(np.array([(c.x, c.y) for c in box.corners]))).astype(np.int32)
        for box in boxes
    ]


def _outline(
    image: Image, boxes: Sequence[NDArray[np.int32]], colour: tuple[int, int, int]
) -> None:
    width = max(1, round(max(image.shape[:2]) / 700))
    cv2.polylines(image, list(boxes), True, colour, width, cv2.LINE_AA)

"""Where the pictures of a number are cut: its digit boxes with a margin, on the page laid flat."""

from typing import Final

from digitizer.domain.form import FieldSpec, PageSpec
from digitizer.domain.geometry import Rect, bounding_rect

CROP_MARGIN_SHARE: Final = 0.22
"""Crops show this share of a digit box around what they are of."""


def crop_margin(page: PageSpec) -> float:
    """The margin around what is cut out of a page, in millimetres."""
    boxes = [box for field in page.fields for box in field.digit_boxes]
    return CROP_MARGIN_SHARE * min(min(box.width, box.height) for box in boxes)


def boxes_crop(page: PageSpec, field: FieldSpec) -> Rect:
    """What the crop of a number shows of its page, in millimetres."""
    return bounding_rect(field.digit_boxes).grown(crop_margin(page))


def box_in_crop(page: PageSpec, field: FieldSpec, box: int) -> Rect:
    """Where one digit box lies in the crop of its number, with half the margin, as shares of it."""
    crop = boxes_crop(page, field)
    rect = field.digit_boxes[box].grown(crop_margin(page) / 2)
    return Rect(
        (rect.x - crop.x) / crop.width,
        (rect.y - crop.y) / crop.height,
        rect.width / crop.width,
        rect.height / crop.height,
    )

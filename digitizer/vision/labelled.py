"""Boxes with the glyph that people confirmed in them: what a reader can be trained on further."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect
from digitizer.domain.glyph import BLANK, CROSS, DIGITS

CODES: Final = {**{digit: int(digit) for digit in DIGITS}, CROSS: 10, BLANK: 11}
ODD: Final = 12
"""Codes of the collections that a reader is trained on; dashes and what nobody can read are odd."""


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """One digit box of a form that people confirmed.

    Attributes:
        picture: the crop of its number, as JPEG.
        part: where the box lies in it, as shares.
        confirmed, read: the glyph people confirmed, and the one the machine read.
        marked: whether somebody found it odd among boxes read alike.
        group: boxes of one form have the same, so that no split tears a form apart.
    """

    picture: bytes
    part: Rect
    confirmed: str
    read: str
    marked: bool
    group: int


def pack(boxes: Sequence[LabelledBox]) -> bytes:
    """The boxes as an `.npz` file, every image at its own size.

    Keys: `pixels` (uint8, all images one after another, RGB), `offsets`, `heights`, `widths`,
    `channels` (3), `labels` (codes), `confirmed` and `read` (glyphs), `marked`, `form` (group).
    """
    images = [_cut(box) for box in boxes]
    sizes = np.array([image.shape[:2] for image in images], np.uint16).reshape(-1, 2)
    offsets = np.concatenate([[0], np.cumsum([image.size for image in images])])
    data = io.BytesIO()
    np.savez_compressed(
        data,
        pixels=np.concatenate([image.ravel() for image in images] or [np.empty(0, np.uint8)]),
        offsets=offsets.astype(np.int64),
        heights=sizes[:, 0],
        widths=sizes[:, 1],
        channels=np.int64(3),
        labels=np.array([CODES.get(box.confirmed, ODD) for box in boxes], np.uint8),
        confirmed=np.array([box.confirmed for box in boxes], "<U1"),
        read=np.array([box.read for box in boxes], "<U1"),
        marked=np.array([box.marked for box in boxes], np.bool_),
        form=np.array([box.group for box in boxes], np.int64),
    )
    return data.getvalue()


def _cut(box: LabelledBox) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(box.picture, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("a picture that this program wrote cannot be read")
    height, width = picture.shape[:2]
    left, right = round(box.part.x * width), round(box.part.right * width)
    top, bottom = round(box.part.y * height), round(box.part.bottom * height)
    cut = picture[max(top, 0) : bottom, max(left, 0) : right]
    return np.asarray(cv2.cvtColor(cut, cv2.COLOR_BGR2RGB), np.uint8)

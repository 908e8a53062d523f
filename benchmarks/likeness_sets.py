"""Photos of pages that are, or are not, the same paper: generated, and copies of real scans."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.form import FormSpec
from digitizer.forms import load_form
from digitizer.synth.camera import photograph
from digitizer.synth.entries import entries_for
from digitizer.synth.fill import PIXELS_PER_BOX, fill_page
from digitizer.synth.hand import draw_hand
from digitizer.synth.sheet import box_side
from digitizer.synth.simulate import simulate_tps
from digitizer.synth.writer import Writer
from tests.synth import Tier, draw

PAGES: Final = (
    ("c-hasil-kwk-gubernur-2024-2p", 1),
    ("c-hasil-kwk-gubernur-2024-2p", 2),
    ("c-hasil-ppwp-2024", 2),
    ("c-hasil-ppwp-2024", 3),
    ("c-hasil-salinan-kwk-gubernur-2024-2p", 2),
)
HANDS: Final = 4
FILLS: Final = 2
"""TPS that one hand fills."""

SHOTS: Final[tuple[Tier, ...]] = ("easy", "medium", "medium")
FEW_FIELDS: Final = 2
"""Fields written in on a page that is nearly empty."""

BASE: Final = 77_000

Image = NDArray[np.uint8]
Ink = Literal["written", "anew", "altered", "few"]


@dataclass(frozen=True, slots=True)
class Taken:
    """One photo file and what it shows.

    Attributes:
        hand, fill: who wrote it, and for which TPS.
        ink: as first written; the same numbers by the same hand on another sheet; the first sheet
            with one number written over by that of another TPS; only a few fields of it.
        shot: files of one shot are copies of each other.
        data: the file.
    """

    form: str
    page: int
    hand: int
    fill: int
    ink: Ink
    shot: int
    data: bytes


def generated() -> Iterator[Taken]:
    """Every photo of every page; of the first shot of a page also two copies."""
    for form_id, page in PAGES:
        form = load_form(form_id)
        for hand in range(HANDS):
            sheets = [_filled(form, page, hand, fill, "written") for fill in range(FILLS)]
            for fill, sheet in enumerate(sheets):
                for shot, tier in enumerate(SHOTS):
                    data = _shot(form, page, sheet, tier, (hand, fill, shot))
                    yield Taken(form_id, page, hand, fill, "written", shot, data)
                    if shot == 0:
                        for copy in (forwarded(data), cropped_and_dark(data)):
                            yield Taken(form_id, page, hand, fill, "written", shot, copy)
            others: tuple[tuple[Ink, Image], ...] = (
                ("anew", _filled(form, page, hand, 0, "anew")),
                ("altered", _altered(form, page, sheets[0], sheets[1])),
            )
            for ink, sheet in others:
                data = _shot(form, page, sheet, "medium", (hand, 0, len(ink)))
                yield Taken(form_id, page, hand, 0, ink, len(SHOTS), data)


def nearly_empty() -> Iterator[Taken]:
    """Photos of pages on which only the first fields are written."""
    form_id, page = PAGES[0]
    form = load_form(form_id)
    for hand in range(HANDS):
        for fill in range(FILLS):
            sheet = _filled(form, page, hand, fill, "few")
            for shot, tier in enumerate(SHOTS[:2]):
                data = _shot(form, page, sheet, tier, (hand, fill, 90 + shot))
                yield Taken(form_id, page, hand, fill, "few", shot, data)


def real_scans(dev_data: Path) -> Iterator[Taken]:
    """The scans of 2019, each with copies as they are made on a phone; `fill` names the scan."""
    for number, path in enumerate(sorted((dev_data / "photos" / "c1_2019").glob("*.jpg"))):
        data = path.read_bytes()
        for copy in (data, *copies(data)):
            yield Taken("c1-ppwp-2019", 2, number, number, "written", 0, copy)


def copies(data: bytes) -> tuple[bytes, ...]:
    """A picture forwarded, made small, cropped and darkened, brightened, turned, on a screen."""
    image = _decoded(data)
    height, width = image.shape[:2]
    small = cv2.resize(image, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    around = cv2.copyMakeBorder(image, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=(70, 90, 110))
    middle = (width / 2 + 60, height / 2 + 60)
    turn = cv2.getRotationMatrix2D(middle, 5, 1.0)
    turned = cv2.warpAffine(around, turn, around.shape[1::-1], borderValue=(70, 90, 110))
    shrunk = cv2.resize(image, None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA)
    screen = cv2.copyMakeBorder(shrunk, 180, 220, 30, 30, cv2.BORDER_CONSTANT, value=(20, 20, 20))
    return (
        forwarded(data),
        _jpeg(small, 60),
        cropped_and_dark(data),
        _jpeg(cv2.convertScaleAbs(image, alpha=1.25, beta=15), 80),
        _jpeg(turned, 80),
        _jpeg(screen, 70),
    )


def forwarded(data: bytes) -> bytes:
    """A picture as a messenger hands it on."""
    image = _decoded(data)
    scale = min(1.0, 1600 / max(image.shape))
    return _jpeg(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), 60)


def cropped_and_dark(data: bytes) -> bytes:
    """A picture cut a little at all sides and darkened."""
    image = _decoded(data)
    height, width = image.shape[:2]
    cut = image[height // 100 : height - height // 100, width // 100 : width - width // 100]
    return _jpeg(cv2.convertScaleAbs(cut, alpha=0.6), 85)


def _filled(form: FormSpec, page: int, hand: int, fill: int, ink: Ink) -> Image:
    rng = np.random.default_rng([BASE, hand, fill])
    values = simulate_tps(form, rng, int(rng.integers(80, 300)))
    drawn = draw_hand(np.random.default_rng([BASE, hand]))
    writer = Writer(drawn, np.random.default_rng([BASE, hand, fill, len(ink)]))
    entries = entries_for(form, values, drawn.leading)
    names = [field.id for field in form.page(page).fields if field.id in entries]
    kept = names[:FEW_FIELDS] if ink == "few" else names
    return fill_page(form, page, {name: entries[name] for name in kept}, writer)


def _altered(form: FormSpec, page: int, sheet: Image, other: Image) -> Image:
    """A sheet with its first number taken from another."""
    scale = PIXELS_PER_BOX / box_side(form)
    altered = sheet.copy()
    for box in form.page(page).fields[0].digit_boxes:
        left, top, right, bottom = (
            round(side * scale) for side in (box.x, box.y, box.right, box.bottom)
        )
        altered[top:bottom, left:right] = other[top:bottom, left:right]
    return altered


def _shot(form: FormSpec, page: int, sheet: Image, tier: Tier, seed: tuple[int, ...]) -> bytes:
    rng = np.random.default_rng([BASE, page, *seed])
    size, side = form.page(page).size, box_side(form)
    return photograph(sheet, size, params=draw(tier, rng), rng=rng, box_mm=side).jpeg


def _decoded(data: bytes) -> Image:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(image, np.uint8)


def _jpeg(image: cv2.typing.MatLike, quality: int) -> bytes:
    _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return coded.tobytes()

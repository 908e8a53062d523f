"""Photos of the size a phone takes, rendered for `make bench`: 12 megapixels, 2.5 to 4 MB."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from rich.progress import track

from benchmarks.processes import over
from digitizer.domain.form import FormSpec
from digitizer.domain.geometry import Size
from digitizer.forms import load_form
from digitizer.synth.camera import CameraParams, photograph
from digitizer.synth.fill import fill_page
from digitizer.synth.sheet import Pose, box_side, page_grid, place_sheet
from digitizer.synth.strokes import Image
from tests.synth import base_forms, filling

MEGAPIXELS: Final = 12.0
MEGABYTES: Final = (2.5, 4.0)
SEED: Final = 71_000
MARGIN: Final = 0.04


@dataclass(frozen=True, slots=True)
class LargePhoto:
    """A photo; `marked` says whether its form has corner marks."""

    form: str
    page: int
    marked: bool
    jpeg: bytes


def large_photos(count: int) -> list[LargePhoto]:
    """So many photos, half of them of forms without corner marks; made in two processes."""
    pages = [(form, page) for form in base_forms() for page in form.pages]
    groups = [
        [(form.id, page.number) for form, page in pages if bool(page.fiducials) == marked]
        for marked in (True, False)
    ]
    plans = [
        (*groups[index % 2][index // 2 % len(groups[index % 2])], SEED + index)
        for index in range(count)
    ]
    return list(track(over(large_photo, plans), "rendering 12 MP", count))


def large_photo(plan: tuple[str, int, int]) -> LargePhoto:
    """A good photo of a filled page, given its form, page and seed."""
    form_id, page, seed = plan
    form = load_form(form_id)
    size, side = form.page(page).size, box_side(form)
    rng = np.random.default_rng(seed)
    pose = Pose(
        tilt=rng.uniform(2, 12),
        azimuth=rng.uniform(0, 360),
        roll=rng.uniform(-4, 4),
        curl=rng.uniform(0.002, 0.015),
        curl_shape="arc",
        curl_direction=rng.uniform(0, 180),
        distance=rng.uniform(1.4, 1.8),
    )
    params = CameraParams(
        pose,
        box_px=_box_px(size, pose, side),
        blur=0.12,
        noise=rng.uniform(2.5, 4.0),
        margin=MARGIN,
        turns=seed % 4,
        jpeg_quality=95,
    )
    entries, writer = filling(form, seed)
    here = {f.id: entries[f.id] for f in form.page(page).fields if f.id in entries}
    flat = fill_page(form, page, here, writer, pixels_per_mm=_drawn_at(form))
    picture = photograph(flat, size, params=params, rng=rng, box_mm=side).image
    return LargePhoto(form_id, page, bool(form.page(page).fiducials), _jpeg(picture))


def _box_px(size: Size, pose: Pose, side: float) -> float:
    """The scale at which the photo has `MEGAPIXELS`."""
    outline = place_sheet(size, pose, 1.0, side).project(page_grid(size, 9, 13))
    width, height = np.ptp(outline, axis=0) * (1 + 2 * MARGIN)
    return float(np.sqrt(MEGAPIXELS * 1e6 / (width * height)))


def _drawn_at(form: FormSpec) -> float:
    """Pixels a millimetre at which a page has about as many pixels as the photo shows of it."""
    return 4000 / max(page.size.height for page in form.pages)


def _jpeg(picture: Image) -> bytes:
    """The first of a phone's usual qualities that gives a file of at most the largest size."""
    for quality in range(95, 40, -3):
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(coded) <= MEGABYTES[1] * 1e6:
            break
    if not MEGABYTES[0] * 1e6 <= len(coded) <= MEGABYTES[1] * 1e6:
        raise ValueError(f"a photo of {len(coded) / 1e6:.1f} MB, needed {MEGABYTES} MB")
    return coded

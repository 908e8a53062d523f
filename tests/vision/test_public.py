"""Public pictures: no signature, no surroundings, no metadata; overlays are written."""

import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from digitizer.domain.crops import crop_margin
from digitizer.domain.geometry import Rect
from digitizer.forms import load_form, load_forms
from digitizer.pipeline import atlas_of
from digitizer.vision.cells import read_cells
from digitizer.vision.digits import GlyphReader
from digitizer.vision.locate import locate_page
from digitizer.vision.overlay import LATTICE_CELLS, draw_location, save_overlays
from digitizer.vision.plane import rect_corners
from digitizer.vision.public import HEADER_TIMES, PAINT, desk_pictures, in_light, painted_page
from digitizer.vision.rectify import Page, crop, photo_scale, rectify
from digitizer.vision.segment import segment
from digitizer.vision.tally_marks import TurusReader
from digitizer.vision.words import WordReader
from tests.vision.pages import PPWP, good_shot, jpg, photo_of

SPEC = load_form(PPWP).page(2)
MAGENTA = (255, 0, 255)


@pytest.fixture(scope="module")
def page() -> Page:
    photo = photo_of(good_shot().image)
    return rectify(photo, locate_page(photo, atlas_of(load_forms())))


def decoded(data: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def test_every_picture_of_the_desk_is_there(page: Page) -> None:
    pictures = desk_pictures(page)
    fields = {f"crop/{field.id}" for field in SPEC.fields}
    witnesses = {f"witnesses/{f.id}" for f in SPEC.fields if f.bubbles or f.words is not None}
    assert set(pictures) == {"public", "page", "header"} | fields | witnesses
    assert witnesses
    assert all(min(decoded(data).shape[:2]) > 20 for data in pictures.values())


def test_the_public_copy_shows_no_signature_and_nothing_around_the_sheet(page: Page) -> None:
    public = decoded(desk_pictures(page)["public"])
    outline = page.location.project(np.array([(0, 0), (600, 0), (600, 900), (0, 900)]))
    offset = np.maximum(np.round(outline).astype(int).min(axis=0), 0)
    for rect in SPEC.private:
        quad = np.round(good_shot().truth.project(rect_corners(rect))).astype(np.int32) - offset
        mask = np.zeros(public.shape[:2], np.uint8)
        cv2.fillConvexPoly(mask, quad, 255)
        assert mask.any()
        assert np.abs(public[mask > 0].astype(int) - PAINT).max() <= 12
    sheet = np.zeros(public.shape[:2], np.uint8)
    cv2.fillConvexPoly(sheet, np.round(outline).astype(np.int32) - offset, 255)
    outside = cv2.erode(255 - sheet, np.ones((17, 17), np.uint8)) > 0
    assert outside.any()
    assert np.abs(public[outside].astype(int) - PAINT).max() <= 12


def test_the_header_is_as_fine_as_the_photo_and_no_finer_than_asked(page: Page) -> None:
    assert SPEC.header is not None
    header = decoded(desk_pictures(page)["header"])
    rect = SPEC.header.grown(crop_margin(SPEC))
    scale = header.shape[1] / rect.width
    finest = min(photo_scale(page.location), HEADER_TIMES * page.pixels_per_mm)
    assert scale == pytest.approx(finest, rel=0.01)
    flat = crop(page.image, rect, page.pixels_per_mm)
    small = cv2.resize(header, flat.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - flat).mean() < 6


def test_the_header_shows_nothing_private(page: Page) -> None:
    assert SPEC.header is not None
    inside = Rect(SPEC.header.x + 5, SPEC.header.y + 2, SPEC.header.width / 2, 10)
    signed = replace(page, spec=replace(SPEC, private=(*SPEC.private, inside)))
    header = decoded(desk_pictures(signed)["header"])
    margin = crop_margin(SPEC)
    scale = header.shape[1] / (SPEC.header.width + 2 * margin)
    left, top = round((5 + margin) * scale), round((2 + margin) * scale)
    hidden = header[top : top + round(10 * scale), left : left + round(inside.width * scale)]
    assert np.abs(hidden.astype(int) - PAINT).max() <= 4


def test_a_crop_in_a_shadow_is_shown_in_light() -> None:
    light = np.full((30, 80, 3), (215, 230, 225), np.uint8)
    light[10:20, 30:34] = (140, 60, 40)
    dark = (light * 0.4).astype(np.uint8)
    assert np.abs(in_light(dark).astype(int) - in_light(light)).max() <= 6
    assert (in_light(light) == light).all()
    night = np.full((30, 80, 3), 2, np.uint8)
    assert in_light(night).max() <= 6


def test_the_flat_page_shows_no_signature(page: Page) -> None:
    flat = painted_page(page)
    for rect in SPEC.private:
        scale = page.pixels_per_mm
        cell = flat[
            round(rect.y * scale) : round(rect.bottom * scale),
            round(rect.x * scale) : round(rect.right * scale),
        ]
        assert (cell == PAINT).all()


def test_the_files_carry_no_metadata(page: Page) -> None:
    for data in desk_pictures(page).values():
        with Pillow.open(io.BytesIO(data)) as opened:
            assert not opened.getexif()
            assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_digits_survive_in_every_crop(page: Page) -> None:
    for name, data in desk_pictures(page).items():
        if name.startswith("crop/"):
            grey = cv2.cvtColor(decoded(data), cv2.COLOR_BGR2GRAY)
            assert np.percentile(grey, 98) - np.percentile(grey, 1) > 80


def test_one_overlay_a_step_is_written(page: Page, tmp_path: Path) -> None:
    cells = segment(page)
    reading = read_cells(page, cells, GlyphReader.load(), TurusReader.load(), WordReader.load())
    paths = save_overlays(tmp_path / "new", "photo", page, cells, reading)
    assert [path.name for path in paths] == [
        "photo-1-located.png",
        "photo-2-rectified.png",
        "photo-3-cells.png",
        "photo-4-reading.png",
    ]
    for path in paths:
        image = decoded(path.read_bytes())
        assert image.std() > 5
        assert len(jpg(image)) > 5_000


def test_the_mesh_is_drawn_where_the_paper_lies(page: Page) -> None:
    drawn = draw_location(page.photo, page.location)
    bare = page.photo.image
    changed = (drawn[len(drawn) - len(bare) :] != bare).any(axis=2)
    cell = SPEC.size.width / LATTICE_CELLS

    def share_changed(down: float) -> float:
        """Of places in the middle of every column and so far down every row."""
        at = [((x + 0.5) * cell, (y + down) * cell) for x in range(12) for y in range(1, 17)]
        places = np.round(good_shot().truth.project(np.array(at))).astype(int)
        return float(np.mean([changed[y - 1 : y + 2, x - 1 : x + 2].any() for x, y in places]))

    assert share_changed(0.0) > 0.99
    assert share_changed(0.3) < 0.2


@pytest.fixture(scope="module")
def large() -> Page:
    """A page whose photo has twice the pixels, its private cells full of a colour met nowhere."""
    image = np.repeat(np.repeat(good_shot().image, 2, axis=0), 2, axis=1)
    for rect in SPEC.private:
        quad = 2 * (good_shot().truth.project(rect_corners(rect)) + 0.5) - 0.5
        cv2.fillConvexPoly(image, np.round(quad).astype(np.int32), MAGENTA)
    photo = photo_of(image)
    return rectify(photo, locate_page(photo, atlas_of(load_forms())))


def test_a_large_photo_is_published_at_the_size_it_was_read_and_no_private_ink_bleeds(
    large: Page,
) -> None:
    public = decoded(desk_pictures(large)["public"])
    assert large.source_scale == 0.5
    assert max(public.shape) <= max(large.source.shape)
    blue, green, red = (public[..., channel].astype(int) for channel in range(3))
    assert (np.minimum(blue, red) - green).max() < 40


def test_the_same_page_gives_the_same_bytes(page: Page) -> None:
    assert desk_pictures(page) == desk_pictures(page)

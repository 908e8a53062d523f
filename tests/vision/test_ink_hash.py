"""Photos of one paper have nearly one ink hash; other papers, and what is private, have no part."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.domain.likeness import distance, most_bits
from digitizer.domain.policy import Policy
from digitizer.forms import load_form, load_forms
from digitizer.forms.render import render_image
from digitizer.pipeline import atlas_of
from digitizer.synth.camera import photograph
from digitizer.vision.ink_hash import LEAST_BOXES, ink_hash
from digitizer.vision.locate import locate_page
from digitizer.vision.photo import BgrImage, decode_photo
from digitizer.vision.rectify import Page, rectify
from tests.synth import draw, filled_page
from tests.vision.pages import PPWP, SEED, good_shot, photo_of

NEAR = most_bits(Policy().min_likeness)
SPEC = load_form(PPWP).page(2)


def laid_flat(data: bytes) -> Page:
    photo = decode_photo(data)
    return rectify(photo, locate_page(photo, atlas_of(load_forms())))


@cache
def good_page() -> Page:
    photo = photo_of(good_shot().image)
    return rectify(photo, locate_page(photo, atlas_of(load_forms())))


@cache
def another_photo(fill: int) -> Page:
    """Of a page by its filling: another camera, light and table, sent through a messenger."""
    image, _ = filled_page(PPWP, 2, fill)
    rng = np.random.default_rng(5)
    params = replace(draw("medium", rng), messenger=True, exif_turns=0)
    return laid_flat(photograph(image, SPEC.size, params=params, rng=rng, box_mm=18.0).jpeg)


def hash_of(page: Page, image: BgrImage | None = None) -> str | None:
    shown = page.image if image is None else image
    return ink_hash(page, np.asarray(cv2.cvtColor(shown, cv2.COLOR_BGR2GRAY), np.uint8))


def apart(one: str | None, other: str | None) -> int:
    assert one is not None
    assert other is not None
    return distance(one, other)


def test_a_page_on_which_nothing_is_counted_has_none() -> None:
    fields = tuple(replace(field, role="metadata") for field in SPEC.fields)
    dated = replace(good_page(), spec=replace(SPEC, fields=fields))
    assert hash_of(dated) is None


def test_another_photo_of_the_paper_is_near() -> None:
    assert apart(hash_of(good_page()), hash_of(another_photo(SEED))) <= NEAR


@pytest.mark.parametrize("fill", [SEED + 1, SEED + 2])
def test_another_paper_is_far(fill: int) -> None:
    assert apart(hash_of(good_page()), hash_of(another_photo(fill))) > NEAR


@given(st.floats(0.35, 1.0), st.integers(0, 30))
@settings(max_examples=25, deadline=None)
def test_a_darker_or_paler_copy_is_near(gain: float, lift: int) -> None:
    flat = good_page().image
    copy = np.asarray(cv2.convertScaleAbs(flat, alpha=gain, beta=lift), np.uint8)
    assert apart(hash_of(good_page()), hash_of(good_page(), copy)) <= NEAR


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_nothing_outside_the_digit_boxes_has_a_part_in_it(seed: int) -> None:
    page = good_page()
    noise = np.random.default_rng(seed).integers(0, 256, page.image.shape, np.uint8)
    boxes = np.zeros(page.image.shape[:2], np.uint8)
    for box in (box for field in SPEC.fields for box in field.digit_boxes if field.counted):
        ends = [round(side * page.pixels_per_mm) for side in (box.x, box.y, box.right, box.bottom)]
        cv2.rectangle(boxes, (ends[0], ends[1]), (ends[2], ends[3]), 255, -1)
    for private in SPEC.private:
        left, top = round(private.x * page.pixels_per_mm), round(private.y * page.pixels_per_mm)
        assert not boxes[top, left]
    changed = np.where(boxes[..., None] > 0, page.image, noise)
    assert hash_of(page, changed) == hash_of(page)


def written_in(count: int) -> BgrImage:
    """A drawn blank, a stroke of its own in so many digit boxes."""
    page = good_page()
    image = render_image(load_form(PPWP), 2, page.pixels_per_mm)
    boxes = [box for field in SPEC.fields if field.counted for box in field.digit_boxes]
    for turn, box in enumerate(boxes[:count]):
        x, y = box.centre.x * page.pixels_per_mm, box.centre.y * page.pixels_per_mm
        dx, dy = 8 * np.cos(turn), 8 * np.sin(turn)
        start, end = (round(x - dx), round(y - dy)), (round(x + dx), round(y + dy))
        cv2.line(image, start, end, (40, 40, 40), 3)
    return image


def test_where_next_to_nothing_is_written_there_is_no_hash() -> None:
    assert hash_of(good_page(), written_in(0)) is None
    assert hash_of(good_page(), written_in(LEAST_BOXES - 1)) is None
    assert hash_of(good_page(), written_in(LEAST_BOXES)) is not None


def test_the_same_page_gives_the_same_hash() -> None:
    found = hash_of(good_page())
    assert found == hash_of(good_page())
    assert found is not None
    assert len(bytes.fromhex(found)) == 32

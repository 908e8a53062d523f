"""Rectify, segment and read: cells lie where the ink is, and doubt is never lost."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitizer.domain.geometry import Rect
from digitizer.domain.glyph import GlyphScores, glyph_scores
from digitizer.domain.reading import PageReading
from digitizer.forms import load_form, load_forms
from digitizer.pipeline import atlas_of
from digitizer.vision.cells import ink_depth, read_cells
from digitizer.vision.digits import GlyphReader
from digitizer.vision.locate import locate_page
from digitizer.vision.rectify import Page, crop, rectify
from digitizer.vision.segment import segment
from digitizer.vision.tally_marks import TurusReader
from digitizer.vision.words import WordReader
from tests.synth import filled_page, made_photo
from tests.vision.pages import PPWP, SEED, Image, good_shot, painted, photo_of, written

ATLAS = atlas_of(load_forms())
TURUS = TurusReader.load()
WORDS = WordReader.load()


@pytest.fixture(scope="module")
def reader() -> GlyphReader:
    return GlyphReader.load()


def page_of(image: Image) -> Page:
    photo = photo_of(image)
    return rectify(photo, locate_page(photo, ATLAS))


def read(image: Image, reader: GlyphReader) -> PageReading:
    page = page_of(image)
    return read_cells(page, segment(page), reader, TURUS, WORDS)


class Certain:
    """A reader that is certain of one glyph, whatever it sees."""

    name = "certain"

    def __init__(self, glyph: str) -> None:
        self.glyph = glyph

    def read(self, cells: Sequence[NDArray[np.uint8]]) -> tuple[GlyphScores, ...]:
        return tuple(glyph_scores({self.glyph: 1.0}) for _ in cells)


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_good_photo_reads_as_written(page: int, reader: GlyphReader) -> None:
    reading = read(good_shot(page).image, reader)
    found = {name: field.as_written for name, field in reading.fields.items()}
    assert {name: found[name] for name in written(page)} == written(page)
    readers = f"{reader.name} {TURUS.name} {WORDS.name}"
    assert (reading.form, reading.page, reading.model) == (PPWP, page, readers)
    assert 25 < reading.quality.box_pixels < 45
    assert reading.quality.sharpness > 0.5
    assert reading.quality.brightness > 150


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_copy_reads_the_same(turns: int, reader: GlyphReader) -> None:
    turned = np.ascontiguousarray(np.rot90(good_shot().image, turns))
    reading = read(turned, reader)
    assert {name: field.as_written for name, field in reading.fields.items()} == written()


def test_bubbles_are_a_witness_of_their_own(reader: GlyphReader) -> None:
    reading = read(good_shot().image, reader)
    for name, entry in filled_page(PPWP, 2, SEED)[1].items():
        evidence = reading.fields[name].by("bubbles")
        assert evidence is not None
        assert evidence.as_written == entry.bubbles
        assert evidence.top is not None
        assert evidence.top.probability > 0.95


@pytest.mark.parametrize("seed", [3, 7, 12, 17])
def test_on_bent_paper_a_border_found_is_that_of_its_own_box(seed: int) -> None:
    made = made_photo(PPWP, 1, "medium", seed)
    page = page_of(made.shot.image)
    errors = []
    for field in page.spec.fields:
        shifts = page.shifts[field.id].boxes
        for box, shift in zip(field.digit_boxes, shifts, strict=True):
            if not shift.found:
                continue
            centre = shift.moved(box).centre
            seen = page.location.project(np.array([(centre.x, centre.y)]))
            true = made.shot.truth.project(np.array([(box.centre.x, box.centre.y)]))
            side = made.shot.truth.project(np.array([(box.x, box.y), (box.right, box.y)]))
            errors.append(np.linalg.norm(seen - true) / np.linalg.norm(side[1] - side[0]))
    assert len(errors) > 10
    assert np.median(errors) < 0.025
    assert max(errors) < 0.15


def test_a_box_cut_off_by_the_picture_is_unreadable_and_never_blank() -> None:
    page = page_of(good_shot().image)
    cells = [
        replace(cell, whole=False) if (cell.field, cell.place) == ("paslon_1", 0) else cell
        for cell in segment(page)
    ]
    reading = read_cells(page, cells, Certain("_"), TURUS, WORDS)
    assert reading.fields["paslon_1"].as_written == "__?"
    assert reading.fields["paslon_1"].number.problem == "unreadable_box"


def test_a_box_whose_border_is_not_seen_is_doubted() -> None:
    page = page_of(good_shot().image)
    cells = [
        replace(cell, found=False) if cell.field == "paslon_2" else cell for cell in segment(page)
    ]
    reading = read_cells(page, cells, Certain("8"), TURUS, WORDS)
    assert reading.fields["paslon_1"].as_written == "888"
    assert reading.fields["paslon_2"].as_written == "???"
    bubbles = reading.fields["paslon_2"].by("bubbles")
    assert bubbles is not None
    assert bubbles.as_written == "???"


def test_a_covered_row_of_boxes_is_not_read_from_its_neighbourhood(reader: GlyphReader) -> None:
    made = good_shot(1)
    field = load_form(PPWP).fields["pengguna_dptb_p"]
    cover = Rect(380, field.digit_boxes[0].y - 2, 72, 22)
    reading = read(painted(made.image, made.truth, cover), reader)
    assert set(reading.fields["pengguna_dptb_p"].as_written) == {"?"}


def test_no_digit_is_read_where_there_is_no_ink() -> None:
    stripes = np.full((60, 60, 3), 200, np.uint8)
    stripes[:, ::12] = stripes[:, 1::12] = 185
    assert ink_depth(stripes, 30.0) < 0.13
    page = page_of(good_shot().image)
    cells = [replace(cell, image=stripes) for cell in segment(page) if cell.source == "digits"]
    whole = [cell for cell in segment(page) if cell.source != "digits"]
    reading = read_cells(page, [*cells, *whole], Certain("1"), TURUS, WORDS)
    assert not set(reading.fields["paslon_1"].as_written) & set("0123456789")


def test_evidence_lists_values_by_their_probability() -> None:
    class Torn(Certain):
        def read(self, cells: Sequence[NDArray[np.uint8]]) -> tuple[GlyphScores, ...]:
            return tuple(glyph_scores({"1": 0.7, "7": 0.3}) for _ in cells)

    page = page_of(good_shot().image)
    cells = [replace(cell, found=True) for cell in segment(page)]
    digits = read_cells(page, cells, Torn("1"), TURUS, WORDS).fields["paslon_1"].by("digits")
    assert digits is not None
    values = [candidate.value for candidate in digits.candidates]
    assert values[0] == 111
    assert set(values[1:4]) == {711, 171, 117}
    assert digits.candidates[0].probability == pytest.approx(0.343, abs=0.02)


def test_a_crop_starts_where_its_rectangle_does() -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    image[10:20, 30:50] = 255
    assert crop(image, Rect(15, 5, 10, 5), 2.0).min() == 255
    assert crop(image, Rect(-5, -5, 10, 10), 2.0)[0, 0].tolist() == [255, 255, 255]


def test_rectified_page_matches_the_flat_sheet() -> None:
    page = page_of(good_shot().image)
    flat, _ = filled_page(PPWP, 2, SEED)
    height, width = page.image.shape[:2]
    assert (width, height) == (
        round(600 * page.pixels_per_mm),
        round(900 * page.pixels_per_mm),
    )
    small = cv2.resize(flat, (width, height), interpolation=cv2.INTER_AREA)
    a, b = (
        cv2.GaussianBlur(cv2.cvtColor(i, cv2.COLOR_BGR2GRAY), (0, 0), 3)
        for i in (page.image, small)
    )
    inner = (slice(height // 10, -height // 10), slice(width // 10, -width // 10))
    assert np.corrcoef(a[inner].ravel(), b[inner].ravel())[0, 1] > 0.8

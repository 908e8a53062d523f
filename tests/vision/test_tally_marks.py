"""Tally cells: the model and its card, drawn cells of every kind, and whole photographed pages."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.turus_accuracy import read_tallies, tally_pages
from digitizer.domain.geometry import Rect
from digitizer.errors import ModelError
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of
from digitizer.synth.hand import draw_hand
from digitizer.synth.strokes import Image, draw_strokes
from digitizer.synth.turus import draw_habit
from digitizer.synth.writer import Writer
from digitizer.vision.cells import read_cells
from digitizer.vision.digits import GlyphReader
from digitizer.vision.locate import locate_page
from digitizer.vision.rectify import rectify
from digitizer.vision.segment import segment
from digitizer.vision.tally_marks import CARD, MARKS, TurusReader
from digitizer.vision.words import WordReader
from tests.vision.pages import good_shot, photo_of

CELL = Rect(2.0, 2.0, 19.6, 16.0)
SCALE = 2.0


@pytest.fixture(scope="module")
def reader() -> TurusReader:
    return TurusReader.load()


def empty_cell() -> Image:
    """A printed cell with its margin, softened as by a camera."""
    image = np.full((round(20 * SCALE * 3), round(23.6 * SCALE * 3), 3), 225, np.uint8)
    corners = [round(v * SCALE * 3) for v in (CELL.x, CELL.y, CELL.right, CELL.bottom)]
    cv2.rectangle(image, (corners[0], corners[1]), (corners[2], corners[3]), (170, 170, 170), 3)
    return image


def drawn(count: int, seed: int) -> Image:
    """A cell with so many strokes of a random crew."""
    rng = np.random.default_rng(seed)
    writer = Writer(draw_hand(rng), rng, replace(draw_habit(rng), spread=0.75, height=0.8))
    image = empty_cell()
    draw_strokes(image, SCALE * 3, writer.turus(((CELL,),), count), writer.pen, rng)
    return taken(image)


def taken(image: Image) -> Image:
    small = cv2.resize(image, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


@pytest.mark.parametrize("count", range(6))
def test_drawn_strokes_are_counted(count: int, reader: TurusReader) -> None:
    found = reader.read([drawn(count, seed) for seed in range(20)])
    assert found.shape == (20, len(MARKS))
    assert found.sum(axis=1) == pytest.approx(np.ones(20))
    assert (found.argmax(axis=1) == count).sum() >= 19


def test_a_cell_scribbled_over_is_no_sure_count(reader: TurusReader) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        writer = Writer(draw_hand(rng), rng)
        image = empty_cell()
        strokes = [*writer.turus(((CELL,),), 3), *writer.odd("scribble", CELL)]
        draw_strokes(image, SCALE * 3, strokes, writer.pen, rng)
        assert reader.read([taken(image)])[0, 1:6].max() < 0.9


@pytest.mark.parametrize("tone", [40, 128, 255])
def test_a_flat_cell_holds_no_stroke(tone: int, reader: TurusReader) -> None:
    found = reader.read([np.full((33, 42, 3), tone, np.uint8)])[0]
    assert found[1:6].sum() < 0.05


def test_neighbours_in_a_batch_do_not_matter(reader: TurusReader) -> None:
    cells = [drawn(count, 5) for count in (0, 3, 5)]
    together = reader.read(cells)
    assert together == pytest.approx(np.vstack([reader.read([cell]) for cell in cells]), abs=1e-4)
    assert reader.read([]).shape == (0, len(MARKS))


def test_a_card_that_is_not_of_these_weights_is_refused(tmp_path: Path) -> None:
    weights = shutil.copytree(CARD.parent, tmp_path / "weights")
    card = weights / CARD.name
    facts = json.loads(card.read_text())

    def refused(part: str, **changed: object) -> None:
        card.write_text(json.dumps({**facts, **changed}))
        with pytest.raises(ModelError, match=part):
            TurusReader.load(card)

    refused("needed 000000", sha256="0" * 64)
    refused("marks is '01'", marks="01")
    refused("found no weights", file="lost.onnx")
    card.write_text("{}")
    with pytest.raises(ModelError, match="must be an object"):
        TurusReader.load(card)
    card.write_text("{")
    with pytest.raises(ModelError, match="not JSON"):
        TurusReader.load(card)
    with pytest.raises(ModelError, match="no model card"):
        TurusReader.load(tmp_path / "none.json")


def test_a_page_photographed_is_counted_and_never_surely_wrong() -> None:
    reads = [read for page in tally_pages("easy", 4, 7_000) for read in read_tallies(page)]
    tallies = [read for read in reads if read.source == "tally"]
    assert len(tallies) >= 11
    assert sum(read.value == read.truth for read in tallies) >= len(tallies) - 1
    assert all(r.value in (r.truth, None) for r in reads if r.probability >= 0.98)


def test_a_tally_with_a_cut_cell_says_nothing() -> None:
    page_photo = photo_of(good_shot().image)
    page = rectify(page_photo, locate_page(page_photo, atlas_of(load_forms())))
    cells = [
        replace(cell, whole=False)
        if (cell.field, cell.source, cell.row, cell.place) == ("paslon_1", "tally", 4, 11)
        else cell
        for cell in segment(page)
    ]
    reading = read_cells(page, cells, GlyphReader.load(), TurusReader.load(), WordReader.load())
    for field, nothing in (("paslon_1", True), ("paslon_2", False)):
        evidence = reading.fields[field].by("tally")
        assert evidence is not None and evidence.top is not None
        assert (evidence.top.value is None) == nothing


def test_a_tally_that_the_light_has_burnt_out_in_part_says_no_smaller_number() -> None:
    """Of cells that are white nobody knows whether anything is written in them."""
    page_photo = photo_of(good_shot().image)
    page = rectify(page_photo, locate_page(page_photo, atlas_of(load_forms())))
    cells = [
        replace(cell, image=np.full_like(cell.image, 255))
        if (cell.field, cell.source) == ("paslon_3", "tally") and (cell.row or cell.place > 2)
        else cell
        for cell in segment(page)
    ]
    reading = read_cells(page, cells, GlyphReader.load(), TurusReader.load(), WordReader.load())
    evidence = reading.fields["paslon_3"].by("tally")
    assert evidence is not None and evidence.top is not None
    assert evidence.top.value is None

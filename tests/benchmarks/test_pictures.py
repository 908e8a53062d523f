"""The reliability diagram, the sheets of the worst boxes, and what peers are given."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks.calibration import Read
from benchmarks.peers import Crops, compare, prepared
from benchmarks.reliability import Panel, along, reliability_diagram
from benchmarks.worst_glyphs import CAPTION, COLUMNS, TILE, Tile, sheet, worst
from digitizer.domain.glyph import ALPHABET

SVG = "{http://www.w3.org/2000/svg}"


def read_of(given: list[float]) -> Read:
    """Zeros, each with this probability for 0 and the rest for 1."""
    scores = np.zeros((len(given), len(ALPHABET)))
    scores[:, 0] = given
    scores[:, 1] = 1 - np.array(given)
    return Read(np.zeros(len(given), np.int64), scores)


def test_a_diagram_has_a_point_a_bin_and_tells_the_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "pictures" / "reliability.svg"
    reliability_diagram([Panel("a < b", read_of([0.2] * 3 + [0.999] * 37), 4)], path)
    tree = ElementTree.fromstring(path.read_text())  # noqa: S314  # what we have just drawn
    points = list(tree.iter(f"{SVG}circle"))
    assert sorted(node.get("class", "") for node in points) == ["dot", *["dot open"] * 3]
    said = [node.text for node in tree.iter(f"{SVG}text")]
    assert "a < b: 40 boxes, 3 read wrong" in said
    assert "3 wrong" in said


def test_the_axes_count_nines() -> None:
    step = along(0.01) - along(0.1)
    assert along(0.001) - along(0.01) == pytest.approx(step)
    assert (along(0.7), along(1e-9)) == (0.0, 1.0)


def test_the_worst_give_their_own_glyph_the_least() -> None:
    assert worst(read_of([0.9, 0.1, 0.99, 0.4]), 2).tolist() == [1, 3]


def test_a_sheet_has_whole_rows() -> None:
    tile = Tile(np.zeros((50, 20), np.uint8), "x", "0", "1", 0.5)
    assert sheet([tile] * (COLUMNS + 1)).shape == (2 * (TILE + CAPTION), COLUMNS * TILE, 3)


def test_peers_are_counted_box_by_box() -> None:
    cells = tuple(np.full((5, 5), value, np.uint8) for value in (1, 2, 3, 4))
    right, cost = compare("peers.made.x", lambda cell: str(cell[0, 0]), Crops(cells, "1239"))
    assert (right["value"], right["n"]) == (0.75, 4)
    assert (cost["unit"], cost["n"]) == ("ms", 4)


def test_a_peer_is_given_the_inside_of_the_box_on_white_paper() -> None:
    cell = np.full((60, 60, 3), 200, np.uint8)
    cell[:6] = cell[-6:] = 20
    cell[:, :6] = cell[:, -6:] = 20
    cell[24:36, 24:36] = 40
    given = prepared(cell, border=0.2, side=96, black_and_white=True, padding=0.25)
    assert given.shape == (144, 144)
    assert set(np.unique(given)) == {0, 255}
    assert (given == 0).mean() == pytest.approx((12 / 36 * 96 / 144) ** 2, rel=0.1)

"""The digit reader: what it accepts, what it refuses, and that a blank box stays blank."""

import json
import re
import shutil
from pathlib import Path
from unittest.mock import Mock

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.calibration import expected_calibration_error
from benchmarks.glyph_accuracy import read_cells
from benchmarks.out_of_fold import load_out_of_fold
from benchmarks.rows import wilson
from digitizer.domain.glyph import ALPHABET, BLANK, CROSS, DIGITS, UNREADABLE
from digitizer.errors import ModelError
from digitizer.training.augment import ORDINARY
from digitizer.training.data import FILES, REAL, load_real
from digitizer.training.mix import Mix
from digitizer.training.stages import fingerprint
from digitizer.vision.digits import (
    CARD,
    Calibration,
    GlyphReader,
    look,
    prepare,
    recut,
    second_opinion,
    softmax,
)

Cell = NDArray[np.uint8]


@pytest.fixture(scope="module")
def reader() -> GlyphReader:
    return GlyphReader.load()


def box(*strokes: list[tuple[int, int]], ink: tuple[int, int, int] = (120, 60, 40)) -> Cell:
    """A printed box of 60 pixels with a margin of 6 and blue pen strokes in it."""
    cell = np.full((72, 72, 3), 225, np.uint8)
    cv2.rectangle(cell, (6, 6), (66, 66), (50, 50, 50), 2)
    for stroke in strokes:
        points = np.array(stroke, np.int32).reshape(-1, 1, 2)
        cv2.polylines(cell, [points], False, ink, 3, cv2.LINE_AA)
    return cell


DRAWN = {
    "_": box(),
    "1": box([(37, 16), (36, 56)]),
    "2": box([(24, 17), (46, 17), (46, 36), (24, 36), (24, 56), (46, 56)]),
    "4": box([(24, 17), (24, 40), (48, 40)], [(44, 17), (44, 57)]),
    "7": box([(22, 18), (48, 18), (34, 57)]),
    "8": box([(24, 17), (46, 17), (46, 56), (24, 56), (24, 17)], [(24, 36), (46, 36)]),
    "X": box([(16, 16), (56, 56)], [(56, 16), (16, 56)]),
    "-": box([(20, 37), (52, 36)]),
}

GOLDEN = [0.9986, 0.9997, 0.9997, 0.9997, 0.9997, 0.9995, 0.9997, 0.9997]
"""The probability of each drawn glyph under the packaged weights."""

GOLDEN_BLURRED = {("1", 8): 0.9866, ("2", 8): 0.9437, ("4", 8): 0.6533, ("8", 6): 0.9834}
"""The same out of focus by so many pixels: looked at three times, and by both networks."""

GOLDEN_LOGITS = (
    (-8.47, -4.68, 9.85, -4.20, -10.98, -5.79, -7.51, -2.10, -3.60, -5.97, -10.60, -12.26, -13.45,
     -0.81),
    (-8.39, -4.44, 8.88, -4.80, -9.96, -5.01, -6.82, -3.38, -3.89, -5.18, -11.48, -11.85, -13.65,
     -1.45),
)  # fmt: skip
"""What each of the two networks says of the drawn 2, in one look."""


def test_drawn_boxes_are_read(reader: GlyphReader) -> None:
    scores = reader.read(list(DRAWN.values()))
    assert "".join(score.top for score in scores) == "".join(DRAWN)


def test_golden_probabilities(reader: GlyphReader) -> None:
    """The same pixels give the same probabilities on every machine and OpenCV."""
    scores = reader.read([*DRAWN.values()])
    found = [score.of(glyph) for glyph, score in zip(DRAWN, scores, strict=True)]
    assert found == pytest.approx(GOLDEN, abs=1e-3)
    cells = [cv2.GaussianBlur(DRAWN[glyph], (0, 0), blur) for glyph, blur in GOLDEN_BLURRED]
    scores = reader.read([np.asarray(cell, np.uint8) for cell in cells])
    said = [score.of(glyph) for (glyph, _), score in zip(GOLDEN_BLURRED, scores, strict=True)]
    assert said == pytest.approx([*GOLDEN_BLURRED.values()], abs=5e-3)


def test_golden_logits(reader: GlyphReader) -> None:
    """Probabilities near 1 would hide another network, other colours or a shifted picture."""
    cell = prepare(DRAWN["2"])[None]
    for network, said in zip((reader.network, reader.second), GOLDEN_LOGITS, strict=True):
        assert network.run(cell)[0].tolist() == pytest.approx(said, abs=0.05)
        assert network.run(cell[:, [2, 1, 0, 5, 4, 3]])[0].tolist() != pytest.approx(said, abs=0.05)


def test_order_and_neighbours_do_not_matter(reader: GlyphReader) -> None:
    cells = [*DRAWN.values()]
    together = reader.read(cells)
    alone = [reader.read([cell])[0] for cell in reversed(cells)]
    for one, other in zip(together, reversed(alone), strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)


def test_no_cells_no_scores(reader: GlyphReader) -> None:
    assert reader.read([]) == ()


@pytest.mark.parametrize("shape", [(10, 10), (10, 40, 3), (300, 300, 3), (300, 12), (41, 89, 3)])
def test_any_size_and_proportion(reader: GlyphReader, shape: tuple[int, ...]) -> None:
    (score,) = reader.read([np.full(shape, 200, np.uint8)])
    assert sum(score.probabilities) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("tone", [0, 3, 128, 255])
def test_a_flat_cell_is_never_a_digit(reader: GlyphReader, tone: int) -> None:
    (score,) = reader.read([np.full((50, 50, 3), tone, np.uint8)])
    assert score.top not in DIGITS


def test_blank_boxes_never_become_digits(reader: GlyphReader) -> None:
    mix = Mix({}, {}, np.random.default_rng(11), ORDINARY)
    scores = reader.read([mix.draw_from("blank")[0] for _ in range(400)])
    assert max(score.of(digit) for score in scores for digit in DIGITS) < 0.9
    assert np.mean([score.top == BLANK for score in scores]) > 0.97


def test_a_burnt_out_box_is_not_blank(reader: GlyphReader) -> None:
    """Where glare hides even the frame, nobody can say that nothing was written."""
    rng = np.random.default_rng(13)
    burnt = [rng.normal(251, 2, (60, 60, 3)).clip(0, 255).astype(np.uint8) for _ in range(20)]
    assert {score.top for score in reader.read(burnt)} == {UNREADABLE}


def test_unreadable_ink_is_rarely_a_sure_digit(reader: GlyphReader) -> None:
    mix = Mix({}, {}, np.random.default_rng(12), ORDINARY)
    scores = reader.read([mix.draw_from("unreadable")[0] for _ in range(300)])
    sure = [score for score in scores if score.top in DIGITS and score.probability >= 0.99]
    assert len(sure) <= 0.02 * len(scores)


def test_prepare_leaves_a_blank_cell_blank() -> None:
    noise = np.random.default_rng(1).normal(200, 3, (40, 40, 3)).clip(0, 255).astype(np.uint8)
    assert float(np.abs(prepare(noise)).max()) < 0.35


def test_prepare_does_not_see_the_colour_or_level_of_the_light() -> None:
    cell = DRAWN["2"]
    tinted = (cell * np.array([0.5, 0.6, 0.7])).astype(np.uint8)
    assert prepare(tinted) == pytest.approx(prepare(cell), abs=0.25)
    assert prepare(cell).shape == (6, 40, 40)


def test_from_afar_a_cell_keeps_its_proportion() -> None:
    tall = prepare(np.zeros((80, 20), np.uint8) + np.uint8(90))
    assert tall.shape == (6, 40, 40)
    ink = np.zeros((80, 20), np.uint8)
    ink[:40] = 255
    columns = np.flatnonzero(np.abs(prepare(ink)[0]).max(axis=0) > 0.1)
    assert (columns[0], columns[-1]) == (15, 24)


@pytest.mark.parametrize("row", [30, 60, 95])
def test_close_by_the_ink_stands_in_the_middle(row: int) -> None:
    cell = np.full((120, 60), 230, np.uint8)
    cv2.rectangle(cell, (2, 2), (57, 117), 20, 3)
    cv2.line(cell, (30, row - 12), (30, row + 12), 40, 4)
    afar, close = (view[0] > 0.5 for view in np.split(prepare(cell), 2))
    rows, columns = np.nonzero(close[4:-4, 8:-8])
    assert np.ptp(rows) + 1 > 1.9 * 25 * 40 / 120
    assert abs(float(rows.mean()) + 4 - 20) < (4 if row == 60 else 8)
    assert abs(float(columns.mean()) + 8 - 20) < 2
    assert afar.any()


def test_close_by_a_blank_cell_shows_its_middle() -> None:
    cell = np.full((90, 60), 230, np.uint8)
    cv2.rectangle(cell, (2, 2), (57, 87), 20, 3)
    assert float(np.abs(prepare(cell)[3:]).max()) < 0.1


def test_the_calibration_keeps_the_likeliest_glyph_and_sums_to_one() -> None:
    logits = np.random.default_rng(4).normal(0, 2, (500, 14))
    for calibration in (Calibration(1.0, 0.0), Calibration(0.3, -2.0), Calibration(2.0, 1.0)):
        found = calibration.probabilities(logits)
        assert found.sum(axis=1) == pytest.approx(1.0)
        assert (found.argmax(axis=1) == logits.argmax(axis=1)).all()
    assert Calibration(1.0, 0.0).probabilities(logits) == pytest.approx(softmax(logits))


def test_nothing_is_surer_than_the_boxes_can_bear_out() -> None:
    logits = np.zeros((2, 14))
    logits[:, 3] = 15, 60
    found = Calibration(1.0, 0.0).probabilities(logits)
    assert found[0] == pytest.approx(found[1])
    assert found.max() == pytest.approx(1 / (1 + np.exp(-8.0)))
    for map_ in (Calibration(1.4, 1.2), Calibration(3.0, 0.0), Calibration(1.0, 8.0)):
        assert map_.probabilities(logits).max() <= 1 / (1 + np.exp(-8.0)) + 1e-12
    few = Calibration(1.0, 0.0, surest=5.0).probabilities(logits)
    assert few.max() == pytest.approx(1 / (1 + np.exp(-5.0)))


def test_only_unsure_cells_are_looked_at_again() -> None:
    asked: list[int] = []

    def run(cells: NDArray[np.float32]) -> NDArray[np.float32]:
        """Unsure of a cell with little ink; a tighter and a looser cut each say 2 more of 7."""
        asked.append(len(cells))
        logits = np.zeros((len(cells), 14), np.float32)
        logits[:, 7] = np.where(cells[:, :3].mean(axis=(1, 2, 3)) > 0.4, 30, 2 * len(asked))
        return logits

    white, black = np.full((50, 40), 250, np.uint8), np.full((50, 40), 250, np.uint8)
    black[15:] = 10
    found = look([black, white, black], run)
    assert asked == [3, 2]
    assert found[:, 7].tolist() == pytest.approx([30, (2 + 4 + 4) / 3, 30])


def test_a_cell_is_cut_tighter_and_looser() -> None:
    cell = np.arange(50 * 100, dtype=np.uint8).reshape(50, 100)
    tighter, looser = recut(cell)
    assert (tighter.shape, looser.shape) == ((46, 96), (54, 104))
    assert np.array_equal(tighter, cell[2:-2, 2:-2])
    assert np.array_equal(looser[2:-2, 2:-2], cell)
    speck = np.zeros((2, 2), np.uint8)
    assert recut(speck)[0].shape == (2, 2)


def test_grey_cells_have_a_calibration_of_their_own() -> None:
    colour, grey = Calibration(1.0, 0.0), Calibration(0.5, 0.0)
    network = Mock()
    network.run.side_effect = lambda cells: np.eye(14, dtype=np.float32)[[4] * len(cells)] * 9
    reader = GlyphReader("test", network, network, colour, grey)
    cell = np.full((40, 40, 3), 200, np.uint8)
    tinted = cell.copy()
    tinted[0, 0, 2] = 190
    plain, flat, photo = reader.read([cell, cell[..., 0], tinted])
    assert plain.probability == flat.probability < photo.probability


def test_a_second_network_is_asked_only_where_the_first_is_not_sure() -> None:
    sure, torn = np.zeros(14, np.float32), np.zeros(14, np.float32)
    sure[4], torn[4], torn[9] = 20, 7, 1
    asked: list[int] = []

    def first(cells: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.stack([sure if cell.max() < 0.5 else torn for cell in cells])

    def second(cells: NDArray[np.float32]) -> NDArray[np.float32]:
        asked.append(len(cells))
        return np.stack([np.roll(sure, 5)] * len(cells))

    plain, inked = np.full((40, 40), 200, np.uint8), np.full((40, 40), 200, np.uint8)
    inked[15:25, 18:22] = 20
    logits = second_opinion([plain, inked, plain], first, second)
    assert asked == [1]
    assert logits.argmax(axis=1).tolist() == [4, 9, 4]
    assert logits[1, 9] == pytest.approx((1 + 20) / 2)


def test_name_tells_weights_and_calibration(reader: GlyphReader, weights: Path) -> None:
    """What would be read otherwise is another reading, not the same one."""
    path = weights / "digits.json"
    assert GlyphReader.load(path).name == reader.name
    card = json.loads(path.read_text(encoding="utf-8"))
    card["grey"]["slope"] += 0.1
    path.write_text(json.dumps(card), encoding="utf-8")
    assert GlyphReader.load(path).name != reader.name
    assert re.fullmatch(r"digits-[0-9a-f]{8}", reader.name)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A copy of the packaged card and weights, to be defaced."""
    for path in CARD.parent.glob("digits*"):
        shutil.copy(path, tmp_path)
    return tmp_path


def test_other_weights_are_refused(weights: Path) -> None:
    onnx = weights / "digits.onnx"
    onnx.write_bytes(onnx.read_bytes() + b"\0")
    with pytest.raises(ModelError, match=r"found digits\.onnx with sha256 \w{12}, needed \w{12}"):
        GlyphReader.load(weights / "digits.json")


@pytest.mark.parametrize("name", ["digits.onnx", "digits-second.onnx"])
def test_missing_weights_are_named(weights: Path, name: str) -> None:
    (weights / name).unlink()
    with pytest.raises(ModelError, match=f"found no weights at {name}"):
        GlyphReader.load(weights / "digits.json")


def test_missing_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"found no model card at digits\.json"):
        GlyphReader.load(tmp_path / "digits.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "must be an object with colour, file"),
        ('{"file": "digits.onnx"}', "must be an object with colour, file"),
        (
            '{"file": "", "glyphs": "", "input_side": 40, "sha256": ""}',
            "colour, file, glyphs, grey, input_side, second, sha256",
        ),
    ],
)
def test_a_broken_card_is_refused(weights: Path, content: str, message: str) -> None:
    (weights / "digits.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        GlyphReader.load(weights / "digits.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"second": "x"}, "names weights by 'x', needed file and sha256"),
        ({"second": {"file": "digits.onnx"}}, "needed file and sha256"),
        ({"grey": 3}, "says slope is None, needed a number from 0 to 3"),
        ({"colour": {"slope": "1", "offset": 0, "surest": 8}}, "slope is '1'"),
        ({"colour": {"slope": -1, "offset": 0, "surest": 8}}, "slope is -1"),
        ({"colour": {"slope": 100, "offset": 0, "surest": 8}}, "slope is 100"),
        ({"colour": {"slope": 1, "offset": float("nan"), "surest": 8}}, "offset is nan"),
        ({"colour": {"slope": 1, "surest": 8}}, "offset is None, needed a number from -8 to 8"),
        ({"colour": {"slope": 1, "offset": 0, "surest": 9}}, "surest is 9"),
    ],
)
def test_a_card_that_is_no_calibration_is_refused(
    weights: Path, change: dict[str, object], message: str
) -> None:
    path = weights / "digits.json"
    card = json.loads(path.read_text(encoding="utf-8")) | change
    path.write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        GlyphReader.load(path)


def test_weights_of_another_network_are_refused(weights: Path) -> None:
    path = weights / "digits.json"
    turus = CARD.with_name("turus.onnx")
    shutil.copy(turus, weights)
    card = json.loads(path.read_text(encoding="utf-8"))
    card["second"] = {"file": turus.name, "sha256": fingerprint(turus)}
    path.write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match=r"turus\.onnx takes \(1, 32, 44\) and gives 8 classes"):
        GlyphReader.load(path)


def test_a_card_for_another_alphabet_is_refused(weights: Path) -> None:
    card = json.loads((weights / "digits.json").read_text(encoding="utf-8"))
    card["glyphs"] = DIGITS
    (weights / "digits.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match="says glyphs is '0123456789', needed"):
        GlyphReader.load(weights / "digits.json")


def test_wilson_interval() -> None:
    """Values of the standard table: 0 of 10, 10 of 10, 5 of 10."""
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_real_boxes_of_2024() -> None:
    """What was read by networks that never saw it; below this floor the model must not ship."""
    read = load_out_of_fold().of("real_2024")
    known = read.only(DIGITS + CROSS)
    taken = ~known.right & (known.top != ALPHABET.index(UNREADABLE))
    assert known.right.mean() >= 0.997
    assert (taken & (known.sure >= 0.99)).sum() <= 8
    assert (known.sure >= 0.99).mean() >= 0.95
    assert expected_calibration_error(known) <= 0.005


def test_real_boxes_of_2019() -> None:
    read = load_out_of_fold().of("real_2019")
    assert read.only(DIGITS + CROSS).right.mean() >= 0.975
    assert (~read.right & (read.sure >= 0.99)).sum() <= 2


@pytest.mark.dev_data
@pytest.mark.parametrize("name", [*REAL])
def test_the_shipped_weights_read_what_they_learnt(
    reader: GlyphReader, dev_data: Path, name: str
) -> None:
    """No proof of anything but that the right file lies there: they were trained on these boxes."""
    boxes = load_real(dev_data / "digits", name)
    held = np.flatnonzero(boxes.sources[:, 0] == FILES.index("val"))
    read = read_cells(reader, [boxes.images[i] for i in held], boxes.labels[held])
    assert read.only(DIGITS + CROSS).right.mean() >= 0.99

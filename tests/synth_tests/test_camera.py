"""The photographer's truth is true, and the tiers draw what they promise."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from digitizer.domain.geometry import Size
from digitizer.forms import load_form
from digitizer.synth.camera import CameraParams, photograph
from digitizer.synth.fill import fill_page
from digitizer.synth.glyphs import Points
from digitizer.synth.hand import draw_hand
from digitizer.synth.sheet import Bend, Pose, box_side, page_grid, place_sheet
from digitizer.synth.strokes import Image
from digitizer.synth.writer import Writer
from tests.synth import (
    NEAR,
    TIERS,
    Limits,
    Tier,
    base_forms,
    draw,
    made_photo,
    planned_set,
    telling_forms,
)

SIZE = Size(600, 900)
FLAT = Pose(0, 0, 0, 0, "arc", 90, 1.5)
BENT = Pose(24, 200, -7, 0.03, "wave", 70, 1.4)
STEEP = Pose(44, 100, 12, 0.08, "arc", 20, 1.4)
LIFTED = Pose(15, 40, 5, 0.08, "corner", 45, 1.3)


@pytest.fixture(scope="module")
def saddles() -> Points:
    return np.array([[x, y] for x in (60, 200, 330, 540) for y in (70, 260, 480, 700, 850)], float)


@pytest.fixture(scope="module")
def chart(saddles: Points) -> Image:
    page = np.full((2700, 1800, 3), 255, np.uint8)
    for x, y in (saddles * 3).astype(int):
        page[y - 24 : y, x - 24 : x] = 0
        page[y : y + 24, x : x + 24] = 0
    return page


def found(image: Image, expected: Points) -> Points:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    start = expected.astype(np.float32).reshape(-1, 1, 2)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 60, 0.001)
    refined = cv2.cornerSubPix(grey, start, (4, 4), (-1, -1), stop)
    return np.asarray(refined, np.float64).reshape(-1, 2)


@pytest.mark.parametrize("pose", [FLAT, BENT, STEEP, LIFTED], ids=["flat", "bent", "steep", "lift"])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_truth_is_where_the_marks_are(
    pose: Pose, turns: int, chart: Image, saddles: Points
) -> None:
    params = CameraParams(pose, box_px=24, blur=0.1, turns=turns, noise=1.0, jpeg_quality=95)
    shot = photograph(chart, SIZE, params=params, rng=np.random.default_rng(turns))
    expected = shot.truth.project(saddles)
    assert np.abs(found(shot.image, expected) - expected).max() < 0.4


@pytest.mark.parametrize("exif_turns", [1, 2, 3])
def test_exif_turn_is_undone_by_the_viewer(exif_turns: int, chart: Image, saddles: Points) -> None:
    params = CameraParams(BENT, box_px=24, blur=0.0, exif_turns=exif_turns)
    shot = photograph(chart, SIZE, params=params, rng=np.random.default_rng(1))
    raw = cv2.imdecode(
        np.frombuffer(shot.jpeg, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    )
    assert raw is not None
    assert (raw.shape[:2] == shot.image.shape[:2]) == (exif_turns == 2)
    expected = shot.truth.project(saddles)
    assert np.abs(found(shot.image, expected) - expected).max() < 0.4


def test_the_messenger_makes_it_small_and_forgets_exif(chart: Image, saddles: Points) -> None:
    params = CameraParams(FLAT, box_px=40, blur=0.0, messenger=True, exif_turns=1)
    shot = photograph(chart, SIZE, params=params, rng=np.random.default_rng(1))
    assert max(shot.image.shape) == 1600
    assert b"Exif" not in shot.jpeg
    expected = shot.truth.project(saddles)
    assert np.abs(found(shot.image, expected) - expected).max() < 0.4


@pytest.mark.parametrize("pose", [FLAT, BENT, STEEP, LIFTED], ids=["flat", "bent", "steep", "lift"])
def test_back_from_photo_to_page(pose: Pose) -> None:
    truth = place_sheet(SIZE, pose, 24)
    points = page_grid(SIZE, 7, 9)
    assert np.abs(truth.page_points(truth.project(points)) - points).max() < 0.01


def test_a_flat_page_is_a_homography() -> None:
    truth = place_sheet(SIZE, replace(STEEP, curl=0.0), 24)
    points = page_grid(SIZE, 7, 9)
    mapped = cv2.perspectiveTransform(points[None], truth.homography)[0]
    assert np.abs(mapped - truth.project(points)).max() < 0.01


@pytest.mark.parametrize("pose", [BENT, STEEP, LIFTED], ids=["bent", "steep", "lift"])
def test_bending_keeps_lengths_on_the_paper(pose: Pose) -> None:
    line = np.linspace([80, 90], [520, 820], 4000)
    bent = Bend(SIZE, pose)(line)
    length = np.linalg.norm(np.diff(bent, axis=0), axis=1).sum()
    assert abs(length - np.linalg.norm(line[-1] - line[0])) < 0.2


def test_the_smallest_box_measures_what_was_asked() -> None:
    truth = place_sheet(SIZE, BENT, 25)
    grid = page_grid(Size(540, 840), 12, 18) + 30
    dx = truth.project(grid + np.array([9.0, 0])) - truth.project(grid - np.array([9.0, 0]))
    dy = truth.project(grid + np.array([0, 9.0])) - truth.project(grid - np.array([0, 9.0]))
    sides = np.sqrt(np.abs(dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0]))
    assert 24.5 < sides.min() < 26.5


def test_one_seed_is_one_photo(chart: Image) -> None:
    params = CameraParams(BENT, box_px=16, blur=0.3, shadow=0.4, glare=0.6, surface="wood")
    first, second = (
        photograph(chart, SIZE, params=params, rng=np.random.default_rng(8)) for _ in range(2)
    )
    assert first.jpeg == second.jpeg


def test_a_thumb_covers_its_corner_only(chart: Image) -> None:
    params = CameraParams(FLAT, box_px=20, blur=0.0, noise=0.0, uneven=0.0)
    plain = photograph(chart, SIZE, params=params, rng=np.random.default_rng(2)).image
    hidden = replace(params, hidden_corner="bottom_left")
    thumb = photograph(chart, SIZE, params=hidden, rng=np.random.default_rng(2)).image
    changed = np.abs(plain.astype(int) - thumb).max(axis=2) > 40
    ys, xs = np.nonzero(changed)
    assert changed.any()
    assert ys.min() > 0.6 * plain.shape[0]
    assert xs.max() < 0.4 * plain.shape[1]


def test_printed_fiducials_and_tag_survive_the_camera() -> None:
    form = load_form("c-hasil-ppwp-2024")
    page = form.page(2)
    rng = np.random.default_rng(4)
    sheet = fill_page(form, 2, {}, Writer(draw_hand(rng), rng), pixels_per_mm=3.0)
    shot = photograph(sheet, page.size, params=CameraParams(BENT, 26, blur=0.1), rng=rng)
    marks = np.array([[mark.point.x, mark.point.y] for mark in page.fiducials])
    expected = shot.truth.project(marks)
    assert np.abs(found(shot.image, expected) - expected).max() < 0.5
    tags = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    _, ids, _ = cv2.aruco.ArucoDetector(tags).detectMarkers(shot.image)
    assert ids is not None and ids.ravel().tolist() == [102]


# --- tiers ---------------------------------------------------------------------------------


PROMISED: dict[Tier, tuple[float, float, float, float]] = {
    "easy": (10, 0.01, 30, 0.2),
    "medium": (25, 0.03, 20, 0.5),
    "hard": (45, 0.08, 14, 1.0),
}
"""Tilt, curl, smallest box in pixels and blur in strokes, as the design promises them."""


@pytest.mark.parametrize("tier", TIERS)
def test_tiers_reach_the_promised_limits(tier: Tier) -> None:
    limits = TIERS[tier]
    assert (limits.tilt, limits.curl, limits.box_px[1], limits.blur) == PROMISED[tier]
    assert (limits.shadow > 0) == (tier != "easy")
    assert (limits.glare > 0) == limits.hidden_corner == (tier == "hard")
    assert tier == "easy" or limits.jpeg[1] <= 60


def shares(params: CameraParams, limits: Limits) -> list[float]:
    """How far along its range each drawn parameter lies: 0 harmless, 1 the limit."""
    best, worst = limits.box_px
    return [
        params.pose.tilt / limits.tilt,
        params.pose.curl / limits.curl,
        (best - params.box_px) / (best - worst),
        params.blur / limits.blur,
    ]


@pytest.mark.parametrize("tier", TIERS)
def test_drawn_parameters_fill_the_range_and_a_third_lies_near_the_limit(tier: Tier) -> None:
    rng = np.random.default_rng(1)
    drawn = [draw(tier, rng) for _ in range(3000)]
    along = np.array([shares(params, TIERS[tier]) for params in drawn])
    assert along.min() >= 0 and along.max() <= 1 + 1e-9
    assert along.max(axis=0).min() > 0.99
    near = (along >= NEAR).all(axis=1).mean()
    assert 0.29 < near < 0.38
    far = along[~(along >= NEAR).all(axis=1)]
    assert np.abs(np.quantile(far, 0.5, axis=0) - 0.5).max() < 0.05
    assert 0.22 < np.mean([params.messenger for params in drawn]) < 0.28
    assert not any(params.messenger and params.exif_turns for params in drawn)
    hidden = np.mean([params.hidden_corner is not None for params in drawn])
    assert hidden == 0 if tier != "hard" else 0.5 < hidden < 0.8


def test_a_made_photo_knows_what_is_written() -> None:
    photo = made_photo("c-hasil-ppwp-2024", 2, "medium", 3)
    assert set(photo.entries) == {"paslon_1", "paslon_2", "paslon_3"}
    corners = photo.shot.truth.project(page_grid(SIZE, 2, 2))
    height, width = photo.shot.image.shape[:2]
    assert (corners > -1).all() and (corners < (width, height)).all()


@pytest.mark.parametrize("tier", TIERS)
def test_the_set_has_every_page_and_turn_and_one_in_four_messengers(tier: Tier) -> None:
    plans = planned_set(tier, 100)
    pages = {(form.id, page.number) for form in base_forms() for page in form.pages}
    assert {(plan.form, plan.page) for plan in plans} == pages
    assert [sum(plan.turns == turn for plan in plans) for turn in range(4)] == [25] * 4
    assert 24 <= sum(plan.messenger for plan in plans) <= 28
    assert len({plan.seed for plan in plans}) == 100


@pytest.mark.parametrize("form_id", [form.id for form in telling_forms()])
def test_the_smallest_box_is_the_form_s_own(form_id: str) -> None:
    form = load_form(form_id)
    page = form.pages[-1]
    side = box_side(form)
    counted = [b for f in form.fields.values() if f.counted for b in f.digit_boxes]
    assert side == min(min(box.width, box.height) for box in counted)
    photo = made_photo(form_id, page.number, "medium", 5)
    truth = place_sheet(page.size, photo.params.pose, photo.params.box_px, side)
    boxes = np.array([(b.centre.x, b.centre.y) for f in page.fields for b in f.digit_boxes])
    across, down = np.array([side / 2, 0]), np.array([0, side / 2])
    dx = truth.project(boxes + across) - truth.project(boxes - across)
    dy = truth.project(boxes + down) - truth.project(boxes - down)
    sides = np.sqrt(np.abs(dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0]))
    assert sides.min() >= TIERS["medium"].box_px[1] * 0.99


def test_the_plan_decides_turn_and_messenger() -> None:
    plan = next(plan for plan in planned_set("hard", 40) if plan.turns == 3 and plan.messenger)
    photo = plan.made()
    assert photo.params.turns == 3 and photo.params.messenger and photo.params.exif_turns == 0
    assert photo.shot.jpeg == plan.made().shot.jpeg

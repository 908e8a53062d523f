"""A bent sheet: a part of a page tells where the rest is, with wrong matches among the right."""

import numpy as np
import pytest

from digitizer.domain.geometry import Size
from digitizer.synth.sheet import CurlShape, PageToPhoto, Pose, page_grid, place_sheet
from digitizer.vision.plane import Points, project
from digitizer.vision.sheet import Sheet, View
from digitizer.vision.sheet_fit import fit_sheet

SIZE = Size(210, 297)
PHOTO = (1600, 2000)
TOLERANCE_PX = 5.0


def seen_by(pose: Pose) -> PageToPhoto:
    """A view of the sheet that fills most of the photo."""
    truth = place_sheet(SIZE, pose, 1.0)
    flat = truth.project(page_grid(SIZE, 9, 9))
    scale = 0.9 * min(PHOTO) / float(np.ptp(flat, axis=0).max())
    shift = np.array(PHOTO) / 2 - scale * flat.mean(axis=0)
    return truth.then(np.array([[scale, 0, shift[0]], [0, scale, shift[1]], [0, 0, 1]]))


def off_px(sheet: Sheet, truth: PageToPhoto, at: Points) -> Points:
    return np.asarray(np.linalg.norm(sheet.project(at) - truth.project(at), axis=1))


@pytest.mark.parametrize("shape", ["arc", "wave", "corner"])
def test_most_of_a_page_tells_where_the_rest_is(shape: CurlShape) -> None:
    truth = seen_by(Pose(35, 40, 5, 0.06, shape, 70, 1.5))
    rng = np.random.default_rng(3)
    grid = page_grid(SIZE, 17, 24)
    part = grid[grid @ (0.6, 0.8) < 260]
    seen = truth.project(part) + rng.normal(0, 1, part.shape)
    seen[::5] += rng.normal(0, 300, seen[::5].shape)
    start = truth.homography
    sheet = fit_sheet(View.of(PHOTO, SIZE), part, seen, start, TOLERANCE_PX)
    flat = np.linalg.norm(project(start, grid) - truth.project(grid), axis=1)
    assert np.percentile(off_px(sheet, truth, part), 95) < 5
    unseen = grid @ (0.6, 0.8) >= 260
    assert np.median(off_px(sheet, truth, grid[unseen])) < 0.4 * np.median(flat[unseen])


def test_a_flat_sheet_stays_flat() -> None:
    truth = seen_by(Pose(20, 40, 5, 0, "arc", 70, 1.5))
    grid = page_grid(SIZE, 9, 13)
    view = View.of(PHOTO, SIZE)
    sheet = fit_sheet(view, grid, truth.project(grid), truth.homography, TOLERANCE_PX)
    matrix, mesh = sheet.as_mesh()
    assert off_px(sheet, truth, grid).max() < 1
    assert np.abs(mesh.at(grid)).max() < 1
    assert np.abs(project(matrix, grid) - truth.project(grid)).max() < 2


def test_a_sheet_is_the_same_as_a_homography_and_a_mesh() -> None:
    truth = seen_by(Pose(25, 40, 5, 0.05, "wave", 70, 1.5))
    grid = page_grid(SIZE, 17, 24)
    seen = truth.project(grid)
    sheet = fit_sheet(View.of(PHOTO, SIZE), grid, seen, truth.homography, TOLERANCE_PX)
    matrix, mesh = sheet.as_mesh()
    again = project(matrix, mesh.moved(grid))
    assert np.linalg.norm(again - sheet.project(grid), axis=1).max() < 3


def test_matches_of_no_sheet_give_some_sheet() -> None:
    """Whoever asks has to look whether the print agrees."""
    rng = np.random.default_rng(5)
    at = rng.uniform(0, 200, (40, 2))
    seen = rng.uniform(0, 1500, (40, 2))
    start = seen_by(Pose(0, 0, 0, 0, "arc", 0, 1.5)).homography
    sheet = fit_sheet(View.of(PHOTO, SIZE), at, seen, start, TOLERANCE_PX)
    assert np.isfinite(sheet.project(at)).all()

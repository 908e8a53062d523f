"""The mesh: a smooth field is found from its samples, wrong ones among them or not."""

import numpy as np

from digitizer.domain.geometry import Size
from digitizer.vision.mesh import Measured, Mesh, Points, fit_beside, fit_mesh

SIZE = Size(210, 297)


def bent(at: Points) -> Points:
    """A smooth bend of up to 6 mm."""
    x, y = (at / (210, 297) * np.pi).T
    return np.column_stack([4 * np.sin(x) * np.cos(y), 6 * np.sin(y + x / 2)])


def samples(count: int = 300) -> Points:
    return np.random.default_rng(1).uniform((0, 0), (210, 297), (count, 2))


def test_a_flat_mesh_moves_nothing() -> None:
    assert np.abs(Mesh.flat(SIZE).at(samples())).max() == 0


def test_a_smooth_bend_is_followed() -> None:
    at = samples()
    mesh = fit_mesh(
        Measured(at, bent(at), np.ones((300, 2))), SIZE, (6, 9), stiffness=0.01, tolerance=0.5
    )
    new = np.random.default_rng(2).uniform((10, 10), (200, 287), (100, 2))
    assert np.abs(mesh.at(new) - bent(new)).max() < 0.3


def test_one_wrong_sample_in_five_does_not_count() -> None:
    at = samples()
    moved = bent(at)
    moved[::5] += np.random.default_rng(3).uniform(15, 40, (60, 2))
    mesh = fit_mesh(
        Measured(at, moved, np.ones((300, 2))), SIZE, (6, 9), stiffness=0.1, tolerance=0.5
    )
    assert np.percentile(np.abs(mesh.at(at) - bent(at)), 95) < 1


def test_a_sample_without_weight_says_nothing() -> None:
    at = samples()
    moved, weights = bent(at), np.ones((300, 2))
    moved[:, 0] = 99
    weights[:, 0] = 0
    mesh = fit_mesh(Measured(at, moved, weights), SIZE, (6, 9), stiffness=0.01, tolerance=0.5)
    assert np.abs(mesh.at(at)[:, 0]).max() < 1e-6


def test_beside_a_known_bend_few_samples_leave_it_as_it_is() -> None:
    at = samples()
    known = fit_mesh(
        Measured(at, bent(at), np.ones((300, 2))), SIZE, (6, 9), stiffness=0.01, tolerance=0.5
    )
    few = at[at[:, 1] < 60]
    some = Measured(few, known.at(few) + np.array([1.0, -0.5]), np.ones((len(few), 2)))
    mesh = fit_beside(some, known, stiffness=10.0, tolerance=0.5)
    assert np.abs(mesh.at(few) - known.at(few) - (1.0, -0.5)).max() < 0.1
    assert np.abs(mesh.at(at) - known.at(at)).max() < 2


def test_the_lattice_is_where_its_points_are_moved() -> None:
    at = samples()
    mesh = fit_mesh(
        Measured(at, bent(at), np.ones((300, 2))), SIZE, (6, 9), stiffness=0.01, tolerance=0.5
    )
    xs, ys = np.array([0.0, 50, 210]), np.array([10.0, 297])
    x, y = np.meshgrid(xs, ys)
    points = np.column_stack([x.ravel(), y.ravel()])
    assert np.allclose(mesh.lattice(xs, ys).reshape(-1, 2), mesh.moved(points))

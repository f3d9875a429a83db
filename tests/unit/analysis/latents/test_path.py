"""Ways over a plane, in equal steps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import make_interp_spline

from explorer.analysis.latents import path
from explorer.errors import ExplorerError

CORNER = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 1.0]])


def test_steps_along_a_path_are_equal():
    assert path.steps(CORNER, 5).tolist() == [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1]]
    between = path.steps(CORNER, 3)
    assert between.tolist() == [[0, 0], [2, 0], [3, 1]]  # as long along the line, around the corner or not


def test_places_on_a_path_are_those_of_a_linear_spline():
    points = np.random.default_rng(0).normal(size=(6, 2))
    far = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    np.testing.assert_allclose(
        path.steps(points, 33), make_interp_spline(far, points, k=1)(np.linspace(0, far[-1], 33))
    )


def test_a_point_met_twice_is_no_stop():
    twice = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    assert path.steps(twice, 3)[:, 0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("points", [np.zeros((1, 2)), np.ones((3, 2))])
def test_a_path_that_leads_nowhere_is_said_to(points: np.ndarray):
    with pytest.raises(ExplorerError, match="two points that differ"):
        path.steps(points, 4)

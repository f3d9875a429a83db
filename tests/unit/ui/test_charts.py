"""The chart of rate and distortion."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.frontier import linear_frontier
from explorer.ui.charts import RatePoint, rate_distortion


def point(label: str, rate: float, mse: float, own: bool = False) -> RatePoint:
    return RatePoint(label, own, (rate, mse), "test", np.array([rate, 2 * rate]), np.array([mse, mse / 2]))


def test_a_dot_a_model_in_order_of_its_rate():
    figure = rate_distortion([point("0.001", 300, 0.006), point("0.01", 100, 0.012), point("0.002", 200, 0.008, True)])
    shipped = next(trace for trace in figure.data if trace.name == "shipped, whole split")
    assert list(shipped.text) == ["0.01", "0.001"]
    assert list(shipped.x) == [100, 300]
    own = next(trace for trace in figure.data if trace.name == "yours, whole split")
    assert list(own.y) == [0.008]


def test_an_image_is_a_line_from_beta_to_beta():
    figure = rate_distortion([point("0.01", 100, 0.012), point("0.001", 300, 0.006)])
    images = next(trace for trace in figure.data if trace.name == "each image above")
    np.testing.assert_array_equal(images.x, [100, 300, np.nan, 200, 600, np.nan])
    assert images.text[3] == "image 2, beta 0.01"


def test_all_dots_are_within_the_axes():
    figure = rate_distortion([point("0.01", 100, 0.012), point("0.001", 300, 0.006)])
    low, high = figure.layout.xaxis.range
    assert 10**low < 100
    assert 10**high > 600
    assert list(figure.layout.xaxis.tickvals) == [100, 200, 500]


def test_the_linear_vae_is_a_line_behind_that_moves_no_axis():
    points = [point("0.01", 100, 0.012), point("0.001", 300, 0.006)]
    line = linear_frontier(np.geomspace(10, 0.01, 16), 0.1, np.logspace(-4, 0, 9))
    figure = rate_distortion(points, line)
    assert figure.data[0].name == "linear VAE"
    np.testing.assert_array_equal(figure.data[0].y, line.mse)
    assert figure.layout.xaxis.range == rate_distortion(points).layout.xaxis.range


def test_a_run_that_was_never_measured_has_its_images_only():
    own = RatePoint("0.002", True, None, "", np.array([200.0]), np.array([0.008]))
    figure = rate_distortion([own])
    assert [list(trace.x) for trace in figure.data] == [[200.0, pytest.approx(np.nan, nan_ok=True)]]

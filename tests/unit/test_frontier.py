"""The linear VAE's frontier, against the net itself on the images that it was fitted to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer import units
from explorer.analysis.evaluation import evaluate
from explorer.data import load_image_set
from explorer.frontier import calibrated_beta, linear_frontier
from explorer.nets.linear import LinearVAE
from explorer.pixels import to_float

LATENT = 5


def split(eigenvalues: np.ndarray, latent_dim: int) -> tuple[np.ndarray, float]:
    return eigenvalues[:latent_dim], eigenvalues[latent_dim:].sum()


@pytest.mark.parametrize("beta", [1e-5, 1e-4, 1e-3])
def test_it_is_what_the_net_measures(pictures: Path, beta: float):
    images = load_image_set("folder", str(pictures))
    net, train = LinearVAE(LATENT), images.indices("train")
    for _ in net.solve(images.images, [train], beta):
        pass
    x = to_float(images.images[train])
    found = evaluate(net, iter([x] * 200))  # 3,200 samples of z
    line = linear_frontier(*split(net.eigenvalues.numpy(), LATENT), np.array([beta]))
    assert found.recon == pytest.approx(line.mse[0], rel=0.01)
    assert units.nats_per_image(found.kl, LATENT) == pytest.approx(line.nats[0], rel=1e-4)
    assert found.recon + beta * found.kl == pytest.approx(line.total[0], rel=0.01)


def test_numbers_by_hand():
    """Four pixel values of variance 4, 1, 1/4 and 1/16, two latent dimensions, and sigma^2 = 1/2 and 2."""
    beta = np.array([units.sigma_to_beta(s**0.5, 2, 4) for s in (0.5, 2.0)])
    line = linear_frontier(np.array([4, 1]), 0.3125, beta, pixel_values=4)
    np.testing.assert_allclose(line.mse, [(0.5 + 0.5 + 0.3125) / 4, (2 + 1 + 0.3125) / 4])
    np.testing.assert_allclose(line.nats, [0.5 * np.log(8) + 0.5 * np.log(2), 0.5 * np.log(2)])
    np.testing.assert_allclose(line.total, line.mse + beta * line.nats / 2)


def test_each_point_is_the_least_total_at_its_own_beta():
    """As a lower bound should: no other point of the line is better there."""
    eigenvalues, betas = np.geomspace(10, 1e-4, 48), np.logspace(-4, 0, 41)
    line = linear_frontier(*split(eigenvalues, 16), betas, pixel_values=48)
    for i, beta in enumerate(betas):
        assert (line.mse + beta * line.nats / 16).argmin() == i
    assert (np.diff(line.mse) >= 0).all()
    assert (np.diff(line.nats) <= 0).all()


def test_calibrated_is_where_sigma_squared_equals_the_error():
    beta = np.geomspace(1e-5, 1e-1, 21)
    assert calibrated_beta(beta, np.full(21, 0.0054), 128) == pytest.approx(units.calibrated_beta(0.0054, 128))
    line = linear_frontier(np.geomspace(50, 0.05, 128), 5.0, beta)
    found = calibrated_beta(beta, line.mse, 128)
    assert found is not None
    error = np.exp(np.interp(np.log(found), np.log(beta), np.log(line.mse)))
    assert units.beta_to_sigma(found, 128) ** 2 == pytest.approx(error)


def test_a_curve_that_is_never_calibrated_says_so():
    beta = np.geomspace(1e-5, 1e-4, 5)
    assert calibrated_beta(beta, np.full(5, 0.1), 128) is None  # all below
    assert calibrated_beta(beta, np.full(5, 1e-5), 128) is None  # all above

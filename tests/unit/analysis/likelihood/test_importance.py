"""Bounds with many samples, where ln p(x) is known: of a linear VAE."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from explorer import units
from explorer.analysis.likelihood import importance
from explorer.nets.linear import LinearVAE

RNG = np.random.default_rng(0)
BETA = 1e-5
IMAGES = RNG.integers(0, 256, (4, 3, 32, 32), dtype=np.uint8)


@pytest.fixture(scope="module")
def net() -> LinearVAE:
    """Two dimensions, of which images use both, on principal components that are axes."""
    made = LinearVAE(2).eval()
    made.eigenvalues[:2] = torch.tensor([0.9, 0.2])
    made.beta.fill_(BETA)
    return made


def test_what_is_in_closed_form_is_the_gaussians_density(net: LinearVAE):
    sigma, x = 0.3, torch.rand(4, 3, 32, 32)
    _, w, _ = net._optimum()
    covariance = torch.full((units.PIXEL_VALUES,), sigma**2, dtype=torch.float64)
    covariance[:2] += w.square()
    expected = [
        multivariate_normal(net.mean[:2], covariance[:2].diag()).logpdf(each[:2])
        + torch.distributions.Normal(0.5, sigma).log_prob(each[2:].double()).sum().item()
        for each in x.flatten(1)
    ]
    assert net.log_evidence(x, sigma).tolist() == pytest.approx(expected, rel=1e-6)  # sigma is a float32 there


def test_where_q_is_the_true_posterior_one_sample_is_exact(net: LinearVAE):
    sigma = units.beta_to_sigma(BETA, 2)
    found = importance.bounds(net, IMAGES, importance.density(net, sigma), (1, 5))
    exact = net.log_evidence(torch.from_numpy(IMAGES) / 255, sigma).numpy()
    np.testing.assert_allclose(found.nats, [exact, exact], atol=0.05)  # of 500,000: float32's
    assert found.gain == pytest.approx([0, 0], abs=0.05)


def test_elsewhere_the_bound_is_below_and_goes_to_what_is_known(net: LinearVAE):
    sigma = 0.6 * units.beta_to_sigma(BETA, 2)  # q is too wide for it
    found = importance.bounds(net, IMAGES, importance.density(net, sigma), (1, 10, 500))
    exact = net.log_evidence(torch.from_numpy(IMAGES) / 255, sigma).numpy()
    below = (exact - found.nats).mean(axis=1)
    assert below[0] > 0.5
    assert (np.diff(below) < 0).all()
    assert below[-1] == pytest.approx(0, abs=0.05)


def test_of_pixels_in_bins_more_samples_are_no_worse(net: LinearVAE):
    found = importance.bounds(net, IMAGES[:2], lambda x, z: net.log_likelihood(x, z, 0.3), (1, 4, 16))
    assert (found.gain >= 0).all()
    assert (found.nats < 0).all()


def test_the_mean_over_groups_is_each_groups_bound():
    weights = torch.tensor([0.0, 1.0, 2.0, 3.0, 99.0], dtype=torch.float64)
    expected = np.mean([np.log(np.mean(np.exp([0, 1]))), np.log(np.mean(np.exp([2, 3])))])
    assert importance.bound(weights[:4], 2) == pytest.approx(expected)
    assert importance.bound(weights, 4) == pytest.approx(np.log(np.mean(np.exp([0, 1, 2, 3]))))  # the fifth is left out

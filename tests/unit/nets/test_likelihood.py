"""Probabilities of 8-bit pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import logistic, norm

from explorer import nets
from explorer.errors import ExplorerError
from explorer.nets.likelihood import LEVELS, DiscretisedLogistic, Gaussian

EVERY_LEVEL = (torch.arange(LEVELS, dtype=torch.float64) / (LEVELS - 1)).reshape(LEVELS, 1, 1, 1)


@pytest.mark.parametrize("sigma", [1e-3, 0.06, 2.0])
@pytest.mark.parametrize("mean", [-0.3, 0.0, 0.5013, 1.2])
def test_of_all_levels_the_probabilities_add_up_to_one(mean: float, sigma: float):
    mass = Gaussian(torch.full_like(EVERY_LEVEL, mean), sigma).log_mass(EVERY_LEVEL)
    assert mass.exp().sum().item() == pytest.approx(1, abs=1e-9)
    assert (mass <= 0).all()


@pytest.mark.parametrize(
    ("level", "mean", "sigma"), [(128, 0.5, 0.1), (10, 0.9, 0.03), (10, 0.9, 0.015), (0, 0.4, 0.05), (255, 0.7, 0.1)]
)
def test_a_level_has_the_mass_of_its_bin_however_far_away(level: int, mean: float, sigma: float):
    low = level / 255 - (20 * sigma if level == 0 else 0.5 / 255)
    high = level / 255 + (20 * sigma if level == 255 else 0.5 / 255)
    at = min(max(mean, low), high)  # where the density is largest: there it is 1, so that none of it is too small
    share, _ = quad(lambda x: math.exp(norm.logpdf(x, mean, sigma) - norm.logpdf(at, mean, sigma)), low, high)
    x = torch.tensor(level / 255, dtype=torch.float64).reshape(1, 1, 1, 1)
    found = Gaussian(torch.full_like(x, mean), sigma).log_mass(x).item()
    assert found == pytest.approx(math.log(share) + norm.logpdf(at, mean, sigma), rel=1e-9)


def test_noise_that_fills_bins_bounds_the_mass_from_below():
    """Theis et al. 2016: ln of the density, mean over a bin, is less than ln of the mass, by w^2 / 12 sigma^2."""
    x, mean, sigma = torch.tensor(128 / 255).reshape(1, 1, 1, 1), torch.full((1, 1, 1, 1), 0.53), 0.06
    noisy = x.double() + (torch.arange(1_000).double() + 0.5 - 500) / 1_000 / 255
    density = torch.distributions.Normal(0.53, sigma).log_prob(noisy).mean().item() - math.log(255)
    mass = Gaussian(mean, sigma).log_mass(x).item()
    assert 0 < mass - density < 1 / (12 * (255 * sigma) ** 2)


def test_one_image_is_as_likely_among_many_latents_as_alone():
    """Black and white pixels too, whose bins reach to infinity."""
    x = torch.randint(0, 2, (1, 3, 32, 32)).float()
    likely = Gaussian(means := torch.rand(4, 3, 32, 32), 0.3).log_mass(x)
    assert likely.tolist() == [Gaussian(mean[None], 0.3).log_mass(x)[0].tolist() for mean in means]


def test_half_lies_below_the_mean():
    x = torch.full((1, 1, 1, 2), 0.5)
    assert Gaussian(x, torch.tensor([0.1, 0.2])).share_below(x + 0.1).flatten().tolist() == pytest.approx(
        [0.841345, 0.691462], abs=1e-6
    )


@pytest.mark.parametrize("scale", [1e-3, 0.03, 2.0])
@pytest.mark.parametrize("mean", [-0.3, 0.0, 0.5013, 1.2])
def test_logistic_probabilities_are_differences_of_the_distribution_and_add_up_to_one(mean: float, scale: float):
    at = torch.full_like(EVERY_LEVEL, mean)
    mass = DiscretisedLogistic(at, torch.full_like(at, math.log(scale))).log_mass(EVERY_LEVEL)
    assert mass.exp().sum().item() == pytest.approx(1, abs=1e-12)
    edges = logistic.cdf((np.arange(LEVELS - 1) + 0.5) / 255, mean, scale)
    expected = np.diff(np.concatenate([[0.0], edges, [1.0]]))
    np.testing.assert_allclose(mass.exp().flatten(), expected, atol=1e-15, rtol=1e-6)


def test_far_away_logistic_logarithms_are_exact():
    """Where the distribution function is 1, or 0, to all digits: there the density falls as exp(-|x - mean| / s)."""
    x = torch.tensor([100 / 255, 101 / 255], dtype=torch.float64).reshape(1, 1, 1, 2)
    near, far = DiscretisedLogistic(torch.ones_like(x), torch.full_like(x, math.log(1e-3))).log_mass(x).flatten()
    assert (far - near).item() == pytest.approx(1 / 255 / 1e-3, rel=1e-12)


def test_a_decoder_says_pixels_around_what_it_decodes():
    net = nets.build("linear_vae", 4).eval()
    z, x = torch.randn(2, 4), torch.randint(0, LEVELS, (2, 3, 32, 32)) / 255
    expected = Gaussian(net.decode(z), 0.1).log_mass(x).sum(dim=(1, 2, 3))
    assert net.log_likelihood(x, z, 0.1).tolist() == expected.tolist()
    with pytest.raises(ExplorerError, match="no spread"):
        net.likelihood(z)

"""The distances that studies/prior_gap.py compares, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studies import prior_gap as study
from studies import two_samples

A, B = np.random.default_rng(0).normal(size=(2, 1000, 8))
SHIFT = np.array([3.0, 4.0, 0, 0, 0, 0, 0, 0])  # of length 5


def test_sliced_wasserstein_of_a_shift_is_its_mean_over_directions():
    """E|u . v| for u on the sphere in F dimensions is |v| times Gamma(F / 2) / (sqrt(pi) Gamma((F + 1) / 2))."""
    expected = 5 * math.gamma(4) / math.sqrt(math.pi) / math.gamma(4.5)
    assert two_samples.sliced_wasserstein(A, A + SHIFT) == pytest.approx(expected, rel=0.1)
    assert two_samples.sliced_wasserstein(A, A[::-1]) == 0


def test_energy_distance_of_two_gaussians():
    """In one dimension E|N(m, 2)| is known."""
    rows = np.random.default_rng(1).normal(size=(2, 4000, 1))
    m = 1.5
    folded = math.sqrt(4 / math.pi) * math.exp(-(m**2) / 4) + m * math.erf(m / 2)
    expected = 2 * folded - 2 * math.sqrt(4 / math.pi)
    assert two_samples.energy_distance(rows[0], rows[1] + m) == pytest.approx(expected, abs=0.05)
    assert two_samples.energy_distance(A, B) == pytest.approx(0, abs=0.02)


def test_frechet_distance_of_a_shift_is_its_square_in_deviations():
    assert two_samples.frechet_distance(A, A + 0.5 * A.std(axis=0)) == pytest.approx(8 * 0.25, rel=1e-3)
    assert two_samples.frechet_distance(A, A) == pytest.approx(0, abs=1e-6)


def test_kernel_distance_has_no_bias():
    rows = np.random.default_rng(2).normal(size=(20, 2, 100, 8))
    halves = [two_samples.kernel_distance(*pair) for pair in rows]
    assert abs(np.mean(halves)) < 3 * np.std(halves) / math.sqrt(20)
    assert two_samples.kernel_distance(A, B + SHIFT) > 100 * np.std(halves)


@pytest.mark.parametrize("judge", [two_samples.nearest_neighbour, two_samples.linear_judge])
def test_judges_guess_between_halves_and_know_what_lies_apart(judge: study.Judge):
    assert judge(A, B) == pytest.approx(0.5, abs=0.05)
    assert judge(A, B + SHIFT) > 0.98


def test_the_convolutional_judge_sees_what_no_mean_shows():
    noise = np.random.default_rng(3).normal(0.5, 0.1, (2, 200, 3, 32, 32)).astype(np.float32)
    smooth = (noise[1] + np.roll(noise[1], 1, axis=3)) / 2
    smooth = 0.5 + (smooth - 0.5) * math.sqrt(2)  # of the same mean and variance
    assert two_samples.convolutional_judge(noise[0], smooth) > 0.95
    assert two_samples.convolutional_judge(noise[0], noise[1]) == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("shape", list(study.AMOUNTS))
def test_mixtures_have_the_priors_mean_and_covariance_and_the_density_they_say(shape: str):
    draw, log_ratio = study.mixture(shape, 0.8, 4)
    z = draw(40_000, 0).double().numpy()
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=0.03)
    np.testing.assert_allclose(np.cov(z.T), np.eye(4), atol=0.05)
    prior = np.random.default_rng(1).normal(size=(200_000, 4))
    ratio = np.exp(log_ratio(prior))
    assert ratio.mean() == pytest.approx(1, abs=0.03)  # a density: it integrates to 1
    for power in (2, 4):  # and it is that of the draws
        expected = (ratio * np.square(prior[:, 0]) ** (power / 2)).mean()
        assert np.mean(z[:, 0] ** power) == pytest.approx(expected, rel=0.1)

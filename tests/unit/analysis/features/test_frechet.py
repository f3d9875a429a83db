"""The Fréchet distance, against its closed form and scipy's root of a matrix."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from explorer.analysis.features import frechet
from explorer.analysis.features.frechet import Gaussian

RNG = np.random.default_rng(0)


def random(d: int) -> Gaussian:
    x = RNG.normal(size=(d, 3 * d))
    return Gaussian(RNG.normal(size=d), x @ x.T / d)


def test_of_diagonal_gaussians_it_is_their_closed_form():
    """|mean difference|^2 + |difference of standard deviations|^2 (Dowson and Landau 1982)."""
    (m1, m2), (s1, s2) = RNG.normal(size=(2, 6)), RNG.uniform(0.1, 2, (2, 6))
    found = frechet.distance(Gaussian(m1, np.diag(s1**2)), Gaussian(m2, np.diag(s2**2)))
    assert found == pytest.approx(np.square(m1 - m2).sum() + np.square(s1 - s2).sum(), rel=1e-12)


def test_it_is_what_scipy_makes_of_the_definition():
    a, b = random(12), random(12)
    root = sqrtm(a.covariance @ b.covariance).real
    expected = np.square(a.mean - b.mean).sum() + np.trace(a.covariance + b.covariance - 2 * root)
    assert frechet.distance(a, b) == pytest.approx(expected, rel=1e-9)
    assert frechet.distance(b, a) == pytest.approx(expected, rel=1e-9)


def test_fewer_features_than_dimensions_are_no_trouble():
    """Covariances are singular then; the distance of a set from itself is 0 all the same."""
    few = frechet.fit(RNG.normal(size=(5, 20)).astype(np.float32))
    assert frechet.distance(few, few) == pytest.approx(0, abs=1e-6)


def test_what_is_fitted_is_the_mean_and_the_unbiased_covariance():
    x = RNG.normal(size=(50, 4)).astype(np.float32)
    fitted = frechet.fit(x)
    centred = x.astype(np.float64) - x.astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(fitted.covariance, centred.T @ centred / 49, rtol=1e-12)
    np.testing.assert_allclose(fitted.mean, x.mean(axis=0), rtol=1e-4, atol=1e-6)


def test_two_halves_of_one_set_are_apart_and_less_so_the_larger_they_are():
    x = RNG.normal(size=(4_000, 16))
    small, large = (frechet.distance(frechet.fit(x[:n]), frechet.fit(x[n : 2 * n])) for n in (100, 2_000))
    assert small > 5 * large > 0

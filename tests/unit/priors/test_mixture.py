"""The mixture against what it was fitted to, and its likelihood against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture

from explorer.priors.encodings import Encodings
from explorer.priors.mixture import COMPONENTS, Mixture
from explorer.priors.record import LatentShape


def encodings() -> Encodings:
    """Two clusters far apart."""
    rng = np.random.default_rng(0)
    mixed = rng.choice([0.2, 0.8], (600, 1)) + 0.03 * rng.normal(size=(600, 6)) @ rng.normal(size=(6, 6))
    return Encodings(torch.from_numpy(mixed).float(), torch.zeros(600, 6))


@pytest.fixture(scope="module")
def mixture() -> Mixture:
    mixture = Mixture(LatentShape(6))
    mixture.fit(encodings())
    return mixture


def test_it_has_the_moments_and_the_clusters_of_what_it_was_fitted_to(mixture: Mixture):
    z, drawn = encodings().mean.numpy(), mixture.sample(4000, 1).numpy()
    np.testing.assert_allclose(drawn.mean(axis=0), z.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(z.T), atol=0.012)
    between = np.abs(drawn.mean(axis=1) - z.mean()) < 0.1
    assert between.mean() < 0.02  # a single Gaussian would put a quarter of its draws there


def test_nats_are_scikit_learns(mixture: Mixture):
    z = encodings().mean[:50]
    theirs = GaussianMixture(COMPONENTS, covariance_type="full")
    axes = mixture.axes.T.double().numpy() * mixture.scale.double().numpy()  # columns, as long as their deviation
    spread = axes[None] * mixture.deviations.double().numpy()[:, None]
    theirs.weights_, theirs.means_ = mixture.weights.numpy(), mixture.means.numpy() @ axes.T + mixture.centre.numpy()
    theirs.covariances_ = spread @ spread.transpose(0, 2, 1)
    theirs.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(theirs.covariances_))
    found = mixture.nats(Encodings(z, torch.zeros_like(z))).numpy()
    np.testing.assert_allclose(found, -theirs.score_samples(z.numpy()), rtol=1e-3)


def test_few_images_make_few_gaussians():
    mixture = Mixture(LatentShape(6))
    few = encodings()[:3]
    mixture.fit(few)
    assert mixture.sample(50, 2).isfinite().all()
    assert mixture.nats(few).isfinite().all()

"""Flows against distributions that are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from explorer import devices
from explorer.errors import ExplorerError
from explorer.priors.encodings import Encodings
from explorer.priors.flow import Flow
from explorer.priors.record import LatentShape

MEAN, COVARIANCE = [1.0, -2.0, 0.5], [[2.0, 0.9, 0.0], [0.9, 1.0, -0.1], [0.0, -0.1, 0.3]]


def points(z: np.ndarray, labels: np.ndarray | None = None) -> Encodings:
    mean = torch.from_numpy(z).float()
    return Encodings(mean, torch.zeros_like(mean), None if labels is None else torch.from_numpy(labels))


@pytest.fixture(scope="module")
def gaussian() -> Flow:
    """As it begins."""
    flow = Flow(LatentShape(3), width=8, depth=1, heads=1)
    flow.prepare(points(np.random.default_rng(0).multivariate_normal(MEAN, COVARIANCE, 20_000)))
    return flow.eval()


def test_it_begins_as_the_gaussian_of_what_it_shall_learn(gaussian: Flow):
    z = gaussian.sample(4000, 1, steps=10).numpy()
    np.testing.assert_allclose(z.mean(axis=0), MEAN, atol=0.1)
    np.testing.assert_allclose(np.cov(z.T), COVARIANCE, atol=0.15)


def test_nats_of_a_gaussian(gaussian: Flow):
    z = np.random.default_rng(1).multivariate_normal(MEAN, COVARIANCE, 50)
    truth = -multivariate_normal(MEAN, COVARIANCE).logpdf(z)
    np.testing.assert_allclose(gaussian.nats(points(z)).numpy(), truth, atol=0.1)
    with torch.inference_mode():
        assert gaussian.nats(points(z)).equal(gaussian.nats(points(z)))


def test_it_learns_clusters_by_class():
    """Two on the left, of class 0, one on the right, of class 1: what a Gaussian can't be."""
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=3000)
    centres = np.where(labels[:, None] == 1, [3.0, 0.0], np.stack([-3 + 0 * labels, rng.choice([-3, 3], 3000)], axis=1))
    encodings = points(centres + 0.3 * rng.normal(size=(3000, 2)), labels)
    torch.manual_seed(0)
    flow = Flow(LatentShape(2), classes=2, width=48, depth=2, heads=1)
    flow.prepare(encodings)
    optimiser, generator = torch.optim.Adam(flow.parameters(), 5e-3), torch.Generator().manual_seed(0)
    for _ in range(250):
        optimiser.zero_grad()
        flow.loss(encodings[torch.randint(3000, (512,), generator=generator)], generator).backward()
        optimiser.step()
    flow.eval()
    of_any, right = flow.sample(500, 1, steps=12), flow.sample(300, 1, label=1, steps=12)
    true = torch.tensor([[3.0, 0.0], [-3.0, -3.0], [-3.0, 3.0]])
    distances, nearest = torch.cdist(of_any, true).min(dim=1)
    assert (distances < 1.5).float().mean() > 0.95
    torch.testing.assert_close(
        torch.bincount(nearest, minlength=3) / 500, torch.tensor([0.5, 0.25, 0.25]), rtol=0, atol=0.08
    )
    assert ((right - true[0]).norm(dim=1) < 1.5).float().mean() > 0.95
    entropy = np.log(2 * np.pi * np.e * 0.3**2) + 1.5 * np.log(2)  # of the clusters, and of which it is
    of_gaussian = np.log(2 * np.pi * np.e) + np.log(np.linalg.det(np.cov(encodings.mean.numpy().T))) / 2
    assert entropy - 0.1 < flow.nats(encodings[:300]).mean().item() < of_gaussian - 1


def test_sizes_that_do_not_fit_are_told():
    with pytest.raises(ExplorerError, match="heads"):
        Flow(LatentShape(2, 8), width=10, heads=4)
    with pytest.raises(ExplorerError, match="1 images"):
        Flow(LatentShape(2), width=8, heads=1).prepare(points(np.zeros((1, 2))))


def test_it_fits_latents_of_any_width_as_it_is():
    """Heads are a transformer's, which flat latents have none of."""
    assert Flow(LatentShape(128)).sample(1).shape == (1, 128)


def test_what_bfloat16_saves_no_eye_sees(monkeypatch: pytest.MonkeyPatch):
    torch.manual_seed(0)
    flow = Flow(LatentShape(8, 8))
    torch.nn.init.normal_(flow.network.last.weight, std=0.02)
    drawn = {}
    for able in (True, False):
        monkeypatch.setattr(devices, "computes_bfloat16", lambda device, able=able: able)
        drawn[able] = flow.eval().sample(2, 1, steps=2)
    assert not drawn[True].equal(drawn[False])
    torch.testing.assert_close(drawn[True], drawn[False], rtol=0, atol=0.02)

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import nets, pixels
from explorer.analysis import passage
from explorer.nets.base import Net


@pytest.fixture(scope="module")
def net() -> Net:
    torch.manual_seed(0)
    return nets.build("conv_vae", 16).eval()


IMAGES = np.random.default_rng(0).integers(0, 256, (3, 3, 32, 32), dtype=np.uint8)


def test_each_station_is_what_the_net_says(net: Net) -> None:
    sent = passage.send(net, IMAGES, samples=4)
    x = pixels.to_float(IMAGES)
    with torch.inference_mode():
        q = net.encode(x)
        normal = torch.distributions.Normal(q.mode(), q.std)
        kl = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0))
        from_mean, from_last = net.decode(q.mode()), net.decode(torch.from_numpy(sent.z[:, -1]))
    np.testing.assert_allclose(sent.mu, q.mode(), atol=1e-6)
    np.testing.assert_allclose(sent.kl, kl, atol=1e-5)
    np.testing.assert_array_equal(sent.originals[1], IMAGES[1].transpose(1, 2, 0))
    for station, decoded in ((0, from_mean), (-1, from_last)):
        assert np.abs(sent.pictures[:, station].astype(int) - pixels.to_uint8(decoded)).max() <= 1
        np.testing.assert_allclose(sent.mse[:, station], (decoded - x).square().mean((1, 2, 3)), rtol=1e-4)


def test_samples_are_spread_as_the_encoder_says(net: Net) -> None:
    sent = passage.send(net, IMAGES, samples=400)
    eps = (sent.z - sent.mu[:, None]) / sent.std[:, None]
    assert abs(eps.mean()) < 0.03
    assert abs(eps.std() - 1) < 0.03
    assert np.abs(np.corrcoef(eps[0].T) - np.eye(16)).max() < 0.25  # each dimension draws for itself


def test_a_seed_repeats_its_samples(net: Net) -> None:
    first, again, other = (passage.send(net, IMAGES, samples=2, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.z, again.z)
    assert not np.array_equal(first.z, other.z)

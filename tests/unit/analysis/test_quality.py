"""What nets make of images, and where they err."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import nets
from explorer.analysis import quality
from explorer.nets.base import Net


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    """Three smooth images and noisy copies, float32 (3, 3, 32, 32), 0..1."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32] / 31
    images = np.stack([np.stack([x, y, (x * y) ** k]) for k in (1, 2, 3)]).astype(np.float32)
    return images, np.clip(images + rng.normal(0, 0.1, images.shape), 0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def net() -> Net:
    torch.manual_seed(0)
    return nets.build("conv_vae", latent_dim=8).eval()


def test_errors_are_signed_or_absolute(pair):
    x, x_hat = pair
    assert quality.error(x, x_hat)[1, 4, 5] == pytest.approx((x_hat[1, :, 4, 5] - x[1, :, 4, 5]).mean())
    swapped = x[:, [1, 0, 2]]  # a wrong hue of the same brightness
    assert quality.error(x, swapped) == pytest.approx(0, abs=1e-6)
    assert quality.absolute_error(x, swapped).max() > 0.5


def test_reconstructs_from_the_mean(net, pair):
    x = torch.from_numpy(pair[0])
    found = quality.reconstruct(net, x)
    with torch.inference_mode():
        posterior = net.encode(x)
        expected = net.decode(posterior.mu)
        normal = torch.distributions.Normal(posterior.mu, posterior.std)
        kl = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0))
    assert found.images == pytest.approx(expected.numpy(), abs=1e-6)
    assert found.nats == pytest.approx(kl.sum(dim=1).numpy(), rel=1e-4)
    assert (found.originals == pair[0]).all()
    assert found.code_counts is None
    assert found.mse == pytest.approx(quality.reconstruction_mse(net, x), rel=1e-5)


def test_a_seed_names_a_sample(net, pair):
    x = torch.from_numpy(pair[0])
    generators = (torch.Generator().manual_seed(seed) for seed in (1, 1, 2))
    first, again, other = (quality.reconstruct(net, x, generator).images for generator in generators)
    assert (first == again).all()
    assert np.abs(first - other).max() > 0


def test_spread_is_the_deviation_over_samples(net, pair):
    x = torch.from_numpy(pair[0])
    with torch.inference_mode():
        posterior, generator = net.encode(x), torch.Generator().manual_seed(3)
        drawn = np.stack([net.decode(posterior.sample(generator)).numpy() for _ in range(4)])
    expected = np.sqrt(drawn.var(axis=0, ddof=1).mean(axis=1))
    assert quality.spread(net, x, samples=4, seed=3) == pytest.approx(expected, rel=1e-4)


def test_ranks_many_images_in_batches(net):
    x = torch.rand(quality.BATCH + 5, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    found = quality.reconstruction_mse(net, x)
    assert found.shape == (quality.BATCH + 5,)
    assert found[-1] == pytest.approx(quality.reconstruct(net, x[-1:]).mse[0], rel=1e-4)

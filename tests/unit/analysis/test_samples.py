"""What is painted from draws of z, against the net itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import nets, pixels
from explorer.analysis import samples

IMAGE = np.random.default_rng(0).integers(0, 256, (3, 32, 32), dtype=np.uint8)


@pytest.fixture(scope="module")
def net() -> torch.nn.Module:
    torch.manual_seed(0)
    return nets.build("conv_vae", 8).eval()


def test_pictures_are_of_the_mean_and_of_draws(net: torch.nn.Module):
    found = samples.draw(net, IMAGE, 16)
    with torch.inference_mode():
        decoded = net.decode(net.encode(pixels.to_float(IMAGE[None])).mode())  # type: ignore[operator]
    assert np.abs(found.from_mean.astype(int) - pixels.to_uint8(decoded)[0]).max() <= 1
    x = IMAGE.transpose(1, 2, 0) / 255
    np.testing.assert_allclose(found.mse, np.square(found.pictures / 255 - x).mean(axis=(1, 2, 3)), rtol=0.01)
    assert found.mse_mean == pytest.approx(np.square(found.from_mean / 255 - x).mean(), rel=0.01)
    assert len({picture.tobytes() for picture in found.pictures}) == 16


def test_their_average_and_spread(net: torch.nn.Module):
    found = samples.draw(net, IMAGE, 16)
    shown = found.pictures / 255
    assert np.abs(found.average - 255 * shown.mean(axis=0)).max() < 1.01
    np.testing.assert_allclose(found.spread, np.sqrt(shown.var(axis=0, ddof=1).mean(axis=-1)), atol=2e-3)
    assert found.mse_average <= found.mse.mean()  # Jensen: the average's error is never above the errors' average


def test_a_seed_repeats_itself(net: torch.nn.Module):
    assert np.array_equal(samples.draw(net, IMAGE, 4, 1).pictures, samples.draw(net, IMAGE, 4, 1).pictures)
    assert not np.array_equal(samples.draw(net, IMAGE, 4, 1).pictures, samples.draw(net, IMAGE, 4, 2).pictures)
    prior = samples.sample_prior(net, 3, 8, seed=5)
    assert prior.shape == (3, 32, 32, 3)
    assert np.array_equal(prior, samples.sample_prior(net, 3, 8, seed=5))
    assert not np.array_equal(prior, samples.sample_prior(net, 3, 8, seed=6))

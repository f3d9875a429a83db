"""What is painted from draws of z, against the net itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import nets, pixels
from explorer.analysis import samples
from explorer.analysis.measures.sharpness import laplacian_variance
from explorer.analysis.spectrum import power_spectrum
from explorer.nets.base import Net

IMAGE = np.random.default_rng(0).integers(0, 256, (3, 32, 32), dtype=np.uint8)


@pytest.fixture(scope="module")
def net() -> Net:
    torch.manual_seed(0)
    return nets.build("conv_vae", 8).eval()


def test_pictures_are_of_the_mean_and_of_draws(net: Net):
    found = samples.sample_posterior(net, IMAGE, 16)
    with torch.inference_mode():
        decoded = net.decode(net.encode(pixels.to_float(IMAGE[None])).mode())
    assert np.abs(found.from_mean.astype(int) - pixels.to_uint8(decoded)[0]).max() <= 1
    x = IMAGE.transpose(1, 2, 0) / 255
    np.testing.assert_allclose(found.mse, np.square(found.pictures / 255 - x).mean(axis=(1, 2, 3)), rtol=0.01)
    assert found.mse_mean == pytest.approx(np.square(found.from_mean / 255 - x).mean(), rel=0.01)
    assert len({picture.tobytes() for picture in found.pictures}) == 16


def test_their_average_and_spread(net: Net):
    found = samples.sample_posterior(net, IMAGE, 16)
    shown = found.pictures / 255
    assert np.abs(found.average - 255 * shown.mean(axis=0)).max() < 1.01
    np.testing.assert_allclose(found.spread, np.sqrt(shown.var(axis=0, ddof=1).mean(axis=-1)), atol=2e-3)
    assert found.mse_average <= found.mse.mean()  # Jensen: the average's error is never above the errors' average


def test_a_seed_repeats_itself(net: Net):
    first, again, other = (samples.sample_posterior(net, IMAGE, 4, seed).pictures for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_is_painted_is_measured_whole(net: Net, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(samples, "SAMPLES", 20)
    prior = samples.fit(net, "normal", IMAGE[None])
    found, painted = samples.sample(net, prior, 3), samples.paint(net, prior.sample(20, 3))
    assert np.array_equal(found.pictures, pixels.to_uint8(torch.from_numpy(painted))[: samples.SHOWN])
    assert found.spectrum == pytest.approx(power_spectrum(painted))
    assert found.laplacian == pytest.approx(laplacian_variance(painted).mean())

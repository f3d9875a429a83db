"""What is painted from draws of z, against the net itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import nets, pixels
from explorer.analysis import samples
from explorer.analysis.measures.sharpness import laplacian_variance
from explorer.analysis.spectrum import power_spectrum
from explorer.nets.autoencoder import Point
from explorer.nets.base import Net
from explorer.nets.vq import VQVAE

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


def test_normal_is_what_a_vae_is_trained_with(net: Net):
    prior = samples.PRIORS["normal"](net, IMAGE[None])
    assert prior(3, 5).shape == (3, 8)
    assert torch.equal(prior(3, 5), net.sample_prior(3, 5))
    assert not torch.equal(prior(3, 5), prior(3, 6))


def test_what_is_painted_is_measured_whole(net: Net, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(samples, "SAMPLES", 20)
    prior = samples.PRIORS["normal"](net, IMAGE[None])
    found, painted = samples.sample(net, prior, 3), samples.paint(net, prior(20, 3))
    assert np.array_equal(found.pictures, pixels.to_uint8(torch.from_numpy(painted))[: samples.SHOWN])
    assert found.spectrum == pytest.approx(power_spectrum(painted))
    assert found.laplacian == pytest.approx(laplacian_variance(painted).mean())


class Pixels(Net):
    """Says of an image its first six values: two clusters far apart, if images have them."""

    family = nets.FAMILIES["autoencoder"]

    def encode(self, x: torch.Tensor) -> Point:
        return Point(x.flatten(1)[:, :6])

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.pad(z, (0, 3066)).view(-1, 3, 32, 32)


def test_a_mixture_has_the_moments_and_the_clusters_of_what_it_was_fitted_to():
    rng = np.random.default_rng(0)
    images = np.zeros((600, 3, 32, 32), dtype=np.uint8)
    centres = rng.choice([40, 200], (600, 1))
    mixed = centres + 8 * rng.normal(size=(600, 6)) @ rng.normal(size=(6, 6))
    images.reshape(600, -1)[:, :6] = mixed.clip(0, 255).round()
    z = images.reshape(600, -1)[:, :6] / 255
    drawn = samples.PRIORS["mixture"](Pixels(6), images)(4000, 1).numpy()
    np.testing.assert_allclose(drawn.mean(axis=0), z.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(z.T), atol=0.012)
    between = np.abs(drawn.mean(axis=1) - z.mean()) < 0.1
    assert between.mean() < 0.02  # a single Gaussian would put a quarter of its draws there


def test_codes_are_drawn_alike_or_as_images_use_them():
    torch.manual_seed(0)
    net = VQVAE(codebook_size=8, code_dim=4).eval()
    images = np.random.default_rng(0).integers(0, 256, (40, 3, 32, 32), dtype=np.uint8)
    with torch.inference_mode():
        used = torch.bincount(net.encode(pixels.to_float(images)).indices.flatten(), minlength=8) / (40 * 64)

    def shares(prior: str) -> np.ndarray:
        z = samples.PRIORS[prior](net, images)(200, 3)
        vectors = z.view(200, 4, 64).transpose(1, 2).reshape(-1, 4)
        return np.array([(vectors == code).all(dim=1).float().mean().item() for code in net.codebook])

    np.testing.assert_allclose(shares("uniform"), 1 / 8, atol=0.02)
    np.testing.assert_allclose(shares("frequency"), used.numpy(), atol=0.02)
    assert np.abs(used.numpy() - 1 / 8).max() > 0.05  # so that the two can be told apart

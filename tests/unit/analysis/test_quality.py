"""Measures of reconstructions against the same computed by hand, or by another library."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage import metrics

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


def test_mse_and_psnr_are_those_of_scikit_image(pair):
    x, x_hat = pair
    measured = quality.measure(x, x_hat)
    for i in range(3):
        assert measured.mse[i] == pytest.approx(metrics.mean_squared_error(x[i], x_hat[i]), rel=1e-5)
        assert measured.psnr[i] == pytest.approx(metrics.peak_signal_noise_ratio(x[i], x_hat[i], data_range=1))


def test_ssim_is_the_formula_of_wang(pair):
    x, x_hat = (images[0].astype(np.float64) for images in pair)
    windows = [np.lib.stride_tricks.sliding_window_view(i, (7, 7), axis=(1, 2)).reshape(3, -1, 49) for i in (x, x_hat)]
    (a, b), n = windows, 49
    mean_a, mean_b = a.mean(-1), b.mean(-1)
    covariance = ((a - mean_a[..., None]) * (b - mean_b[..., None])).sum(-1) / (n - 1)
    c1, c2 = 0.01**2, 0.03**2
    ssim = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    ssim /= (mean_a**2 + mean_b**2 + c1) * (a.var(-1, ddof=1) + b.var(-1, ddof=1) + c2)
    assert quality.ssim(x[None], x_hat[None])[0] == pytest.approx(ssim.mean(), rel=1e-6)


def test_sharpness_is_the_variance_of_the_laplacian(pair):
    x, x_hat = pair

    def variance(image: np.ndarray) -> float:
        p = np.pad(image, ((0, 0), (1, 1), (1, 1)), mode="symmetric")
        laplacian = p[:, :-2, 1:-1] + p[:, 2:, 1:-1] + p[:, 1:-1, :-2] + p[:, 1:-1, 2:] - 4 * p[:, 1:-1, 1:-1]
        return float(laplacian.var())

    expected = [variance(b) / variance(a) for a, b in zip(x, x_hat, strict=True)]
    assert quality.sharpness_ratio(x, x_hat) == pytest.approx(expected, rel=1e-4)


def test_an_image_against_itself_is_perfect(pair):
    measured = quality.measure(pair[0], pair[0])
    assert measured.mse.max() == 0
    assert np.isinf(measured.psnr).all()
    assert measured.ssim == pytest.approx(1)
    assert measured.sharpness == pytest.approx(1)


def test_of_many_images_flat_ones_count_for_little():
    """A patch of faint noise that is reproduced, beside one of strong noise that is halved: a quarter of the power."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(2, 3, 32, 32)).astype(np.float32)
    x = 0.5 + noise * np.array([1e-3, 0.1], np.float32)[:, None, None, None]
    x_hat = x.copy()
    x_hat[1] = 0.5 + 0.5 * (x[1] - 0.5)
    measured = quality.measure(x, x_hat)
    assert measured.sharpness == pytest.approx([1, 0.25], rel=1e-3)
    assert measured.mean_sharpness == pytest.approx(0.25, rel=1e-3)
    assert quality.measure(x[:1] * 0, x[:1]).mean_sharpness == 0


def test_a_flat_original_has_no_sharpness_to_lose(pair):
    flat = np.full_like(pair[0], 0.5)
    assert (quality.sharpness_ratio(flat, pair[1]) == 0).all()


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
    assert found.bits == pytest.approx(found.nats / np.log(2))
    assert found.mse == pytest.approx(quality.reconstruction_mse(net, x), rel=1e-5)


def test_a_seed_names_a_sample(net, pair):
    x = torch.from_numpy(pair[0])
    first, again, other = (quality.reconstruct(net, x, seed).images for seed in (1, 1, 2))
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

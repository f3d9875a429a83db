"""Measures of reconstructions against the same computed by hand, or by another library."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from pytorch_msssim import ms_ssim as library_ms_ssim
from scipy.ndimage import gaussian_filter, uniform_filter
from skimage import metrics

from explorer.analysis.measures import MEASURES, Reconstruction, of_an_image
from explorer.analysis.measures.half_power import half_power
from explorer.analysis.measures.ms_ssim import SIDE, SIGMA, WEIGHTS, ms_ssim
from explorer.analysis.measures.psnr import psnr_of_several
from explorer.analysis.measures.sharpness import sharpness_ratio
from explorer.analysis.measures.ssim import ssim

MSE, PSNR, SHARPNESS, RATE, ENTROPY, HALF_POWER = (
    MEASURES[key] for key in ("mse", "psnr", "sharpness", "nats", "entropy", "half_power")
)
NOISE = np.random.default_rng(0).normal(0.5, 0.1, (200, 3, 32, 32))


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    """Three smooth images and noisy copies, float32 (3, 3, 32, 32), 0..1."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32] / 31
    images = np.stack([np.stack([x, y, (x * y) ** k]) for k in (1, 2, 3)]).astype(np.float32)
    return images, np.clip(images + rng.normal(0, 0.1, images.shape), 0, 1).astype(np.float32)


def made(x: np.ndarray, x_hat: np.ndarray, *, kl: float = 1.0) -> Reconstruction:
    """As a net with two latent dimensions would have made it."""
    return Reconstruction(x, x_hat, np.full((len(x), 2), kl, np.float32))


def test_mse_and_psnr_are_those_of_scikit_image(pair):
    x, x_hat = pair
    mse, psnr = MSE.each(made(x, x_hat)), PSNR.each(made(x, x_hat))
    for i in range(3):
        assert mse[i] == pytest.approx(metrics.mean_squared_error(x[i], x_hat[i]), rel=1e-5)
        assert psnr[i] == pytest.approx(metrics.peak_signal_noise_ratio(x[i], x_hat[i], data_range=1))


def test_ssim_is_that_of_scikit_image(pair):
    expected = [metrics.structural_similarity(a, b, channel_axis=0, data_range=1) for a, b in zip(*pair, strict=True)]
    assert ssim(*pair) == pytest.approx(expected, abs=1e-6)


def test_ms_ssim_is_that_of_pytorch_msssim():
    """Which takes no picture below 97 pixels a side, so of a larger one; ours is the same code at any size."""
    rng = np.random.default_rng(0)
    x = gaussian_filter(rng.random((3, 3, 128, 128)), 2, axes=(2, 3)).astype(np.float32)
    x = (x - x.min()) / (x.max() - x.min())
    x_hat = np.stack([gaussian_filter(x[0], 1, axes=(1, 2)), x[1] + 0.2, 1 - x[2]]).clip(0, 1).astype(np.float32)
    theirs = library_ms_ssim(
        torch.from_numpy(x), torch.from_numpy(x_hat), data_range=1, size_average=False,
        win_size=SIDE, win_sigma=SIGMA, weights=WEIGHTS.tolist(),
    )  # fmt: skip
    assert ms_ssim(x, x_hat) == pytest.approx(theirs.numpy(), abs=2e-5)
    assert ms_ssim(x, x_hat)[2] == 0  # structure turned round


def test_ms_ssim_sees_what_a_blur_takes_at_each_scale(pair):
    x = np.random.default_rng(0).random((3, 3, 32, 32)).astype(np.float32)
    blurred = [gaussian_filter(x, sigma, axes=(2, 3)) for sigma in (0.5, 1, 2, 4)]
    assert ms_ssim(x, x) == pytest.approx(1)
    likeness = [ms_ssim(x, each).mean() for each in blurred]
    assert likeness == sorted(likeness, reverse=True)
    assert ms_ssim(*pair).min() > ssim(*pair).max()  # of noise on what is smooth, which coarser scales don't see


def test_psnr_of_several_images_is_the_mean_of_theirs(pair):
    """On every page: Compare's table reads it from pictures, Beta from errors at many betas."""
    several = made(*pair)
    of_all = PSNR.of_all(several)
    assert of_all is not None
    assert psnr_of_several(several.mse) == pytest.approx(of_all)
    at_two_betas = np.stack([several.mse, 10 * several.mse])
    assert psnr_of_several(at_two_betas) == pytest.approx([of_all, of_all - 10], rel=1e-6)
    assert psnr_of_several(np.array([0.01, 0.0])) == np.inf


def test_ssim_is_the_formula_of_wang(pair):
    x, x_hat = (images[0].astype(np.float64) for images in pair)
    windows = [np.lib.stride_tricks.sliding_window_view(i, (7, 7), axis=(1, 2)).reshape(3, -1, 49) for i in (x, x_hat)]
    (a, b), n = windows, 49
    mean_a, mean_b = a.mean(-1), b.mean(-1)
    covariance = ((a - mean_a[..., None]) * (b - mean_b[..., None])).sum(-1) / (n - 1)
    c1, c2 = 0.01**2, 0.03**2
    by_hand = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    by_hand /= (mean_a**2 + mean_b**2 + c1) * (a.var(-1, ddof=1) + b.var(-1, ddof=1) + c2)
    assert ssim(x[None], x_hat[None])[0] == pytest.approx(by_hand.mean(), rel=1e-6)


def test_sharpness_is_the_variance_of_the_laplacian(pair):
    x, x_hat = pair

    def variance(image: np.ndarray) -> float:
        p = np.pad(image, ((0, 0), (1, 1), (1, 1)), mode="symmetric")
        laplacian = p[:, :-2, 1:-1] + p[:, 2:, 1:-1] + p[:, 1:-1, :-2] + p[:, 1:-1, 2:] - 4 * p[:, 1:-1, 1:-1]
        return float(laplacian.var())

    expected = [variance(b) / variance(a) for a, b in zip(x, x_hat, strict=True)]
    assert sharpness_ratio(x, x_hat) == pytest.approx(expected, rel=1e-4)


def test_an_image_against_itself_is_perfect(pair):
    same = made(pair[0], pair[0])
    assert MSE.of_all(same) == 0
    assert np.isinf(PSNR.each(same)).all()
    assert PSNR.of_all(same) is None
    assert PSNR.write_with_unit(math.inf) == "infinite"
    assert MEASURES["ssim"].each(same) == pytest.approx(1)
    assert SHARPNESS.each(same) == pytest.approx(1)
    assert HALF_POWER.of_all(same) is None


def test_of_many_images_flat_ones_count_for_little():
    """A patch of faint noise that is reproduced, beside one of strong noise that is halved: a quarter of the power."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(2, 3, 32, 32)).astype(np.float32)
    x = 0.5 + noise * np.array([1e-3, 0.1], np.float32)[:, None, None, None]
    x_hat = x.copy()
    x_hat[1] = 0.5 + 0.5 * (x[1] - 0.5)
    assert SHARPNESS.each(made(x, x_hat)) == pytest.approx([1, 0.25], rel=1e-3)
    assert SHARPNESS.of_all(made(x, x_hat)) == pytest.approx(0.25, rel=1e-3)
    assert SHARPNESS.of_all(made(x[:1] * 0, x[:1])) == 0


def test_a_flat_original_has_no_sharpness_to_lose(pair):
    flat = np.full_like(pair[0], 0.5)
    assert (sharpness_ratio(flat, pair[1]) == 0).all()


def test_a_blurred_picture_is_sharp_to_no_measure():
    smooth = uniform_filter(NOISE, size=(1, 1, 3, 3))
    assert sharpness_ratio(NOISE, smooth).max() < 0.1


def test_half_the_power_of_a_gaussian_filter_is_lost_where_its_formula_says():
    for sigma in (0.8, 1.2, 2.0):
        filtered = gaussian_filter(NOISE, sigma, axes=(2, 3), mode="wrap")
        found = HALF_POWER.of_all(made(NOISE, filtered))
        assert found == pytest.approx(math.sqrt(math.log(2)) / (2 * math.pi * sigma), abs=0.012)  # |H|^2 = 1/2


def test_half_power_at_either_end():
    assert math.isnan(half_power(np.ones(16), np.full(16, 0.6)))
    assert half_power(np.ones(16), np.full(16, 0.4)) == 1 / 32
    between = np.r_[np.ones(4), np.zeros(12)]
    assert half_power(np.ones(16), between) == pytest.approx(4.5 / 32)


def test_a_rate_is_the_sum_of_nats_in_either_unit(pair):
    assert RATE.each(made(pair[0], pair[1], kl=20.0)).tolist() == [40.0] * 3
    assert RATE.also["bits"] * 40 == pytest.approx(40 / math.log(2))
    assert RATE.of_all(made(pair[0], pair[1], kl=math.inf)) is None
    assert RATE.write_with_unit(None) == "none"


def test_codes_that_are_used_alike_cost_log_k_and_fewer_cost_less(pair):
    kl = np.full((3, 4), math.log(8), np.float32)
    alike, two = (Reconstruction(pair[0], pair[1], kl, np.array(counts)) for counts in ([3, 3, 3, 3], [6, 6, 0, 0]))
    assert ENTROPY.of_all(alike) == pytest.approx(4 * math.log(4))
    assert ENTROPY.of_all(two) == pytest.approx(4 * math.log(2))
    assert ENTROPY.of_all(made(*pair)) is None
    with pytest.raises(ValueError, match="no measure of one image"):
        ENTROPY.each(alike)


@pytest.mark.parametrize("key", MEASURES)
def test_many_images_are_measured_batch_by_batch(key: str):
    """The contract of the list: shares add up; one image's measure is that of a set of one; words are there."""
    measure = MEASURES[key]
    x, x_hat = NOISE[:3], gaussian_filter(NOISE[:3], 1.2, axes=(2, 3))
    kl = np.ones((3, 2))
    whole = Reconstruction(x, x_hat, kl, np.array([2, 4]))
    parts = [
        Reconstruction(x[:1], x_hat[:1], kl[:1], np.array([2, 0])),
        Reconstruction(x[1:], x_hat[1:], kl[1:], np.array([0, 4])),
    ]
    terms = [measure.terms(part) for part in parts]
    shares = np.sum([each.sum(axis=0) for each in terms if each is not None], axis=0)
    assert measure.read(shares / 3) == pytest.approx(measure.of_all(whole), rel=1e-5)
    if measure in of_an_image():
        assert measure.each(whole)[0] == pytest.approx(measure.of_all(parts[0]), rel=1e-5)
    assert measure.title
    assert measure.help.endswith(".")
    assert measure.write(0.5)


def test_better_is_lower_higher_or_nearest_to_one():
    assert MSE.worse(0.1) < MSE.worse(0.2)
    assert PSNR.worse(25.0) < PSNR.worse(24.0)
    assert SHARPNESS.worse(1.1) < SHARPNESS.worse(0.8) < SHARPNESS.worse(1.3)
    assert math.isnan(RATE.worse(40.0))
    assert (MSE.column, PSNR.axis) == ("MSE, pixels 0 to 1", "dB,<br>higher is better")

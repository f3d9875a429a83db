"""Blur against what is known in closed form."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter, uniform_filter
from scipy.stats import entropy

from explorer import nets
from explorer.analysis import blur, quality
from explorer.analysis.blur import FREQUENCIES, Blur
from explorer.data import ImageSet, Split
from explorer.nets.base import Net

NOISE = np.random.default_rng(0).normal(0.5, 0.1, (200, 3, 32, 32))
PIXELS = np.random.default_rng(1).integers(0, 256, (130, 3, 32, 32), dtype=np.uint8)


@pytest.fixture(scope="module")
def net() -> Net:
    torch.manual_seed(0)
    return nets.build("conv_vae", latent_dim=8).eval()


def test_white_noise_has_its_variance_at_every_frequency():
    assert blur.power_spectrum(NOISE)[1:] == pytest.approx(0.01, rel=0.05)


def test_a_wave_stands_at_its_own_frequency():
    for cycles in (4, 9, 14):
        wave = np.sin(2 * np.pi * cycles * np.arange(32) / 32) * np.ones((1, 3, 32, 1))
        power = blur.power_spectrum(wave)
        assert FREQUENCIES[power.argmax()] == cycles / 32
        far = np.abs(np.arange(1, 17) - cycles) > 2
        assert power[far].max() < 1e-3 * power.max()


def test_edges_that_do_not_meet_are_no_detail():
    ramp = np.linspace(0, 1, 32) * np.ones((1, 3, 32, 1))
    power = blur.power_spectrum(ramp)
    assert power[4:].max() < 1e-3 * power[0]  # without a window the step from 1 to 0 would be 4e-2 of it there


def test_half_the_power_of_a_gaussian_filter_is_lost_where_its_formula_says():
    for sigma in (0.8, 1.2, 2.0):
        filtered = gaussian_filter(NOISE, sigma, axes=(2, 3), mode="wrap")
        found = blur.half_power(blur.power_spectrum(NOISE), blur.power_spectrum(filtered))
        assert found == pytest.approx(math.sqrt(math.log(2)) / (2 * math.pi * sigma), abs=0.012)  # |H|^2 = 1/2


def test_half_power_at_either_end():
    assert blur.half_power(np.ones(16), np.full(16, 0.6)) is None
    assert blur.half_power(np.ones(16), np.full(16, 0.4)) == 1 / 32
    between = np.r_[np.ones(4), np.zeros(12)]
    assert blur.half_power(np.ones(16), between) == pytest.approx(4.5 / 32)


def test_measures_are_those_of_the_pictures(net):
    found = blur.measure(net, PIXELS)
    x = PIXELS.astype(np.float32) / 255
    with torch.inference_mode():
        generator = torch.Generator().manual_seed(blur.SEED)
        posteriors = [net.encode(part) for part in torch.from_numpy(x).split(quality.BATCH)]
        x_hat = torch.cat([net.decode(q.sample(generator)) for q in posteriors]).clamp(0, 1).numpy()
        nats = torch.cat([q.kl() for q in posteriors]).sum(dim=1).mean().item()
    expected = quality.measure(x, x_hat)
    assert found.images == 130
    for name in ("mse", "psnr", "ssim"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name).mean(), rel=1e-4)
    assert found.sharpness == pytest.approx(
        quality.laplacian_variance(x_hat).sum() / quality.laplacian_variance(x).sum(), rel=1e-3
    )
    assert found.nats == pytest.approx(nats, rel=1e-4)
    assert found.entropy is None
    assert found.spectrum == pytest.approx(blur.power_spectrum(x_hat), rel=1e-3)
    assert found.error == pytest.approx(blur.power_spectrum(x_hat - x), rel=1e-3)
    assert blur.measure(net, PIXELS) == found


def test_a_card_holds_it(net):
    found = blur.measure(net, PIXELS[:4])
    stored = json.loads(json.dumps(found.to_json() | {"beta": 0.1}))
    again = Blur.from_json(stored)
    assert again.spectrum == pytest.approx(found.spectrum, rel=1e-4)
    assert (again.images, again.half_power is None) == (found.images, found.half_power is None)
    assert again == Blur.from_json(again.to_json())


def test_a_point_has_no_rate():
    assert blur.measure(nets.build("autoencoder", 8, trunk="conv_vae").eval(), PIXELS[:4]).nats is None


def test_codes_cost_log_k_or_what_their_frequency_asks_for():
    torch.manual_seed(0)
    net = nets.build("vq_vae", 64, codebook_size=16, code_dim=4).eval()
    found = blur.measure(net, PIXELS)
    assert found.nats == pytest.approx(64 * math.log(16), rel=1e-5)
    with torch.inference_mode():
        counts = net.encode(torch.from_numpy(PIXELS.astype(np.float32) / 255)).statistics().code_counts
    assert found.entropy == pytest.approx(64 * entropy(counts), rel=1e-4)
    assert found.entropy is not None
    assert found.nats is not None
    assert found.entropy < found.nats


def test_error_by_octave_weighs_all_of_its_frequencies():
    original, error = np.ones(16), np.r_[1, 0.5, 0.5, np.full(4, 0.25), np.zeros(8), 1]
    found = Blur(1, 0, 0, 0, 0, None, tuple(original), tuple(original), tuple(error), None).error_by_octave
    assert found[:3] == pytest.approx([1, 0.5, 0.25])
    rings = [np.rint(np.hypot(*np.mgrid[-16:16, -16:16])) == cycles for cycles in range(8, 17)]
    assert found[3] == pytest.approx(rings[-1].sum() / sum(ring.sum() for ring in rings))


def test_means_of_pictures():
    pictures = NOISE[:20].astype(np.float32)
    found = blur.averaged(pictures, pictures[0])
    assert found.counts.tolist() == [1, 2, 4, 8, 16]
    assert found.mse[0] == 0
    assert found.means[3] == pytest.approx(pictures[:8].mean(axis=0), abs=1e-6)
    assert found.sharpness == pytest.approx(1 / found.counts, rel=0.15)  # of n independent noises


def test_the_nearest_are_the_nearest():
    others = np.array([[3.0, 0], [0, 1], [0, -2], [9, 9]])
    assert blur.nearest(np.zeros(2), others, 3).tolist() == [1, 2, 0]


def test_encodings_and_samples_are_the_nets(net):
    x = torch.from_numpy(PIXELS[:2].astype(np.float32) / 255)
    with torch.inference_mode():
        assert blur.encodings(net, PIXELS)[:2] == pytest.approx(net.encode(x).mode().numpy(), abs=1e-4)
    pictures = blur.posterior_pictures(net, PIXELS[0], 3)
    assert pictures.shape == (3, 3, 32, 32)
    assert not np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures, blur.posterior_pictures(net, PIXELS[0], 3))


def test_what_it_is_measured_over_was_held_out():
    images = np.zeros((2000, 3, 32, 32), dtype=np.uint8)
    labels = np.zeros(2000, dtype=np.int64)
    splits: dict[Split, np.ndarray] = {
        "train": np.arange(100),
        "validation": np.arange(100, 300),
        "test": np.arange(300, 2000),
    }
    full = ImageSet("folder", "", images, labels, ("a",), splits)
    assert len(blur.some(full)) == blur.COUNT
    assert set(blur.some(full)) <= set(range(300, 2000))
    splits["test"] = np.arange(0)
    without = ImageSet("folder", "", images, labels, ("a",), splits)
    assert sorted(blur.some(without)) == list(range(100, 300))


def test_a_blurred_picture_is_sharp_to_no_measure():
    smooth = uniform_filter(NOISE, size=(1, 1, 3, 3))
    assert quality.sharpness_ratio(NOISE, smooth).max() < 0.1

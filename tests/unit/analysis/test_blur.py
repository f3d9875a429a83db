"""Blur against what is known in closed form."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from scipy.stats import entropy

from explorer import nets
from explorer.analysis import blur, quality
from explorer.analysis.blur import Blur
from explorer.analysis.measures import MEASURES, Reconstruction, quick
from explorer.analysis.spectrum import power_spectrum
from explorer.data import ImageSet, Split
from explorer.nets.base import Net

NOISE = np.random.default_rng(0).normal(0.5, 0.1, (200, 3, 32, 32))
PIXELS = np.random.default_rng(1).integers(0, 256, (130, 3, 32, 32), dtype=np.uint8)


@pytest.fixture(scope="module")
def net() -> Net:
    torch.manual_seed(0)
    return nets.build("conv_vae", latent_dim=8).eval()


def test_measures_are_those_of_the_pictures(net):
    """Batch by batch they are what they are of all pictures at once."""
    found = blur.measure(net, PIXELS, MEASURES)
    x = PIXELS.astype(np.float32) / 255
    with torch.inference_mode():
        generator = torch.Generator().manual_seed(blur.SEED)
        posteriors = [net.encode(part) for part in torch.from_numpy(x).split(quality.BATCH)]
        x_hat = torch.cat([net.decode(q.sample(generator)) for q in posteriors]).clamp(0, 1).numpy()
        kl = torch.cat([q.kl() for q in posteriors]).numpy()
    made = Reconstruction(x, x_hat, kl)
    assert found.images == 130
    assert found.complete
    assert found["nats"] == pytest.approx(kl.sum(axis=1).mean(), rel=1e-4)
    for key, measure in MEASURES.items():
        expected = measure.of_all(made)
        assert found[key] == (None if expected is None else pytest.approx(expected, rel=1e-3))
    assert found.spectrum == pytest.approx(power_spectrum(x_hat), rel=1e-3)
    assert found.error == pytest.approx(power_spectrum(x_hat - x), rel=1e-3)
    quickly = blur.measure(net, PIXELS)
    assert quickly.has_quick
    assert quickly.values == {key: found[key] for key in quick()}


def test_a_card_holds_it(net):
    found = blur.measure(net, PIXELS[:4])
    stored = json.loads(json.dumps(found.to_json() | {"beta": 0.1}))
    again = Blur.from_json(stored)
    assert again.spectrum == pytest.approx(found.spectrum, rel=1e-4)
    assert again.values == {k: v if v is None else pytest.approx(v, rel=1e-4) for k, v in found.values.items()}
    assert again == Blur.from_json(again.to_json())


def test_a_card_from_before_a_measure_is_read_without_it(net):
    stored = blur.measure(net, PIXELS[:4]).to_json()
    del stored["ssim"]
    found = Blur.from_json(stored)
    assert not found.has_quick
    assert found["ssim"] is None
    assert found["mse"] == stored["mse"]
    card = {"beta": 0.1, "blur": stored, "blur_curve": [{"beta": 0.01, **stored}]}
    assert blur.of_card(card) == {0.01: found, 0.1: found}
    assert blur.of_card({"beta": 0.1}) == {}


def test_a_point_has_no_rate():
    found = blur.measure(nets.build("autoencoder", 8, trunk="conv_vae").eval(), PIXELS[:4])
    assert found.nats is None
    assert found.has_quick


def test_codes_cost_log_k_or_what_their_frequency_asks_for():
    torch.manual_seed(0)
    net = nets.build("vq_vae", 64, codebook_size=16, code_dim=4).eval()
    found = blur.measure(net, PIXELS)
    assert found.nats == pytest.approx(64 * math.log(16), rel=1e-5)
    with torch.inference_mode():
        counts = net.encode(torch.from_numpy(PIXELS.astype(np.float32) / 255)).statistics().code_counts
    assert found["entropy"] == pytest.approx(64 * entropy(counts), rel=1e-4)


def test_error_by_octave_weighs_all_of_its_frequencies():
    original, error = np.ones(16), np.r_[1, 0.5, 0.5, np.full(4, 0.25), np.zeros(8), 1]
    found = Blur(1, {}, tuple(original), tuple(original), tuple(error)).error_by_octave
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

"""A net over beta against the net at one beta after the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer import nets, pixels
from explorer.analysis import quality
from explorer.analysis.measures import MEASURES
from explorer.analysis.measures.sharpness import laplacian_variance
from explorer.analysis.over_beta import OverBeta, draws, over_beta
from explorer.nets import BETA_RANGE, BETA_STOPS
from explorer.nets.conditional import ConditionalVAE

IMAGES = np.random.default_rng(0).integers(0, 256, (64, 3, 32, 32), dtype=np.uint8)
BETAS = np.array([1e-4, 1e-3, 1e-2])


@pytest.fixture(scope="module")
def net() -> ConditionalVAE:
    torch.manual_seed(0)
    found = nets.build("conditional_vae", 8).eval()
    assert isinstance(found, ConditionalVAE)
    found.prepare(IMAGES, 1e-3)
    return found


@pytest.fixture(scope="module")
def swept(net: ConditionalVAE) -> OverBeta:
    return over_beta(net, IMAGES[:3], BETAS)


@pytest.mark.parametrize("place", range(len(BETAS)))
def test_each_beta_is_the_net_at_it(net: ConditionalVAE, swept: OverBeta, place: int):
    x = pixels.to_float(IMAGES[:3])
    alone = quality.reconstruct(net.at(float(BETAS[place])), x)
    shown = alone.images.clip(0, 1)
    assert np.abs(swept.frames[place].transpose(0, 3, 1, 2) - 255 * shown).max() < 1.01
    np.testing.assert_allclose(swept.mse[place], np.square(shown - x.numpy()).mean(axis=(1, 2, 3)), rtol=1e-3)
    np.testing.assert_allclose(swept.laplacian[place], laplacian_variance(shown), rtol=1e-3)
    np.testing.assert_allclose(swept.kl_per_dim[place], alone.kl.mean(axis=0), rtol=1e-3, atol=1e-4)
    assert swept.nats[place] == pytest.approx(alone.nats.mean(), rel=1e-3)


def test_psnr_is_what_the_measure_says_of_the_same_pictures(net: ConditionalVAE, swept: OverBeta):
    alone = quality.reconstruct(net.at(1e-3), pixels.to_float(IMAGES[:3]))
    measure = MEASURES["psnr"]
    terms = measure.terms(replace(alone, images=alone.images.clip(0, 1)))
    assert terms is not None
    assert swept.psnr[1] == pytest.approx(measure.read(terms.mean(axis=0)), rel=1e-4)


def test_the_same_draws_are_decoded_at_each_beta(net: ConditionalVAE):
    drawn = draws(net, 3, 7, BETAS)
    assert torch.equal(torch.from_numpy(drawn.z), net.sample_prior(3, 7))
    for beta, frames in zip(BETAS, drawn.frames, strict=True):
        with torch.inference_mode():
            alone = pixels.to_uint8(net.at(float(beta)).decode(net.sample_prior(3, 7)))
        assert np.abs(frames.astype(int) - alone).max() <= 1
    assert not np.array_equal(drawn.frames[0], drawn.frames[-1])


def test_more_beta_is_fewer_nats(swept: OverBeta):
    assert (np.diff(swept.nats) < 0).all()
    assert (np.diff(swept.mse.mean(axis=1)) > 0).all()


def test_stops_are_even_in_their_logarithm_and_hold_the_powers_of_ten():
    assert (BETA_STOPS[0], BETA_STOPS[-1], len(BETA_STOPS)) == (*BETA_RANGE, 41)
    np.testing.assert_allclose(np.diff(np.log10(BETA_STOPS)), 0.1, atol=0.003)
    assert {1e-5, 1e-4, 1e-3, 1e-2, 1e-1} < set(BETA_STOPS)

"""Priors that know codes one by one, against counts of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from explorer import nets, priors
from explorer.nets.vq import VQVAE
from explorer.priors.base import CodePrior
from explorer.priors.encodings import Encodings, encode, shape_of


@pytest.fixture(scope="module")
def net() -> VQVAE:
    torch.manual_seed(0)
    return VQVAE(codebook_size=8, code_dim=4).eval()


@pytest.fixture(scope="module")
def found(net: VQVAE) -> Encodings:
    return encode(net, np.random.default_rng(0).integers(0, 256, (40, 3, 32, 32), dtype=np.uint8))


@pytest.mark.parametrize("key", ["uniform", "frequency"])
def test_codes_are_drawn_alike_or_as_images_use_them(net: VQVAE, found: Encodings, key: str):
    assert found.codes is not None
    used = torch.bincount(found.codes.flatten(), minlength=8) / found.codes.numel()
    assert (used - 1 / 8).abs().max() > 0.05  # so that the two can be told apart
    prior = priors.build(key, shape_of(net))
    assert isinstance(prior, CodePrior)
    prior.fit(found)
    codes = prior.sample_codes(200, 3)
    expected = torch.full((8,), 1 / 8) if key == "uniform" else used
    torch.testing.assert_close(
        torch.bincount(codes.flatten(), minlength=8) / codes.numel(), expected, rtol=0, atol=0.02
    )
    assert prior.sample(200, 3, lookup=net.lookup).equal(net.lookup(codes))
    nats = 64 * math.log(8) if key == "uniform" else -64 * (used * used.log()).nansum().item()
    assert prior.nats(found).mean().item() == pytest.approx(nats, rel=1e-5)


def test_uniform_is_what_a_vq_vae_is_trained_with(net: VQVAE):
    drawn = priors.build("uniform", shape_of(net)).sample(3, 5, lookup=net.lookup)
    assert drawn.equal(net.sample_prior(3, 5))


def test_latents_that_are_no_codes_are_told(found: Encodings):
    z = torch.zeros(2, 4)
    with pytest.raises(Exception, match="no codes"):
        priors.build("frequency", priors.LatentShape(1, 2, 8)).fit(Encodings(z, z))


def test_a_net_without_codes_has_none():
    net = nets.build("spatial_vae", 128)
    assert shape_of(net) == priors.LatentShape(2, 8)
    assert shape_of(nets.build("linear_vae", 7)) == priors.LatentShape(7)

"""Where many images lie in a latent, against the net at one beta after the other."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import nets, pixels
from explorer.analysis import aggregate, prior_gap
from explorer.analysis.aggregate import Aggregate
from explorer.nets.conditional import ConditionalVAE

LATENT = 8
IMAGES = np.random.default_rng(0).integers(0, 256, (64, 3, 32, 32), dtype=np.uint8)
BETAS = np.array([1e-4, 1e-2, 1e-1])


@pytest.fixture(scope="module")
def net() -> ConditionalVAE:
    """The best linear VAE of images some of which are nearly flat."""
    torch.manual_seed(0)
    found = nets.build("conditional_vae", LATENT).eval()
    assert isinstance(found, ConditionalVAE)
    found.prepare(IMAGES, 1e-3)
    return found


@pytest.fixture(scope="module")
def found(net: ConditionalVAE) -> Aggregate:
    return aggregate.aggregate(net, IMAGES, BETAS)


def test_blobs_are_the_posteriors_along_two_dimensions(net: ConditionalVAE, found: Aggregate):
    x = pixels.to_float(IMAGES)
    for i, beta in enumerate(BETAS):
        with torch.inference_mode():
            q = net.at(float(beta)).encode(x)
        np.testing.assert_allclose(found.mean[i], q.mode()[:, list(found.axes)], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found.std[i], q.std[:, list(found.axes)], rtol=1e-4)


def test_the_axes_are_those_with_most_nats(net: ConditionalVAE, found: Aggregate):
    with torch.inference_mode():
        kl = sum(net.at(float(beta)).encode(pixels.to_float(IMAGES)).kl().mean(dim=0) for beta in BETAS)
    assert set(found.axes) == set(torch.as_tensor(kl).argsort(descending=True)[:2].tolist())


def test_lengths_come_onto_the_priors_shell_as_beta_rises(found: Aggregate):
    assert found.lengths.shape == (len(BETAS), len(IMAGES) * aggregate.DRAWS)
    shell = prior_gap.shell(LATENT)
    assert found.lengths[-1].mean() == pytest.approx(shell.mean, rel=0.1)
    assert found.lengths[-1].std() == pytest.approx(shell.spread, rel=0.15)


def test_images_are_shown_from_the_shortest_to_the_longest(found: Aggregate):
    assert len(set(found.shown)) == aggregate.SHOWN
    assert (np.diff(found.shown_lengths[0]) >= 0).all()
    first = found.lengths[0].reshape(aggregate.DRAWS, -1)[0]
    assert (found.shown_lengths[0][[0, -1]] == (first.min(), first.max())).all()


def test_of_a_single_image_there_is_one_to_show(net: ConditionalVAE):
    assert aggregate.aggregate(net, IMAGES[:1], BETAS).shown.tolist() == [0]

"""What is kept of a net's encodings, against the net itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import nets
from explorer.nets.base import Net
from explorer.nets.vq import VQVAE
from explorer.pixels import to_float
from explorer.priors.encodings import encode

IMAGES = np.random.default_rng(0).integers(0, 256, (130, 3, 32, 32), dtype=np.uint8)  # more than a batch
LABELS = np.arange(130) % 10


@pytest.fixture(scope="module")
def net() -> Net:
    torch.manual_seed(0)
    return nets.build("spatial_vae", 64).eval()


def test_they_are_of_images_and_of_their_mirror_images(net: Net):
    told: list[tuple[int, int]] = []
    found = encode(net, IMAGES, LABELS, flipped=True, say=lambda *done: told.append(done))
    assert told == [(128, 260), (130, 260), (258, 260), (260, 260)]
    assert found.labels is not None
    assert found.labels.tolist() == [*LABELS, *LABELS]
    with torch.inference_mode():
        for of, images in ((found[:130], IMAGES), (found[130:], IMAGES[..., ::-1])):
            q = net.encode(to_float(images))
            torch.testing.assert_close(of.mean, q.mode(), rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(of.std, q.std, rtol=1e-4, atol=1e-5)


def test_some_of_them(net: Net):
    found = encode(net, IMAGES[:5], LABELS[:5])
    some = found[torch.tensor([3, 1])]
    assert len(some) == 2
    assert some.labels is not None
    assert some.labels.tolist() == [3, 1]
    assert some.mean.equal(found.mean[[3, 1]])


def test_a_sample_lies_as_far_from_the_mean_as_it_says(net: Net):
    found = encode(net, IMAGES)
    z = found.sample(torch.Generator().manual_seed(0))
    assert z.equal(found.sample(torch.Generator().manual_seed(0)))
    assert ((z - found.mean) / found.std).std().item() == pytest.approx(1, abs=0.03)


def test_codes_come_with_their_vectors():
    torch.manual_seed(0)
    net = VQVAE(codebook_size=8, code_dim=4).eval()
    found = encode(net, IMAGES[:3])
    assert found.codes is not None
    torch.testing.assert_close(net.lookup(found.codes), found.mean)
    assert found.sample().equal(found.mean)


def test_no_images_make_no_encodings(net: Net):
    assert len(encode(net, IMAGES[:0])) == 0

"""Evaluation against what the posterior itself says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer import nets
from explorer.analysis.evaluation import evaluate, evaluate_split
from explorer.data import load_image_set
from explorer.nets.vae import ConvolutionalVAE
from explorer.pixels import to_float


def test_evaluation_is_the_mean_over_images_and_repeats(pictures: Path):
    images = load_image_set("folder", str(pictures))
    net = nets.build("conv_vae", 4)
    x = to_float(images.images[images.indices("train")])
    at_once = evaluate(net, iter([x]))
    again = evaluate(net, iter([x]))
    assert (again.recon, again.kl_per_dim) == (at_once.recon, at_once.kl_per_dim)
    in_two = evaluate(net, iter([x[:5], x[5:]]))  # other noise, same images
    assert (in_two.recon, in_two.kl) == pytest.approx((at_once.recon, at_once.kl), rel=0.05)
    measured = evaluate_split(net, images, "train", beta=0.5)
    expected = {"recon": at_once.recon, "kl": at_once.kl, "total": at_once.recon + 0.5 * at_once.kl}
    assert measured == pytest.approx(expected)
    with torch.inference_mode():
        _, posterior = net.eval()(x)
    assert at_once.kl_per_dim == pytest.approx(posterior.kl().mean(dim=0).tolist(), rel=1e-5)
    assert at_once.kl_median == pytest.approx(posterior.kl().mean(dim=1).median().item(), rel=1e-5)


def test_active_units_are_those_whose_mean_moves(pictures: Path):
    net = ConvolutionalVAE(latent_dim=4).eval()
    images = load_image_set("folder", str(pictures))
    x = to_float(images.images[images.indices("train")])
    with torch.no_grad():
        to_latent = net.encoder[-1].get_parameter("weight")
        to_latent[:2] = 0  # the first two means are the same for all images
        to_latent[2:4] *= 0.2 / net.encode(x).mu[:, 2:].std(dim=0, correction=0)[:, None]
    assert evaluate(net, iter([x])).use.active_units == 2

"""Bytes of real nets' latents."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from explorer import models, nets
from explorer.analysis import quality
from explorer.analysis.coding import entropy_models, quantiser, rates
from explorer.analysis.latents import codes
from explorer.data import load_image_set
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.pixels import to_float
from explorer.priors.autoregressive import Autoregressive
from explorer.priors.encodings import encode, shape_of
from explorer.units import bytes_to_nats, nats_to_bytes

COUNT = 100  # images that are coded


@pytest.fixture(scope="module")
def shapes() -> tuple[np.ndarray, np.ndarray]:
    """Images to code and others to know frequencies from, uint8 (N, 3, 32, 32)."""
    images = load_image_set("shapes")
    return images.images[images.some("test", COUNT)], images.images[images.some("train", 300)]


def shipped(name: str) -> Net:
    return models.load_model(models.get(name))


def test_shipped_codes_come_back_one_by_one_and_frequencies_pay(shapes: tuple[np.ndarray, np.ndarray]) -> None:
    net = shipped("shapes-vq-64")
    found = rates.symbols(net, *shapes)
    np.testing.assert_array_equal(found.symbols, codes.use(net, shapes[0]).indices)  # type: ignore[arg-type]
    taken = {}
    for key, model in found.models.items():
        streams = entropy_models.encode(found.symbols, model)
        np.testing.assert_array_equal(entropy_models.decode(streams, model, *found.symbols.shape), found.symbols)
        taken[key] = measured = rates.measure(found.symbols, model)
        assert measured.together == len(streams[0]) / COUNT
        assert 0 <= measured.overhead < 0.005 * nats_to_bytes(measured.nats)
        assert measured.together < measured.alone < measured.together + 5  # a stream ends in whole words of 4 bytes
    assert taken["uniform"].nats == pytest.approx(64 * math.log(64))
    assert taken["frequency"].together < taken["uniform"].together
    x_hat = quality.reconstruct(net, to_float(shapes[0])).images.clip(0, 1)
    assert found.mse == pytest.approx(np.square(x_hat - shapes[0] / 255).mean(), rel=1e-4)


def test_codes_come_back_under_a_learnt_prior_from_streams_that_take_its_nats(
    shapes: tuple[np.ndarray, np.ndarray],
) -> None:
    net = shipped("shapes-vq-64")
    torch.manual_seed(0)
    prior = Autoregressive(shape_of(net), width=16, depth=1, heads=2)
    prior.prepare(encode(net, shapes[1]))
    torch.nn.init.normal_(prior.last.weight, std=0.1)  # so that it looks at the codes before
    found = rates.symbols(net, *shapes, {"mine": prior.eval()})
    streams = entropy_models.encode(found.symbols, found.models["mine"])
    np.testing.assert_array_equal(
        entropy_models.decode(streams, found.models["mine"], *found.symbols.shape), found.symbols
    )
    measured = rates.measure(found.symbols, found.models["mine"])
    assert measured.together == len(streams[0]) / COUNT
    assert measured.nats == pytest.approx(float(prior.nats(encode(net, shapes[0])).mean()), rel=1e-5)
    assert 0 <= measured.overhead < 0.005 * nats_to_bytes(measured.nats)


def test_a_gaussian_latent_has_a_stream_of_the_distortion_that_its_samples_have(
    shapes: tuple[np.ndarray, np.ndarray],
) -> None:
    net = shipped("shapes-beta-1e-4")
    found = rates.symbols(net, *shapes)
    generator, x = torch.Generator().manual_seed(1), to_float(shapes[0])
    sampled = quality.reconstruct(net, x, generator)
    mse = float(np.square(sampled.images.clip(0, 1) - x.numpy()).mean())
    assert found.mse == pytest.approx(mse, rel=0.1)  # of other images than those that chose the grid
    kl = float(sampled.nats.mean())
    for model in found.models.values():
        streams = entropy_models.encode(found.symbols, model)
        np.testing.assert_array_equal(entropy_models.decode(streams, model, *found.symbols.shape), found.symbols)
        nats = bytes_to_nats(len(streams[0]) / COUNT)
        # a grid in one dimension costs 0.25 of a bit, in each of 128 at most
        assert kl < nats < kl + 128 * 0.25 * math.log(2)


def test_a_grid_gives_back_its_points_and_takes_what_lies_beyond_for_its_ends() -> None:
    grid = quantiser._grid(np.array([0.1, 2.0]), np.array([[0.0, 0.1], [1.0, -0.1]]))
    symbols = grid.symbols(np.array([[0.34, 0.0], [99.0, -99.0]]))
    values = grid.values(symbols)
    assert values[0] == pytest.approx([math.sqrt(12) * 0.1, 0.0])
    assert (symbols[1] == grid.highest - grid.lowest).tolist() == [True, False]
    assert symbols[1, 1] == 0
    np.testing.assert_array_equal(grid.symbols(values), symbols)
    for p in (*grid.normal().predictions(2), *grid.frequency().predictions(2)):
        assert np.isfinite(p).all()
        assert p.min() > 0


def test_points_have_no_bytes(shapes: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(ExplorerError, match="has no rate"):
        rates.symbols(nets.build("autoencoder", 4, trunk="conv_vae"), *shapes)


def test_bytes_and_nats_are_two_units_of_one_thing() -> None:
    assert nats_to_bytes(8 * math.log(2)) == pytest.approx(1)
    assert bytes_to_nats(nats_to_bytes(216)) == pytest.approx(216)

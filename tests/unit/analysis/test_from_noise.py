"""Ways of real priors, of random weights, to what they draw."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from explorer import nets, priors
from explorer.analysis import from_noise, from_noise_words
from explorer.nets.base import Net
from explorer.pixels import to_uint8
from explorer.priors.base import CodePrior, Prior
from explorer.priors.encodings import shape_of

SIZES = {"width": 16, "depth": 1, "heads": 2}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Steps this small wait for each other's threads where cores are busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def made(family: str, key: str, latent_dim: int, **options: int) -> tuple[Net, Prior]:
    torch.manual_seed(0)
    net = nets.build(family, latent_dim, **options).eval()
    prior = priors.build(key, shape_of(net), 3, **SIZES).eval()
    for parameter in prior.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return net, prior


def test_a_flow_ends_in_its_samples_and_guesses_from_each_step() -> None:
    net, prior = made("residual_vae", "flow", 4)
    found = list(from_noise.moments(prior, net, 2, 5, (0, 2), 2.0, 4))
    assert [moment.time for moment in found] == [0, 0.25, 0.5, 0.75, 1]
    torch.testing.assert_close(found[-1].z, prior.sample(2, 5, label=(0, 2), guidance=2.0, steps=4))
    assert found[0].guess is None
    for before, after in itertools.pairwise(found):
        assert after.guess is not None
        ahead = before.z + (1 - before.time) * (after.z - before.z) / 0.25
        torch.testing.assert_close(after.guess, ahead)
    torch.testing.assert_close(found[-1].guess, found[-1].z)


def test_codes_are_put_down_row_by_row_on_those_that_images_have_most() -> None:
    net, prior = made("vq_vae", "autoregressive", 64, codebook_size=8, code_dim=4)
    assert isinstance(prior, CodePrior)
    drawn = prior.sample_codes(2, 5, label=1)
    usual = prior.get_parameter("usual").argmax(dim=1)
    found = list(from_noise.moments(prior, net, 2, 5, 1, 1.0, 8))
    for step, moment in enumerate(found):
        there = torch.arange(64) < 8 * step
        assert moment.time == step / 8
        assert moment.guess is None
        torch.testing.assert_close(moment.z, net.lookup(torch.where(there, drawn, usual)))
    way = from_noise.way(net, found)
    with torch.inference_mode():
        assert np.array_equal(way.pictures[-1], to_uint8(net.decode(net.lookup(drawn))))
    assert np.array_equal(way.guesses, way.pictures)


@pytest.mark.parametrize(("steps", "word"), [(1, "1 step leads"), (20, "20 steps lead")])
def test_words_count_the_steps(steps: int, word: str) -> None:
    said = from_noise_words.of_way(steps, 1024)
    assert word in said
    assert "1,024 numbers" in said


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ((), "goes a way to its samples."),
        (("Mixture",), "Mixture is drawn at once."),
        (("Normal", "Mixture", "Other"), "Normal, Mixture and Other are drawn at once."),
    ],
)
def test_why_there_is_no_way_names_what_there_is(known: tuple[str, ...], said: str) -> None:
    assert from_noise_words.no_way("beta 0.001", known).endswith(said)

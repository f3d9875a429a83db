"""Holes in a latent whose aggregate posterior is known."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import nets
from explorer.analysis.latents import aggregated_words, holes
from explorer.errors import ExplorerError


@pytest.fixture(scope="module")
def net() -> nets.Net:
    built = nets.build("linear_vae", latent_dim=3)
    return built.eval()


def test_where_a_half_of_the_prior_is_empty_that_half_is_found(net: nets.Net):
    z = np.random.default_rng(0).standard_normal((800, 3), dtype=np.float32)
    z[:, 1] = np.abs(z[:, 1])  # no image lies below 0
    found = holes.find(net, z)
    assert found.found
    assert found.interval[0] < found.share < found.interval[1]
    assert found.share == pytest.approx(0.525, abs=0.08)  # and 1 in 20 of the rest
    assert found.by_distance < found.share
    assert [len(each) for each in (found.inside, found.outside, found.images)] == [holes.SHOWN] * 3
    assert f"At least {int(100 * found.share)} % of the prior is holes" in aggregated_words.in_holes(found)


def test_what_distance_finds_is_said_and_explained_only_where_it_misses_most():
    none = np.zeros((0, 32, 32, 3), np.uint8)
    missed, seen = (holes.Holes(0.9, (0.8, 0.95), far, 100, none, none, none) for far in (0.01, 0.97))
    said = aggregated_words.how_holes_are_found(missed, 128)
    assert "alone it would be 1.0 %: among 128 dimensions a draw is about as near to images" in said
    assert aggregated_words.how_holes_are_found(seen, 128).endswith("alone it would be 97.0 %.")


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.996, "At least 99 % of the prior is holes"), (1.0, "All of 250 draws of the prior lie in holes")],
)
def test_not_all_is_never_rounded_to_all(share: float, said: str):
    none = np.zeros((0, 32, 32, 3), np.uint8)
    assert said in aggregated_words.in_holes(holes.Holes(share, (0.97, 1.0), 0.5, 250, none, none, none))


def test_where_images_lie_as_the_prior_does_there_are_none(net: nets.Net):
    found = holes.find(net, np.random.default_rng(1).standard_normal((800, 3), dtype=np.float32))
    assert not found.found
    assert found.interval[0] < holes.RARE < found.interval[1]
    assert "No holes found" in aggregated_words.in_holes(found)


def test_few_images_are_said_to_be_too_few(net: nets.Net):
    with pytest.raises(ExplorerError, match="to learn from"):
        holes.find(net, np.zeros((60, 3), np.float32))

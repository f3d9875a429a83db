"""What is said of samples follows from what was measured."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis import samples_words as words
from explorer.sample_scores import Row

RNG = np.random.default_rng(0)


def test_half_of_the_variance_lies_along_few_directions_where_numbers_go_together():
    shared = RNG.standard_normal((2_000, 2)) @ RNG.standard_normal((2, 40)) * 3
    together = shared + RNG.standard_normal((2_000, 40))
    assert words.usual(together).directions <= 2
    assert words.usual(RNG.standard_normal((2_000, 40))).directions in range(16, 21)
    assert "go together: half of their variance lies along" in words.beside_normal(together, np.ones(2_000))


def test_numbers_that_do_not_go_together_are_told_apart_by_their_length():
    contrast = RNG.uniform(0.5, 1.5, 2_000)
    spread = RNG.standard_normal((2_000, 40)) * contrast[:, None]
    said, of_images = words.beside_normal(spread, contrast), words.usual(spread)
    assert f"a z between {of_images.short:.1f} and {of_images.long:.1f} long" in said
    assert "The length says how much contrast an image has" in said
    assert "many numbers at once" in words.beside_normal(spread, RNG.uniform(0.5, 1.5, 2_000))
    assert "as long as draws" in words.beside_normal(RNG.standard_normal((2_000, 40)), contrast)


def test_codes_that_repeat_their_neighbours_are_told_from_those_drawn_one_by_one():
    of_images = np.repeat(RNG.integers(0, 8, (50, 8)), 8, axis=1)  # each row of cells has one code
    assert "neighbour's code 100 times in 100" in words.codes_beside_uniform(of_images)


@pytest.mark.parametrize(
    ("farther", "said"),
    [
        ({"pixels": 1.0, "features": 1.0}, "As near as a copy"),
        ({"pixels": 1.0, "features": 0.4}, "As near as a copy"),  # a blurred one is near in one of the two
        ({"pixels": 0.5, "features": 0.96}, "In doubt"),
        ({"pixels": 0.5, "features": 0.4}, "No copy"),
        ({"pixels": 0.0, "features": 0.0}, "No copy"),
    ],
)
def test_there_is_a_verdict_for_every_distance(farther: dict[str, float], said: str):
    assert words.is_it_copied(farther, 4_800, 200).startswith(said)


def row(prior: str, frechet: float) -> Row:
    return Row(prior, 2_000, 0, frechet, 0.1, 0.01, 0.5, 0.5)


def test_a_prior_closes_a_share_of_the_way_from_the_model_s_own_to_reconstructions():
    normal, best = row("normal", 5.0), row("reconstructions", 1.0)
    assert words.way_closed(row("flow", 2.0), normal, best) == 0.75
    assert words.way_closed(normal, normal, best) is None
    assert words.way_closed(row("flow", 2.0), None, best) is None

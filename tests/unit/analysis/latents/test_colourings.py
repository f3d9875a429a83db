"""Colours of a map's dots say what they are said to."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import palette
from explorer.analysis.latents import colourings
from explorer.analysis.latents.cloud import Cloud
from explorer.data.imageset import Factor

RNG = np.random.default_rng(0)
N = 300


def cloud(kl: np.ndarray, sharpness: np.ndarray | None = None) -> Cloud:
    mu = RNG.normal(size=(N, 4)).astype(np.float32)
    return Cloud(mu, np.ones_like(mu), kl, RNG.random(N).astype(np.float32), sharpness)


def test_up_to_ten_classes_have_a_colour_each():
    found = colourings.by_class(np.arange(N) % 10, [f"class {i}" for i in range(10)])
    assert found.categories == tuple(f"class {i}" for i in range(10))
    assert found.colours == palette.CATEGORIES
    np.testing.assert_array_equal(found.values, np.arange(N) % 10)


def test_of_a_hundred_classes_ten_have_a_colour_and_the_others_are_grey():
    labels = np.where(np.arange(N) < 100, 7, np.arange(N) % 100)
    found = colourings.by_class(labels, [f"class {i}" for i in range(100)])
    assert found.categories[0] == "class 7"
    assert len(found.categories) == 11
    assert found.categories[-1] == "90 others"
    assert found.colours == (*palette.CATEGORIES, palette.OTHERS)
    for i, name in enumerate(found.categories[:-1]):
        np.testing.assert_array_equal(found.values == i, labels == int(name.split()[1]))


def test_which_classes_have_a_colour_can_be_chosen():
    labels = np.arange(N) % 100
    found = colourings.by_class(labels, [f"class {i}" for i in range(100)], shown=[42, 3])
    assert found.categories == ("class 42", "class 3", "98 others")
    assert found.colours == (*palette.CATEGORIES[:2], palette.OTHERS)
    assert [int((found.values == i).sum()) for i in range(3)] == [3, 3, N - 6]


@pytest.mark.parametrize(
    ("kl", "has_rate"),
    [
        (RNG.random((N, 4)).astype(np.float32), True),
        (np.full((N, 4), np.inf, np.float32), False),  # points
        (np.full((N, 4), np.log(512), np.float32), False),  # codes: all images pay the same
    ],
)
def test_a_rate_that_tells_nothing_is_not_offered(kl: np.ndarray, has_rate: bool):
    keys = [found.key for found in colourings.by_measures(cloud(kl, np.ones(N, np.float32)))]
    assert keys == ["mse", *["nats"] * has_rate, "sharpness"]


def test_a_few_far_numbers_do_not_take_all_colours():
    values = np.append(RNG.random(N - 1), 1e6).astype(np.float32)
    low, high = colourings.Colouring("mse", "Error", values).range
    assert 0 <= low < 0.1
    assert 0.9 < high <= 1


def test_factors_that_begin_again_have_colours_that_do():
    indices = np.array([5, 1])
    hue = Factor("hue", RNG.random(N).astype(np.float32), period=1.0)
    size = Factor("size", RNG.random(N).astype(np.float32), "pixels")
    shape = Factor("shape", np.arange(N) % 3, categories=("circle", "square", "ring"))
    of_hue, of_size = colourings.by_factors((hue, size, shape), indices)
    assert of_hue.colours[0] == of_hue.colours[-1]
    assert of_hue.range == (0.0, 1.0)
    assert (of_size.key, of_size.title, of_size.unit) == ("factor-size", "Size", "pixels")
    np.testing.assert_array_equal(of_size.values, size.values[indices])

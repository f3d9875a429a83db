"""What is said of a place is what other ways of computing it say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import multivariate_normal

from explorer.analysis.latents import place, place_words
from explorer.analysis.latents.place import Crowd, Density, Neighbours

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(60, 8)).astype(np.float32)


def test_the_nearest_are_scipys():
    at = RNG.normal(size=8).astype(np.float32)
    away = cdist(at[None], Z)[0]
    found = place.nearest(Z, at, 5)
    np.testing.assert_array_equal(found.indices, np.argsort(away)[:5])
    np.testing.assert_allclose(found.distances, np.sort(away)[:5], rtol=1e-5)


def test_the_median_distance_to_the_nearest_other_is_scipys():
    away = cdist(Z, Z)
    np.fill_diagonal(away, np.inf)
    assert place.crowd(Z).apart == pytest.approx(np.median(away.min(axis=0)), rel=1e-5)
    assert place.crowd(Z[:1]).apart == 0


def test_the_middle_is_an_average_though_it_is_nearer_to_images_than_they_are_to_each_other():
    many = RNG.normal(size=(500, 128)).astype(np.float32)
    crowd = place.crowd(many)
    found = place.nearest(many, crowd.middle, 1)
    assert found.distances[0] < crowd.apart
    assert "**An average of many: hardly an image lies so near the middle**" in place_words.distance(
        found, crowd.middle, crowd, 500
    )
    assert np.mean([crowd.averages(z) for z in many]) == 0.01
    here = place.nearest(many, many[7], 1)
    assert "**An image lies here**" in place_words.distance(here, many[7], crowd, 500)


def test_a_picture_is_most_like_itself_and_the_others_are_so_many_levels_off():
    pixels = RNG.integers(0, 256, (9, 3, 32, 32), dtype=np.uint8)
    found = place.most_alike(pixels, pixels[4].astype(np.float32) / 255, 9)
    assert found.indices[0] == 4
    assert found.distances[0] == 0
    off = [np.sqrt(np.square((pixels[i].astype(float) - pixels[4]) / 255).mean()) for i in found.indices]
    np.testing.assert_allclose(found.distances, off, rtol=1e-4)


@pytest.mark.parametrize("latent_dim", [2, 128])
def test_the_density_is_scipys_and_draws_are_as_long_as_said(latent_dim: int):
    z = np.random.default_rng(1).normal(size=(20_000, latent_dim))
    lengths = np.linalg.norm(z, axis=1)
    here = Density(float(lengths[0]), latent_dim)
    theirs = multivariate_normal(np.zeros(latent_dim)).logpdf(z[0]) / latent_dim
    assert here.nats_per_dim == pytest.approx(theirs, abs=1e-6)
    low, high = here.usual
    assert np.mean((lengths > low) & (lengths < high)) == pytest.approx(0.98, abs=0.005)
    assert here.shorter == pytest.approx(np.mean(lengths < here.length), abs=0.02)
    assert here.shorter + here.longer == pytest.approx(1)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (
            3.1,
            "98 of 100 draws of the prior are 9.7 to 13.0 long: this is nearer the middle than one draw in a million",
        ),
        (9.5, "this is nearer the middle than 99.5 % of draws"),
        (11.3, "this is as far out as draws are"),
        (13.2, "this is farther out than 99.6 % of draws"),
        (30.0, "this is farther out than one draw in a million"),
    ],
)
def test_lengths_in_words(length: float, said: str):
    assert said in place_words.density(Density(length, 128), np.array([10.0, 11.0]))


def test_distances_in_words():
    words = place_words.distance(
        Neighbours(np.array([3]), np.array([6.4], np.float32)), Z[0], Crowd(2.0, Z[0], 0.0), 2_000
    )
    assert words.startswith("**Nobody lives here**: the nearest of 2,000 images is 6.40 away, 3.2 times as far")
    assert place_words.verdict(1.0, False) == "as far from all as images are from each other"
    assert place_words.VERDICTS[-1][0] == math.inf
    assert "The nearest of 1 images" in place_words.distance(
        Neighbours(np.array([0]), np.array([1.0])), Z[0], place.crowd(Z[:1]), 1
    )

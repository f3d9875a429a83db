"""The images of a map at every beta: where they lie, and how far classes are drawn together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f_oneway

from explorer import nets
from explorer.analysis.latents import cloud, plane, stops
from explorer.nets import BETA_STOPS

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (60, 3, 32, 32), dtype=np.uint8)
LABELS = np.arange(60) % 3


@pytest.fixture(scope="module")
def net() -> nets.Net:
    built = nets.build("conditional_vae", latent_dim=4)
    built.prepare(IMAGES, 1e-3)
    return built.eval()


def test_every_stop_is_in_one_part_and_the_first_goes_from_end_to_end():
    assert sorted(beta for part in stops.PARTS for beta in part) == list(BETA_STOPS)
    assert (stops.PARTS[0][0], stops.PARTS[0][-1]) == (BETA_STOPS[0], BETA_STOPS[-1])


def test_on_the_plane_of_one_beta_that_beta_lies_where_its_map_has_it_and_others_elsewhere(net: nets.Net):
    found = [stops.encode(net, IMAGES, LABELS, beta) for beta in (1e-5, 1e-3, 1e-1)]
    here = cloud.encode(net.at(1e-3), IMAGES)
    axes = plane.principal(here)
    moved = stops.on(axes, found)
    np.testing.assert_allclose(moved.coordinates[1], axes.coordinates(here.mu), atol=0.01)
    np.testing.assert_allclose(moved.beside[1], axes.beside(here.mu), atol=0.01)
    sizes = [np.square(stop.mu.astype(np.float32)).sum() for stop in found]
    assert sizes[0] > sizes[1] > sizes[2]
    np.testing.assert_allclose(found[1].kl_per_dim, here.kl.mean(axis=0), rtol=1e-5)
    assert "dimensions in use" in moved.words[2]
    assert moved.words[0].startswith(f"KL {found[0].kl_per_dim.sum():,.0f} nats")


def test_variance_between_classes_is_what_an_f_test_says():
    values = RNG.normal(size=90) + np.repeat([0, 1, 3], 30)
    labels = np.repeat([0, 1, 2], 30)
    f = f_oneway(*(values[labels == label] for label in range(3))).statistic
    kelley = (f - 1) * 2 / ((f - 1) * 2 + 89)  # of F, with 2 and 87 degrees of freedom
    assert stops.between_classes(values[:, None], labels) == pytest.approx(kelley)


def test_classes_that_tell_nothing_have_no_variance_between_them_however_few_images_there_are():
    z = RNG.normal(size=(2_000, 5, 3))
    labels = np.arange(5) % 2
    by_chance = [stops.between_classes(each, labels) or 0.0 for each in z]
    assert np.mean(by_chance) == pytest.approx(0, abs=0.02)
    assert stops.between_classes(np.repeat(z[0, :2], 10, axis=0), np.repeat([0, 1], 10)) == pytest.approx(1)


@pytest.mark.parametrize("labels", [np.zeros(5, int), np.arange(5)])
def test_one_class_or_an_image_of_each_has_no_such_number(labels: np.ndarray):
    assert stops.between_classes(RNG.normal(size=(5, 2)), labels) is None
    stop = stops.Stop(0.1, np.zeros((5, 2), np.float16), np.array([0.5, 0], np.float32), None)
    assert stop.words == "KL 0 nats an image; 1 of 2 dimensions in use: more than 0.01 nats each"

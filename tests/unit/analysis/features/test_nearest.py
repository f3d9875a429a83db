"""Nearest training images, against all distances, and the yardstick of copies."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.features import nearest

RNG = np.random.default_rng(0)


def test_by_features_it_is_the_first_of_all_distances(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(nearest, "_BLOCK", 7)
    training, features = RNG.normal(size=(40, 5)).astype(np.float32), RNG.normal(size=(6, 5)).astype(np.float32)
    every = np.linalg.norm(features[:, None].astype(float) - training, axis=2)
    found = nearest.by_features(features, training)
    np.testing.assert_array_equal(found.indices, np.argsort(every, axis=1)[:, : nearest.COUNT])
    np.testing.assert_allclose(found.distances, np.sort(every, axis=1)[:, : nearest.COUNT], rtol=1e-12)


def test_by_pixels_a_copy_is_at_0_and_a_changed_one_at_its_root_mean_square():
    training = RNG.integers(0, 246, (50, 3, 32, 32), dtype=np.uint8)
    found = nearest.by_pixels(np.stack([training[17], training[30] + np.uint8(10)]), training)
    assert found.indices[:, 0].tolist() == [17, 30]
    np.testing.assert_allclose(found.distances[:, 0], [0, 10 / 255], rtol=1e-12)
    assert (found.distances[:, 1] > 0.2).all()


def test_what_is_as_far_as_held_out_images_are_is_closer_than_half_of_them():
    held_out = RNG.uniform(1, 2, 1_001)
    found = nearest.closer_than(np.array([0.0, float(np.median(held_out)), 3.0]), held_out)
    np.testing.assert_allclose(found, [1, 0.5, 0], atol=1e-3)


def test_of_fewer_training_images_there_are_fewer():
    training = RNG.normal(size=(2, 5))
    assert nearest.by_features(training, training).indices.tolist() == [[0, 1], [1, 0]]

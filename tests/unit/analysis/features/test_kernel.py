"""The kernel distance, against its definition pair by pair, and its expectation."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from explorer.analysis.features import kernel

RNG = np.random.default_rng(0)


def test_it_is_the_mean_over_pairs_of_its_definition():
    a, b = RNG.normal(size=(2, 6, 4))

    def k(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / 4 + 1) ** 3)

    def within(x: np.ndarray) -> float:
        return float(np.mean([k(x[i], x[j]) for i, j in permutations(range(6), 2)]))

    between = np.mean([k(x, y) for x, y in product(a, b)])
    assert kernel.unbiased(a, b) == pytest.approx(within(a) + within(b) - 2 * between, rel=1e-12)


def test_between_sets_of_one_distribution_it_is_nothing_on_average_however_few_there_are():
    a, b = RNG.normal(size=(2, 400, 200, 8))
    found = np.array([kernel.unbiased(*pair) for pair in zip(a, b, strict=True)])
    assert abs(found.mean()) < 3 * found.std() / 20
    assert found.min() < 0 < found.max()


def test_it_grows_with_a_shift_and_is_the_same_for_a_seed():
    a, b = RNG.normal(size=(2, 500, 8)).astype(np.float32)
    near, far = (kernel.distance(a, b + shift, subsets=10, size=100) for shift in (0.3, 0.6))
    assert 0 < near.mean < far.mean
    assert near.spread > 0
    assert far == kernel.distance(a, b + 0.6, subsets=10, size=100)
    assert far != kernel.distance(a, b + 0.6, seed=1, subsets=10, size=100)
    assert far.mean == pytest.approx(kernel.unbiased(a, b + 0.6), abs=3 * far.spread)

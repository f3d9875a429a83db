"""Precision and recall, against the paper's algorithm in loops, and in cases that are plain."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.features import precision_recall as measured

RNG = np.random.default_rng(0)


def brute(features: np.ndarray, others: np.ndarray) -> float:
    """Share of features that lie in a ball around one of the others: Kynkäänniemi et al. 2019, equation 2."""

    def reach(i: int) -> float:
        return sorted(float(np.linalg.norm(others[i] - o)) for j, o in enumerate(others) if j != i)[measured.K - 1]

    reaches = [reach(i) for i in range(len(others))]
    inside = [any(np.linalg.norm(f - o) <= r for o, r in zip(others, reaches, strict=True)) for f in features]
    return float(np.mean(inside))


def test_they_are_the_papers_in_loops(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(measured, "_BLOCK", 7)
    samples, real = RNG.normal(size=(40, 3)), RNG.normal(1, 1.5, (30, 3))
    found = measured.precision_recall(samples, real)
    assert found == (brute(samples, real), brute(real, samples))
    assert 0 < found.precision < 1
    assert 0 < found.recall < 1


def test_one_real_looking_spot_is_precise_and_recalls_little():
    real = RNG.normal(size=(500, 4))
    collapsed = measured.precision_recall(RNG.normal(0, 0.01, (500, 4)), real)
    assert collapsed.precision == 1
    assert collapsed.recall < 0.05
    scattered = measured.precision_recall(RNG.normal(0, 10, (500, 4)), real)
    assert scattered.precision < 0.05
    assert scattered.recall > 0.9


def test_a_set_is_all_that_it_is():
    real = RNG.normal(size=(50, 4)).astype(np.float32)
    assert measured.precision_recall(real, real) == (1, 1)

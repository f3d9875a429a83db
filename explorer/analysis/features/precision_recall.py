"""Precision and recall of samples (Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric for Assessing
Generative Models", section 2).

Each set's manifold is the union of balls around its features, that reach as far as the K-th nearest other one of the
set. Both numbers depend on how many pictures there are: only equal counts can be compared.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

K = 3  # the paper's
_BLOCK = 1_000  # rows of distances in memory at a time


class PrecisionRecall(NamedTuple):
    """Shares, 0..1.

    Parameters
    ----------
    precision : float
        Of samples that lie within the real pictures' manifold: how many look real.
    recall : float
        Of real pictures that lie within the samples' manifold: how much of the real the samples cover.
    """

    precision: float
    recall: float


def precision_recall(samples: np.ndarray, real: np.ndarray) -> PrecisionRecall:
    """Of features (n, d) and (m, d), n and m above `K`: as many of both, for a fair comparison."""
    samples, real = samples.astype(np.float64), real.astype(np.float64)
    return PrecisionRecall(within(samples, real, radii(real)), within(real, samples, radii(samples)))


def radii(features: np.ndarray) -> np.ndarray:
    """Squared distance of each feature (n, d) to its `K`-th nearest other one: float64 (n,)."""
    found = []
    for start in range(0, len(features), _BLOCK):
        squares = _squares(features[start : start + _BLOCK], features)
        squares[np.arange(len(squares)), start + np.arange(len(squares))] = np.inf  # itself
        found.append(np.partition(squares, K - 1, axis=1)[:, K - 1])
    return np.concatenate(found)


def within(features: np.ndarray, others: np.ndarray, radii: np.ndarray) -> float:
    """Share of features (n, d) that one of the others, (m, d), reaches: with squared radii (m,)."""
    parts = (features[start : start + _BLOCK] for start in range(0, len(features), _BLOCK))
    reached = [(_squares(part, others) <= radii).any(axis=1) for part in parts]
    return float(np.concatenate(reached).mean())


def _squares(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances (n, m)."""
    return np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T

"""Kernel distance between two sets of features (Binkowski et al. 2018, "Demystifying MMD GANs", section 3).

The squared maximum mean discrepancy under the kernel (x.y / d + 1)^3, unbiased: unlike the Fréchet distance its mean
does not depend on how many pictures there are. In our own net's features: no KID, and not to be set beside one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SUBSETS, SIZE = 50, 1_000  # pairs of subsets that it is the mean of, and features in each, at most


class Kernel(NamedTuple):
    """A kernel distance.

    Parameters
    ----------
    mean : float
        Over subsets; 0, or by chance just below, where both sets are of one distribution.
    spread : float
        Standard deviation over them.
    """

    mean: float
    spread: float


def distance(a: np.ndarray, b: np.ndarray, seed: int = 0, subsets: int = SUBSETS, size: int = SIZE) -> Kernel:
    """Mean and spread over random subsets of features (n, d) and (m, d), n and m of 4 or more; the same for a seed.

    Subsets are no larger than half of a set: larger ones would differ too little for a spread.
    """
    rng = np.random.default_rng(seed)
    size = min(size, len(a) // 2, len(b) // 2)
    found = [
        unbiased(a[rng.choice(len(a), size, replace=False)], b[rng.choice(len(b), size, replace=False)])
        for _ in range(subsets)
    ]
    return Kernel(float(np.mean(found)), float(np.std(found)))


def unbiased(a: np.ndarray, b: np.ndarray) -> float:
    """The estimate of the squared discrepancy of two sets of as many features, (n, d) each: no pair of one with itself.

    Its first and last terms leave out i = j, as the unbiased estimate of Gretton et al. 2012, lemma 6.
    """
    a, b = a.astype(np.float64), b.astype(np.float64)
    return _mean_of_pairs(a) + _mean_of_pairs(b) - 2 * float(_kernel(a, b).mean())


def _mean_of_pairs(x: np.ndarray) -> float:
    kernel, n = _kernel(x, x), len(x)
    return float((kernel.sum() - np.trace(kernel)) / (n * (n - 1)))


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(n, m)."""
    return (a @ b.T / a.shape[1] + 1) ** 3

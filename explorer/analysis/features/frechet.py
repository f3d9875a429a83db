"""Fréchet distance between Gaussians fitted to features (Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update
Rule Converge to a Local Nash Equilibrium", section 1).

In our own net's features: no FID, and not to be set beside one. It falls with the number of pictures, since Gaussians
are fitted better: only distances of equal counts can be compared.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Gaussian(NamedTuple):
    """What is fitted to features.

    Parameters
    ----------
    mean : float64 array (d,)
    covariance : float64 array (d, d)
    """

    mean: np.ndarray
    covariance: np.ndarray


def fit(features: np.ndarray) -> Gaussian:
    """The Gaussian of features (n, d), n of 2 or more: mean, and covariance with n - 1 in the denominator."""
    x = features.astype(np.float64)
    return Gaussian(x.mean(axis=0), np.atleast_2d(np.cov(x, rowvar=False)))


def distance(a: Gaussian, b: Gaussian) -> float:
    """|mean a - mean b|^2 + tr(A + B - 2 (A B)^(1/2)) of covariances A and B: squared features; 0 for the same."""
    root = _root(a.covariance)
    both = np.linalg.eigvalsh(root @ b.covariance @ root)  # of A B, whose eigenvalues are none below 0
    between = np.sqrt(np.clip(both, 0, None)).sum()
    apart = np.square(a.mean - b.mean).sum()
    return max(0.0, float(apart + np.trace(a.covariance) + np.trace(b.covariance) - 2 * between))


def _root(covariance: np.ndarray) -> np.ndarray:
    """The symmetric root."""
    values, axes = np.linalg.eigh(covariance)
    return (axes * np.sqrt(np.clip(values, 0, None))) @ axes.T

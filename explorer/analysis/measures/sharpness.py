"""Sharpness: the variance of the Laplacian, LAPV in Pertuz et al. 2013, "Analysis of focus measure operators"."""

import numpy as np

from explorer.analysis.measures.measure import Measure, Reconstruction


def laplacian_variance(images: np.ndarray) -> np.ndarray:
    """Variance of the Laplacian over channels and pixels of each image: (N,) for float (N, C, H, W)."""
    from scipy.ndimage import laplace

    return laplace(images, axes=(2, 3)).var(axis=(1, 2, 3))


def ratio(terms: np.ndarray) -> np.ndarray:
    """Reconstruction's over original's, (..., 2) -> (...); 0 for an original that is flat."""
    reconstruction, original = np.moveaxis(terms, -1, 0)
    return np.divide(reconstruction, original, out=np.zeros_like(original), where=original > 0)


def sharpness_ratio(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Sharpness of each picture of that of its original: (N,) for float arrays (N, C, H, W)."""
    return ratio(np.stack([laplacian_variance(x_hat), laplacian_variance(x)], axis=-1))


def _terms(of: Reconstruction) -> np.ndarray:
    return np.stack([laplacian_variance(of.images), laplacian_variance(of.originals)], axis=-1)


# Of many images: the variance of all of them over that of all originals. A mean of ratios would be that of the few
# flattest images, whose noise is all the detail that they have.
MEASURE = Measure(
    key="sharpness",
    title="Sharpness",
    help="Variance of the Laplacian over the original's (Pertuz et al. 2013); below 1 is blurred. All: of the images "
    "together, in which flat ones count for little; no mean of theirs.",
    of="pictures",
    terms=_terms,
    value=ratio,
    pooled="ratio of sums",
    scale="of original",
    digits=".3f",
    better="nearest to one",
    good="sharp",
)

"""Multi-scale structural similarity: Wang, Simoncelli and Bovik 2003, "Multiscale Structural Similarity for Image
Quality Assessment"."""

import numpy as np

from explorer.analysis.measures.measure import Measure

# The paper has five scales, windows of 11 pixels, and pictures of some hundred. In 32 x 32 there is room for three, of
# 32, 16 and 8 pixels a side, with windows of 7: the paper's weights of the first three, of a sum of 1 again.
_PAPERS = np.array([0.0448, 0.2856, 0.3001])
WEIGHTS = _PAPERS / _PAPERS.sum()
SIDE = 7  # pixels of a window
SIGMA = 1.5  # of the Gaussian in it, pixels, as in the paper
_STABLE = (0.01**2, 0.03**2)  # added to products of means and to variances, of pixels 0 to 1: C1 and C2


def ms_ssim(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Of each pair, 0..1, mean over channels: (N,) for float arrays (N, C, H, W), 0..1, of at least 28 pixels a side.

    Structure is compared at each scale, brightness at the coarsest. Where structure is contrary on average, it is 0.
    """
    found = np.ones(x.shape[:2])
    for scale, weight in enumerate(WEIGHTS):
        if scale:
            x, x_hat = _half(x), _half(x_hat)
        brightness, structure = _compared(x, x_hat)
        last = scale == len(WEIGHTS) - 1
        likeness = brightness * structure if last else structure
        found *= np.maximum(likeness.mean(axis=(2, 3), dtype=np.float64), 0) ** weight
    return found.mean(axis=1)


def _compared(x: np.ndarray, x_hat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Likeness of brightness, and of contrast and structure, in each whole window: two arrays (N, C, h, w)."""
    a, b = _mean(x), _mean(x_hat)
    variances = _mean(x * x) - a * a + _mean(x_hat * x_hat) - b * b
    covariance = _mean(x * x_hat) - a * b
    c1, c2 = map(np.float32, _STABLE)
    return (2 * a * b + c1) / (a * a + b * b + c1), (2 * covariance + c2) / (variances + c2)


def _mean(images: np.ndarray) -> np.ndarray:
    """Weighted mean in each window that lies inside: (N, C, H, W) -> (N, C, H - 6, W - 6)."""
    from scipy.ndimage import correlate1d

    edge = SIDE // 2
    window = np.exp(-np.square(np.arange(-edge, edge + 1)) / (2 * SIGMA**2))
    window /= window.sum()
    along = correlate1d(images, window, axis=3)[..., edge:-edge]
    return correlate1d(along, window, axis=2)[:, :, edge:-edge]


def _half(images: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 pixels."""
    n, channels, height, width = images.shape
    even = images[:, :, : height // 2 * 2, : width // 2 * 2]
    return even.reshape(n, channels, height // 2, 2, width // 2, 2).mean(axis=(3, 5))


MEASURE = Measure(
    key="ms_ssim",
    title="MS-SSIM",
    help="Structural similarity at three scales, 32, 16 and 8 pixels a side, in windows of 7 x 7 (Wang et al. 2003, "
    "with three of its five scales, since the picture is small); 1 is the same image.",
    of="pictures",
    terms=lambda of: ms_ssim(of.originals, of.images),
    scale="at most 1",
    digits=".3f",
    better="higher",
)

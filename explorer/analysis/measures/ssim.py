"""Structural similarity: Wang et al. 2004, "Image Quality Assessment: From Error Visibility to Structural
Similarity"."""

import numpy as np

from explorer.analysis.measures.measure import Measure


def ssim(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Of each pair, -1..1, windows of 7x7, mean over channels: (N,) for float arrays (N, C, H, W), 0..1."""
    from skimage.metrics import structural_similarity

    return np.array([structural_similarity(a, b, channel_axis=0, data_range=1) for a, b in zip(x, x_hat, strict=True)])


MEASURE = Measure(
    key="ssim",
    title="SSIM",
    help="Structural similarity in windows of 7 x 7 pixels (Wang et al. 2004); 1 is the same image.",
    of="pictures",
    terms=lambda of: ssim(of.originals, of.images),
    scale="at most 1",
    better="higher",
)

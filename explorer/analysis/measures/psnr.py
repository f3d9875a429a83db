"""Peak signal-to-noise ratio."""

import numpy as np

from explorer.analysis.measures.measure import Measure, Reconstruction
from explorer.units import mse_to_psnr


def psnr(of: Reconstruction) -> np.ndarray:
    """Of each image: (N,), dB; infinite where there is no error."""
    return np.array([mse_to_psnr(float(mse)) for mse in of.mse])


MEASURE = Measure(
    key="psnr",
    title="PSNR",
    help="Peak signal-to-noise ratio: the same error on a logarithmic scale. All: mean over the images.",
    of="pictures",
    terms=psnr,
    unit="dB",
    digits=".1f",
    better="higher",
    none="infinite",
)

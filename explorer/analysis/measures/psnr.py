"""Peak signal-to-noise ratio: of an image, and of several, whose PSNR is the mean of theirs."""

import numpy as np

from explorer.analysis.measures.measure import Measure, Reconstruction
from explorer.units import mse_to_psnr

SEVERAL = "mean over the images"  # what a PSNR of several images is called, where it stands

_psnr = np.vectorize(mse_to_psnr, otypes=[np.float64])


def psnr(of: Reconstruction) -> np.ndarray:
    """Of each image: (N,), dB; infinite where there is no error."""
    return _psnr(of.mse)


def psnr_of_several(mse: np.ndarray) -> np.ndarray:
    """PSNR in dB of N images, from their mean squared errors (..., N), pixel scale 0..1: (...).

    The mean of each image's, as is usual for sets of images; infinite if one has no error. The PSNR of their mean error
    is another number, and never higher (Jensen's inequality): 25.4 dB against 26.2 for eight images of CIFAR-10 at beta
    0.001.
    """
    return _psnr(mse).mean(axis=-1)


MEASURE = Measure(
    key="psnr",
    title="PSNR",
    help=f"Peak signal-to-noise ratio: the same error on a logarithmic scale. All: {SEVERAL}.",
    of="pictures",
    terms=psnr,
    unit="dB",
    digits=".1f",
    better="higher",
    good="close",
    none="infinite",
)

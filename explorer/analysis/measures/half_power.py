"""The frequency from which half the power is lost."""

import numpy as np

from explorer.analysis.measures.measure import Measure
from explorer.analysis.spectrum import FREQUENCIES, SIDE


def half_power(original: np.ndarray, reconstruction: np.ndarray) -> float:
    """Where a spectrum, (16,), first falls below half of the original's, in cycles a pixel; NaN if it never does.

    Read between two of `FREQUENCIES` on the straight line; if it is below from the start, the first of them.
    """
    kept = np.asarray(reconstruction) / np.asarray(original)
    below = np.flatnonzero(kept < 0.5)
    if not len(below):
        return float("nan")
    i = int(below[0])
    if i == 0:
        return float(FREQUENCIES[0])
    share = (kept[i - 1] - 0.5) / (kept[i - 1] - kept[i])
    return float(FREQUENCIES[i - 1] + share / SIDE)


MEASURE = Measure(
    key="half_power",
    title="Half-power frequency",
    help="Frequency from which reconstructions have less than half the originals' power, in their mean spectra under a "
    "Hann window (van der Schaaf and van Hateren 1996).",
    of="spectrum",
    terms=lambda of: of.spectra[:2].swapaxes(0, 1),
    value=lambda spectra: half_power(*spectra),
    pooled="whole set",
    unit="cycles a pixel",
    digits=".3f",
    better="higher",
    none="nowhere",
)

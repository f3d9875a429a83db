"""Whether a decoder's spread is that of its errors; pure functions.

Where it is, a share p of pixel values lies in the middle p of their distributions, whatever p: Gneiting et al. 2007,
"Probabilistic forecasts, calibration and sharpness", section 3.1; drawn as a reliability curve by Kuleshov et al. 2018,
"Accurate Uncertainties for Deep Learning Using Calibrated Regression".
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

WITHIN = tuple(
    math.erf(k / math.sqrt(2)) for k in (1, 2, 3)
)  # of a Gaussian, within 1, 2, 3 sigma: 0.683, 0.954, 0.997
NOMINAL = tuple(sorted({*(round(0.1 * i, 1) for i in range(1, 10)), *WITHIN}))


def within(below: np.ndarray) -> np.ndarray:
    """How many values lie in the middle p of their distributions, for each p of `NOMINAL`, and how many there are.

    int64 (len(NOMINAL) + 1,). `below` is how much of each value's distribution lies below it, 0..1, of any shape.
    """
    counts, _ = np.histogram(2 * np.abs(below - 0.5), (0.0, *NOMINAL, np.inf))
    return counts.cumsum()


def coverage(counts: Iterable[np.ndarray]) -> list[float]:
    """What share of many batches' values that is, from what `within` counts of each."""
    *inside, count = np.sum(list(counts), axis=0)
    return [float(each / count) for each in inside]

"""Some of many images, and what tells them from the rest; pure functions."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.analysis.latents.colourings import Colouring

_CHANCE = 0.05  # that any dimension of all goes beyond what `Told.by_chance` says, where none tells them apart


def inside(polygon: Sequence[tuple[float, float]], points: np.ndarray) -> np.ndarray:
    """Which of points, float (N, 2), lie in a polygon of corners (x, y), as the map draws it: even-odd, bool (N,)."""
    x, y = points.T
    found = np.zeros(len(points), bool)
    for (ax, ay), (bx, by) in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        if ay != by:  # else it has no height to be beside of
            found ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return found


def mean_image(pixels: np.ndarray) -> np.ndarray:
    """Of images, uint8 (n, 3, 32, 32), n > 0: float32 (3, 32, 32), 0..1."""
    return pixels.mean(axis=0, dtype=np.float32) / 255


def spread(z: np.ndarray) -> float:
    """How far latents, float32 (n, width), are from their mean, on average."""
    return float(np.sqrt(np.square(z - z.mean(axis=0)).sum(axis=1)).mean())


@dataclass(frozen=True, eq=False)
class Told:
    """How each dimension tells n images from m others.

    Parameters
    ----------
    auc : float64 array (width,)
        How often one of the n has a larger number than one of the m, of all pairs, ties half: 1/2 if it tells nothing
        (Mann and Whitney 1947; the area under the ROC curve).
    effect : float64 array (width,)
        Difference of both means over their common standard deviation (Cohen's d); 0 where that is none.
    n, m : int
    """

    auc: np.ndarray
    effect: np.ndarray
    n: int
    m: int

    @property
    def order(self) -> np.ndarray:
        """Dimensions, the one that tells most first: int64 (width,)."""
        return np.argsort(-np.abs(self.auc - 0.5), kind="stable")

    @property
    def by_chance(self) -> float:
        """The AUC, above 1/2, that the best dimension has in 5 of 100 draws of n at random from all.

        From the normal distribution that ranks have for n and m not too small, and Bonferroni's bound, as if dimensions
        were unrelated; 1 at most.
        """
        from scipy.stats import norm

        deviation = np.sqrt((self.n + self.m + 1) / (12 * self.n * self.m))
        return float(min(1.0, 0.5 + deviation * norm.isf(_CHANCE / 2 / len(self.auc))))


def tell_apart(z: np.ndarray, chosen: np.ndarray) -> Told:
    """Latents, float32 (N, width), by dimension: those chosen, bool (N,), from the rest; there must be some of both."""
    from scipy.stats import rankdata

    n, m = int(chosen.sum()), int((~chosen).sum())
    ranks = rankdata(z, axis=0)[chosen].sum(axis=0)
    auc = (ranks - n * (n + 1) / 2) / (n * m)
    a, b = z[chosen].astype(np.float64), z[~chosen].astype(np.float64)
    squares = np.square(a - a.mean(axis=0)).sum(axis=0) + np.square(b - b.mean(axis=0)).sum(axis=0)
    common = np.sqrt(squares / max(1, n + m - 2))
    apart = a.mean(axis=0) - b.mean(axis=0)
    return Told(auc, np.divide(apart, common, out=np.zeros_like(apart), where=common > 0), n, m)


def most_typical(z: np.ndarray, count: int) -> np.ndarray:
    """Which of latents, float32 (n, width), are nearest to their mean, nearest first: int64, up to `count`."""
    away = np.square(z - z.mean(axis=0)).sum(axis=1)
    return np.argsort(away, kind="stable")[:count]


def table(
    numbers: np.ndarray, labels: Sequence[str], axes: Sequence[str], coordinates: np.ndarray,
    colourings: Sequence[Colouring],
) -> bytes:  # fmt: skip
    """n images as CSV in UTF-8: number within the split, class, where they lie on two axes, and what is known of each.

    Parameters
    ----------
    numbers : int array (n,)
    labels : sequence of n str
    axes : sequence of 2 str
        Names.
    coordinates : float array (n, 2)
    colourings : sequence of Colouring
        Of these n: those of numbers become a column each.
    """
    measured = [each for each in colourings if not each.categories]
    heads = [f"{each.title}, {each.unit}" if each.unit else each.title for each in measured]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["image", "class", *axes, *heads])
    for i, (number, label) in enumerate(zip(numbers.tolist(), labels, strict=True)):
        places = (f"{value:.6g}" for value in coordinates[i])
        writer.writerow([number, label, *places, *(f"{each.values[i]:.6g}" for each in measured)])
    return text.getvalue().encode()

"""What is known of a place in a latent: who lives near, and how usual it is under the prior; pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_ASKED = 2_000  # images whose nearest is looked for: of 10,000 all would take 10 s, on one core of two that were busy
_OUTSIDE = 0.99  # of images, the share that is farther from the middle than what counts as an average of them
_AT_ONCE = 500  # images that are compared with a picture: 12 MB as float32


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest of N images, nearest first.

    Parameters
    ----------
    indices : int64 array (k,)
        Into the N.
    distances : float32 array (k,)
    """

    indices: np.ndarray
    distances: np.ndarray


def nearest(points: np.ndarray, at: np.ndarray, count: int) -> Neighbours:
    """Those of points, float32 (N, width), that are nearest to one, (width,), by Euclid: up to `count`."""
    away = np.sqrt(np.square(points - at).sum(axis=1))
    first = np.argsort(away, kind="stable")[:count]
    return Neighbours(first, away[first])


def most_alike(pixels: np.ndarray, picture: np.ndarray, count: int) -> Neighbours:
    """The images, uint8 (N, 3, 32, 32), whose pixels are nearest to a picture's, float32 (3, 32, 32), 0..1.

    Distances are roots of mean squared differences, on a pixel scale of 0..1.
    """
    seen = picture.clip(0, 1)
    parts = (pixels[start : start + _AT_ONCE] for start in range(0, len(pixels), _AT_ONCE))
    off = np.sqrt(np.concatenate([np.square(part / np.float32(255) - seen).mean(axis=(1, 2, 3)) for part in parts]))
    first = np.argsort(off, kind="stable")[:count]
    return Neighbours(first, off[first])


@dataclass(frozen=True, eq=False)
class Crowd:
    """How far N images are from each other, and from the middle of them all.

    In many dimensions these are nearly the same, and the middle is nearer to each image than any other image is: what
    is decoded there is an average of many, though the distance to the nearest alone would have it among them.

    Parameters
    ----------
    apart : float
        Distance of the median image to that which is nearest to it; 0 where N is 1.
    middle : float32 array (width,)
        The mean of all.
    core : float
        Distance from the middle that `_OUTSIDE` of the images exceed.
    """

    apart: float
    middle: np.ndarray
    core: float

    def averages(self, z: np.ndarray) -> bool:
        """Whether a place, (width,), is so near the middle that next to no image is."""
        return bool(np.linalg.norm(z - self.middle) < self.core)


def crowd(mu: np.ndarray) -> Crowd:
    """Of images at places, float32 (N, width).

    Of more than `_ASKED`, `Crowd.apart` is the median of the first so many, which are as random as all.
    """
    from sklearn.neighbors import NearestNeighbors

    middle, apart = mu.mean(axis=0), 0.0
    if len(mu) > 1:
        away, _ = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(mu).kneighbors(mu[:_ASKED])
        apart = float(np.median(away[:, 1]))
    return Crowd(apart, middle, float(np.quantile(np.linalg.norm(mu - middle, axis=1), 1 - _OUTSIDE)))


@dataclass(frozen=True)
class Density:
    """A z of d dimensions under N(0, I).

    Parameters
    ----------
    length : float
        |z|.
    latent_dim : int
        d.
    """

    length: float
    latent_dim: int

    @property
    def nats_per_dim(self) -> float:
        """ln N(z; 0, I) / d."""
        return -0.5 * (np.log(2 * np.pi) + self.length**2 / self.latent_dim).item()

    @property
    def shorter(self) -> float:
        """The share of draws that are shorter, 0..1: |z| has a chi distribution of d degrees of freedom."""
        from scipy.stats import chi

        return float(chi.cdf(self.length, self.latent_dim))

    @property
    def longer(self) -> float:
        """The share of draws that are longer, which near 0 is not what 1 less the other could tell."""
        from scipy.stats import chi

        return float(chi.sf(self.length, self.latent_dim))

    @property
    def usual(self) -> tuple[float, float]:
        """Lengths between which 98 of 100 draws lie."""
        from scipy.stats import chi

        low, high = chi.ppf([0.01, 0.99], self.latent_dim)
        return float(low), float(high)

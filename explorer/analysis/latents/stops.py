"""The same images in a conditional net's latent at many betas: how the map moves under a slider; pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from explorer.analysis.latents.cloud import BATCH
from explorer.analysis.latents.plane import Plane
from explorer.in_use import in_use, in_use_words
from explorer.nets import BETA_STOPS
from explorer.nets.base import Net
from explorer.pixels import to_float

_STRIDES = (8, 4, 2, 1)  # of `PARTS`: the whole way is seen early
PARTS: tuple[tuple[float, ...], ...] = tuple(
    tuple(b for i, b in enumerate(BETA_STOPS) if i % stride == 0 and (stride == 8 or i % (2 * stride)))
    for stride in _STRIDES
)  # all `BETA_STOPS` in the order in which they are encoded: six from end to end first, then those between


@dataclass(frozen=True, eq=False)
class Stop:
    """N images at a beta.

    Parameters
    ----------
    beta : float
    mu : float16 array (N, latent_dim)
        The mean of each image's z: 0.001 off at most where it is below 2. (2,000 images at 41 betas: 21 MB.)
    kl_per_dim : float32 array (latent_dim,)
        Nats, means over the images.
    between_classes : float, optional
        As the function of that name has it.
    """

    beta: float
    mu: np.ndarray
    kl_per_dim: np.ndarray
    between_classes: float | None

    @property
    def words(self) -> str:
        """What beta has done."""
        of = in_use_words(int(in_use(self.kl_per_dim)), len(self.kl_per_dim))
        parts = [f"KL {self.kl_per_dim.sum():,.0f} nats an image", of]
        if self.between_classes is not None:
            parts.append(f"{100 * max(0.0, self.between_classes):.1f} % of the means' variance is between classes")
        return "; ".join(parts)


@dataclass(frozen=True, eq=False)
class Moved:
    """N images at S betas, seen on one plane.

    Parameters
    ----------
    beta : tuple of float (S,)
    coordinates : float32 array (S, N, 2)
    beside : float32 array (S, N)
        As `Plane.beside`.
    words : tuple of str (S,)
        Of each `Stop`.
    """

    beta: tuple[float, ...]
    coordinates: np.ndarray
    beside: np.ndarray
    words: tuple[str, ...]


@torch.inference_mode()
def encode(net: Net, images: np.ndarray, labels: np.ndarray, beta: float) -> Stop:
    """Images, uint8 (N, 3, 32, 32), with labels, int (N,), at a beta. Nothing is decoded."""
    net = net.at(beta)
    posteriors = [net.encode(to_float(images[start : start + BATCH])) for start in range(0, len(images), BATCH)]
    mu = np.concatenate([q.mode().numpy() for q in posteriors])
    kl = np.concatenate([q.kl().numpy() for q in posteriors])
    return Stop(beta, mu.astype(np.float16), kl.mean(axis=0), between_classes(mu, labels))


def between_classes(z: np.ndarray, labels: np.ndarray) -> float | None:
    """Which share of the variance of latents, (N, width), lies between the means of classes, rather than within them.

    All dimensions together: the trace of the scatter between classes over that of all (Fisher 1936, "The Use of
    Multiple Measurements in Taxonomic Problems"), which is a correlation ratio, less what chance alone would give so
    few images of so many classes: Kelley 1935, "An Unbiased Correlation Ratio Measure". So it is 1 where all of a class
    lie in one point, and 0 where a class tells nothing, whatever N; below 0 is chance. None where there is but one
    class, or an image of each, or all lie in one point.
    """
    of, counts = np.unique(labels, return_inverse=True, return_counts=True)[1:]
    n, k = len(z), len(counts)
    if not 1 < k < n:
        return None
    z = z.astype(np.float64) - z.mean(axis=0)
    sums = np.zeros((k, z.shape[1]))
    np.add.at(sums, of, z)
    total = np.square(z).sum()
    if not total:
        return None
    between = (np.square(sums).sum(axis=1) / counts).sum()
    return float(1 - (1 - between / total) * (n - 1) / (n - k))


def on(plane: Plane, stops: Sequence[Stop]) -> Moved:
    """Where they lie on a plane, which stays: that of one beta, say."""
    found = [(plane.coordinates(mu), plane.beside(mu)) for mu in (stop.mu.astype(np.float32) for stop in stops)]
    coordinates, beside = (np.stack(each) for each in zip(*found, strict=True))
    return Moved(tuple(stop.beta for stop in stops), coordinates, beside, tuple(stop.words for stop in stops))

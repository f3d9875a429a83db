"""Symbols of a Gaussian latent: means of q(z | x) on a grid as coarse as its noise is anyway.

A Gaussian's KL is the price of one noisy sample of z, and no stream holds noise: bits-back coding (Townsend et al.
2019) pays that price, but only where the image itself goes along, and coding a sample as such (Flamich et al. 2020)
takes a search that grows with e to the nats. A mean that is rounded to a grid of step sqrt(12) s errs as much as noise
of standard deviation s does, and its entropy under a density is higher than the noisy sample's KL by ln(2 pi e / 12) /
2 = 0.176 nats for each dimension that is in use: the price of a grid in one dimension (Gish and Pierce 1968,
"Asymptotically Efficient Quantizing").

So the grid's step is that, times one factor for all dimensions, chosen so that pictures decoded from the grid are as
far from the originals as those decoded from noisy samples: the same distortion, and a real stream.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import norm
from torch import Tensor

from explorer.analysis import quality
from explorer.analysis.coding import entropy_models
from explorer.analysis.coding.entropy_models import Static
from explorer.nets.base import Net
from explorer.pixels import to_float

FITTED_ON = 2_000  # training images, at most, that steps and frequencies are taken from
_COMPARED = 500  # of them, whose distortion chooses the factor
_HALVINGS = 8  # of the factor's range, a factor of 4 either way: to 1 %
_SEED = 0


@dataclass(frozen=True)
class Quantiser:
    """A grid of its own for each of `width` numbers; 0 is a point of all of them.

    Parameters
    ----------
    step : float64 array (width,), above 0
    lowest, highest : int64 arrays (width,)
        First and last point of the grid, in steps; what lies beyond is taken for the nearest of both.
    counts : tuple of int64 arrays (K,)
        How often training images use each point, of each number.
    """

    step: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    counts: tuple[np.ndarray, ...]

    def symbols(self, z: np.ndarray) -> np.ndarray:
        """The nearest points, (N, width) -> int64 (N, width), from 0 at the `lowest`."""
        return np.rint(z / self.step).clip(self.lowest, self.highest).astype(np.int64) - self.lowest

    def values(self, symbols: np.ndarray) -> np.ndarray:
        """Where they lie: float32 (N, width)."""
        return ((symbols + self.lowest) * self.step).astype(np.float32)

    def normal(self) -> Static:
        """What N(0, 1), the prior, has between a point and its neighbours' middles; the ends have all beyond."""
        found = []
        for step, low, high in zip(self.step, self.lowest, self.highest, strict=True):
            edges = np.r_[-np.inf, (np.arange(low, high) + 0.5) * step, np.inf]
            below = np.where(edges[:-1] > 0, norm.sf(edges[:-1]) - norm.sf(edges[1:]), np.diff(norm.cdf(edges)))
            found.append(np.maximum(below, np.finfo(np.float32).tiny))
        return Static(found)

    def frequency(self) -> Static:
        """As often as training images use each point: the aggregated posterior, a dimension at a time."""
        return entropy_models.by_frequency(self.counts)


@torch.inference_mode()
def fit(net: Net, images: np.ndarray) -> Quantiser:
    """A grid for a net with a Gaussian posterior, in eval mode, from training images, uint8 (N, 3, 32, 32)."""
    posteriors = [net.encode(x) for x in to_float(images).split(quality.BATCH)]
    mean = torch.cat([q.mode() for q in posteriors]).numpy().astype(np.float64)
    std = torch.cat([q.std.broadcast_to(q.mode().shape) for q in posteriors]).numpy().astype(np.float64)
    noise = np.sqrt(np.square(std).mean(axis=0))
    few = to_float(images[:_COMPARED])
    generator = torch.Generator().manual_seed(_SEED)
    eps = torch.randn((len(few), mean.shape[1]), generator=generator).numpy()
    wanted = _mse(net, few, mean[: len(few)] + std[: len(few)] * eps)
    low, high = math.log(1 / 4), math.log(4)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        grid = _grid(math.exp(middle) * noise, mean)
        too_coarse = _mse(net, few, grid.values(grid.symbols(mean[: len(few)]))) > wanted
        low, high = (low, middle) if too_coarse else (middle, high)
    return _grid(math.exp(low) * noise, mean)


def _grid(noise: np.ndarray, mean: np.ndarray) -> Quantiser:
    """With the step that errs as such noise does, and a point more at either end than means, (N, width), ask for."""
    step = math.sqrt(12) * np.maximum(noise, 1e-6)
    at = np.rint(mean / step).astype(np.int64)
    lowest, highest = at.min(axis=0) - 1, at.max(axis=0) + 1
    sizes = (highest - lowest + 1).tolist()
    counts = tuple(np.bincount(column, minlength=size) for column, size in zip((at - lowest).T, sizes, strict=True))
    return Quantiser(step, lowest, highest, counts)


def _mse(net: Net, x: Tensor, z: np.ndarray) -> float:
    parts = torch.from_numpy(z.astype(np.float32)).split(quality.BATCH)
    decoded = torch.cat([net.decode(part) for part in parts]).clamp(0, 1)
    return float((decoded - x).square().mean())

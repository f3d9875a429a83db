"""Which training images are nearest to a picture, and whether that is nearer than pictures are that nobody copied.

Nearest by pixels says little of what a picture shows: a blurred one is near to many. So there are both, by pixels and
by features, and for either a yardstick: how far held-out images are from their nearest training image.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

COUNT = 3  # neighbours that are found
_BLOCK = 4_000  # training images compared at a time


class Nearest(NamedTuple):
    """The nearest training images of N pictures.

    Parameters
    ----------
    indices : int64 array (N, COUNT)
        Into the training images that were given, nearest first.
    distances : float64 array (N, COUNT)
        Of features Euclidean; of pixels the root of the mean squared error, pixel scale 0..1.
    """

    indices: np.ndarray
    distances: np.ndarray


def by_features(features: np.ndarray, training: np.ndarray, count: int = COUNT) -> Nearest:
    """Of features (N, d) among those of training images (M, d)."""
    return _nearest(features, training, count, 1.0)


def by_pixels(pictures: np.ndarray, training: np.ndarray, count: int = COUNT) -> Nearest:
    """Of pictures, uint8 (N, 3, H, W), among training images, uint8 (M, 3, H, W)."""
    scale = 255 * float(np.sqrt(np.prod(pictures.shape[1:])))
    return _nearest(pictures.reshape(len(pictures), -1), training.reshape(len(training), -1), count, scale)


def closer_than(distances: np.ndarray, held_out: np.ndarray) -> np.ndarray:
    """Share, 0..1, of held-out images, whose distances to their nearest training image are given (m,), that are farther
    from it than each of some distances (n,): 1 for a copy, about a half for what is as new as a held-out image."""
    ordered = np.sort(held_out)
    return 1 - np.searchsorted(ordered, distances, side="right") / len(ordered)


def _nearest(queries: np.ndarray, training: np.ndarray, count: int, scale: float) -> Nearest:
    count = min(count, len(training))
    q = torch.from_numpy(queries.astype(np.float32))
    found_squares, found = torch.empty(len(q), 0), torch.empty(len(q), 0, dtype=torch.int64)
    for start in range(0, len(training), _BLOCK):
        block = torch.from_numpy(training[start : start + _BLOCK].astype(np.float32))
        squares = block.square().sum(1) - 2 * q @ block.T  # of the distance, but for the query's own square
        best = squares.topk(min(count, len(block)), dim=1, largest=False)
        found_squares = torch.cat([found_squares, best.values], 1)
        found = torch.cat([found, best.indices + start], 1)
        kept = found_squares.topk(min(count, found.shape[1]), dim=1, largest=False).indices
        found_squares, found = found_squares.gather(1, kept), found.gather(1, kept)
    indices = found.numpy()
    differences = training[indices].astype(np.float64) - queries[:, None].astype(np.float64)  # (N, count, d): exactly
    distances = np.sqrt(np.square(differences).sum(axis=2))
    order = np.argsort(distances, axis=1, kind="stable")
    return Nearest(np.take_along_axis(indices, order, 1), np.take_along_axis(distances, order, 1) / scale)

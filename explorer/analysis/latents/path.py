"""Ways over a plane, along lines through points; pure functions."""

from __future__ import annotations

import numpy as np

from explorer.errors import ExplorerError


def steps(points: np.ndarray, count: int) -> np.ndarray:
    """Places at equal distances along the line through points, both ends included.

    Parameters
    ----------
    points : float array (M, 2)
        At least two.
    count : int
        At least 2.

    Returns
    -------
    float64 array (count, 2)
        Distances are those along the line: two of them on both sides of a corner are nearer to each other.

    Raises
    ------
    ExplorerError
        If there are fewer points, or all are the same.
    """
    far = np.concatenate([[0.0], distances(points).cumsum()])
    if len(points) < 2 or not far[-1]:
        raise ExplorerError("a path needs two points that differ", "Set another one.")
    at = np.linspace(0.0, far[-1], count)
    return np.stack([np.interp(at, far, axis) for axis in np.asarray(points, np.float64).T], axis=1)


def distances(points: np.ndarray) -> np.ndarray:
    """From each of M points, (M, 2), to the next: (M - 1,)."""
    return np.linalg.norm(np.diff(np.asarray(points, np.float64), axis=0), axis=1)

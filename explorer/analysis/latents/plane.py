"""Two axes through a latent, on which every point can be decoded; pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.analysis.latents.cloud import Cloud
from explorer.errors import ExplorerError

_PARALLEL = 1e-5  # of the longer one's length: what is left of a direction beside another, if they are the same


@dataclass(frozen=True, eq=False)
class Plane:
    """Points origin + x u + y v; a point's coordinates on it are those of the nearest of these.

    Parameters
    ----------
    origin, u, v : float32 arrays (width,)
        The axes are of length 1, and at right angles.
    names : (str, str)
        Of the axes.
    """

    origin: np.ndarray
    u: np.ndarray
    v: np.ndarray
    names: tuple[str, str]

    def coordinates(self, z: np.ndarray) -> np.ndarray:
        """Where latents, float32 (..., width), lie on it: (..., 2)."""
        return (z - self.origin) @ np.stack([self.u, self.v], axis=1)

    def beside(self, z: np.ndarray) -> np.ndarray:
        """How far latents, float32 (N, width), lie from it: (N,).

        With this, the distance of each from any point of the plane is known: its square is that of `beside` and that
        between coordinates, added up.
        """
        away = z - self.origin
        return np.sqrt(np.maximum(0.0, np.square(away).sum(axis=1) - np.square(self.coordinates(z)).sum(axis=1)))

    def at(self, coordinates: np.ndarray) -> np.ndarray:
        """The latents at coordinates, float32 (..., 2): (..., width)."""
        return self.origin + coordinates[..., :1] * self.u + coordinates[..., 1:] * self.v


def principal(cloud: Cloud) -> Plane:
    """That which keeps most of the means' variance, through their mean."""
    mean = cloud.mu.mean(axis=0)
    centred = cloud.mu - mean
    _, axes = np.linalg.eigh(centred.T @ centred)
    share = np.square(centred @ axes[:, :-3:-1]).sum(axis=0) / max(float(np.square(centred).sum()), 1e-12)
    named = (f"principal direction {i + 1} ({100 * share[i]:.0f} % of the variance)" for i in range(2))
    return _plane(mean, _upward(axes[:, -1]), _upward(axes[:, -2]), (next(named), next(named)))


def of_classes(cloud: Cloud, labels: np.ndarray) -> Plane:
    """That which keeps most of the variance of the classes' means, through the mean of the images.

    Parameters
    ----------
    labels : int array (N,)
        Of three classes or more.

    Raises
    ------
    ExplorerError
        If there are fewer, or their means lie on one line.
    """
    mean = cloud.mu.mean(axis=0)
    of_each = np.stack([cloud.mu[labels == label].mean(axis=0) - mean for label in np.unique(labels)])
    weighted = of_each * np.sqrt(np.unique(labels, return_counts=True)[1])[:, None]
    _, axes = np.linalg.eigh(weighted.T @ weighted)
    if np.linalg.matrix_rank(weighted, tol=_PARALLEL * np.linalg.norm(weighted)) < 2:
        raise ExplorerError("The means of these classes lie on one line", "Choose another plane, or more images.")
    share = np.square(weighted @ axes[:, :-3:-1]).sum(axis=0) / np.square(weighted).sum()
    named = (
        f"where classes differ {how} ({100 * of:.0f} % of it)" for how, of in zip(("most", "next"), share, strict=True)
    )
    return _plane(mean, _upward(axes[:, -1]), _upward(axes[:, -2]), (next(named), next(named)))


def dimensions(cloud: Cloud, first: int, second: int) -> Plane:
    """Two columns of `cloud.mu`, through the mean of the images.

    Raises
    ------
    ExplorerError
        If they are the same one.
    """
    unit = np.eye(cloud.mu.shape[1], dtype=np.float32)
    return _plane(cloud.mu.mean(axis=0), unit[first], unit[second], (f"dimension {first}", f"dimension {second}"))


def through(z: np.ndarray, names: tuple[str, str, str]) -> Plane:
    """Through three latents, (3, width): from the first to the second, and from there to the third's side.

    Raises
    ------
    ExplorerError
        If they lie on one line.
    """
    first, second, third = names
    return _plane(z[0], z[1] - z[0], z[2] - z[0], (f"from {first} to {second}", f"towards {third}"))


def between_classes(cloud: Cloud, labels: np.ndarray, first: int, second: int, names: tuple[str, str]) -> Plane:
    """From the mean of one class to that of another, and across it where the images of both vary most.

    Parameters
    ----------
    labels : int array (N,)
    first, second : int
        Two of these, that some of the images bear each.
    names : (str, str)
        Of both classes.

    Raises
    ------
    ExplorerError
        If both means are the same.
    """
    a, b = (cloud.mu[labels == label] for label in (first, second))
    along = b.mean(axis=0) - a.mean(axis=0)
    length = float(np.linalg.norm(along))
    inside = np.concatenate([a - a.mean(axis=0), b - b.mean(axis=0)])
    inside -= np.outer(inside @ along, along) / max(length**2, 1e-12)
    _, axes = np.linalg.eigh(inside.T @ inside)
    origin = (a.mean(axis=0) + b.mean(axis=0)) / 2
    return _plane(
        origin, along, _upward(axes[:, -1]), (f"from {names[0]} to {names[1]}", "across, where both vary most")
    )


def _plane(origin: np.ndarray, along: np.ndarray, towards: np.ndarray, names: tuple[str, str]) -> Plane:
    u = along / max(float(np.linalg.norm(along)), 1e-12)
    v = towards - (towards @ u) * u
    left = float(np.linalg.norm(v))
    if not np.linalg.norm(along) or left <= _PARALLEL * np.linalg.norm(towards):
        raise ExplorerError("these are no two directions of a plane", "Choose others, that differ.")
    return Plane(origin.astype(np.float32), u.astype(np.float32), (v / left).astype(np.float32), names)


def _upward(axis: np.ndarray) -> np.ndarray:
    """An eigenvector's sign is anybody's choice: the one in which its largest entry is positive."""
    return axis * np.sign(axis[np.abs(axis).argmax()])

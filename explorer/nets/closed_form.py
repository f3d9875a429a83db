"""Principal components of many images, exactly: one pass over them, then an eigenvalue decomposition."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import torch
from torch import Tensor

WAIT_S = 0.3  # seconds between two signs of life of the trainer while principal components are computed

_LARGEST_BATCH = 1024
_MIDDLE = 128


def principal_components(
    images: np.ndarray, batches: Sequence[np.ndarray]
) -> Generator[int, None, tuple[Tensor, Tensor, Tensor]]:
    """Mean, eigenvalues and components of some images.

    Parameters
    ----------
    images : uint8 array (N, 3, 32, 32), 0..255
    batches : sequence of int64 arrays (n,), n at most 1024
        Indices into `images`; they are read one by one.

    Yields
    ------
    int
        Batches read so far: after each, and every 0.3 s while their principal components are computed.

    Returns
    -------
    mean : float64 tensor (D,), on a pixel scale of 0..1
    eigenvalues : float64 tensor (D,), descending
    components : float64 tensor (D, D), a row each; fewer rows for fewer images in a single batch
    """
    if len(batches) == 1:
        found = decompose_few(images[batches[0]])
        yield 1
        return found
    moments = Moments(images[0].size)
    for done, indices in enumerate(batches, 1):
        moments.add(images[indices])
        yield done
    with ThreadPoolExecutor(1) as pool:  # it takes seconds, in which the trainer has to go on saying that it lives
        solving = pool.submit(decompose, moments.covariance)
        while not wait([solving], WAIT_S).done:
            yield len(batches)
    return moments.mean, *solving.result()


class Moments:
    """Mean and covariance of images, added a batch at a time, without rounding.

    float32 holds all whole numbers up to 2^24, and 1,024 products of pixel values less 128, each within 2^14, add up
    to no more: products of batches up to that size are exact in float32, at its speed, and add up in float64.

    Parameters
    ----------
    pixel_values : int
        D, of an image.
    """

    def __init__(self, pixel_values: int) -> None:
        self.count = 0
        self._sum = torch.zeros(pixel_values, dtype=torch.float64)
        self._products = torch.zeros(pixel_values, pixel_values, dtype=torch.float64)

    def add(self, images: np.ndarray) -> None:
        """Take in uint8 images (n, 3, H, W), n at most 1024."""
        if len(images) > _LARGEST_BATCH:
            raise ValueError(f"{len(images)} images at once, and at most {_LARGEST_BATCH} can be added up exactly")
        x = torch.from_numpy(images).flatten(1).float() - _MIDDLE  # (n, D)
        self.count += len(x)
        self._sum += x.sum(dim=0)
        self._products += x.T @ x

    @property
    def mean(self) -> Tensor:
        """float64 (D,), on a pixel scale of 0..1."""
        return (self._sum / self.count + _MIDDLE) / 255

    @property
    def covariance(self) -> Tensor:
        """float64 (D, D), of a pixel scale of 0..1: mean of products of deviations."""
        mean = self._sum / self.count
        return (self._products / self.count - torch.outer(mean, mean)) / 255**2


def decompose(covariance: Tensor) -> tuple[Tensor, Tensor]:
    """Principal components of a covariance, float64 (D, D).

    Returns
    -------
    eigenvalues : float64 tensor (D,)
        Descending; 0 where the numbers can't tell them from it.
    components : float64 tensor (D, D)
        A row each, of unit length.
    """
    eigenvalues, vectors = torch.linalg.eigh(covariance)
    return _settled(eigenvalues.flip(0)), _signed(vectors.T.flip(0))


def decompose_few(images: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
    """The same for uint8 images (n, 3, H, W), without their covariance: much faster where they are few.

    Returns
    -------
    mean : float64 tensor (D,), on a pixel scale of 0..1
    eigenvalues : float64 tensor (D,)
    components : float64 tensor (min(n, D), D)
    """
    x = torch.from_numpy(images).flatten(1).double() / 255  # (n, D)
    mean = x.mean(dim=0)
    _, singular, components = torch.linalg.svd(x - mean, full_matrices=False)
    eigenvalues = torch.zeros_like(mean)
    eigenvalues[: len(singular)] = singular.square() / len(x)
    return mean, _settled(eigenvalues), _signed(components)


def _settled(eigenvalues: Tensor) -> Tensor:
    """Rounding errors around 0 set to 0, by the rule of numpy's matrix_rank."""
    smallest = eigenvalues[0] * len(eigenvalues) * torch.finfo(eigenvalues.dtype).eps
    return torch.where(eigenvalues > smallest, eigenvalues, 0.0)


def _signed(components: Tensor) -> Tensor:
    """Each row turned so that its largest element is positive: decompositions leave the sign open."""
    largest = components.gather(1, components.abs().argmax(dim=1, keepdim=True))
    return components * largest.sign()

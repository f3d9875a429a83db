"""What a net promises: all that pages, measures and the training loop know of one. `posterior` says what it returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.frontier import Frontier
from explorer.nets.family import Family
from explorer.nets.likelihood import Gaussian, Likelihood
from explorer.nets.posterior import Posterior, Statistics
from explorer.objective import Objective, objective

__all__ = ["Layer", "Net", "Posterior", "Statistics"]

Layer = nn.Linear | nn.Conv2d | nn.ConvTranspose2d


class Net(nn.Module, ABC):
    """An autoencoder of images.

    Parameters
    ----------
    latent_dim : int
        Latent dimensions of an image; of a net of codes, how many codes.
    **options
        What it was built with beside that, by the names in its record.

    Attributes
    ----------
    family : Family
        Its record.
    watched_betas : tuple of float
        Betas at which a run is measured beside its own; none for a net that knows no other.
    learns_spread : bool
        Whether the decoder says how sure it is of a pixel value, beside what it is likely to be.
    """

    family: ClassVar[Family]
    learns_spread: bool = False
    watched_betas: ClassVar[tuple[float, ...]] = ()

    def __init__(self, latent_dim: int, **options: Any) -> None:
        super().__init__()
        self.latent_dim, self.options = latent_dim, options

    @property
    def settings(self) -> dict[str, Any]:
        """What `nets.build` makes such a net from, JSON-ready: stands beside its weights wherever they are saved."""
        return {"family": self.family.key, "latent_dim": self.latent_dim, "options": dict(self.options)}

    @classmethod
    def settings_of(cls, weights: Mapping[str, Tensor], **asked: Any) -> tuple[int, dict[str, Any]]:
        """`latent_dim` and options of the net that weights from elsewhere are of, told by their names and shapes.

        `asked` are options that these don't tell. That all of them fit is another question.

        Raises
        ------
        ExplorerError
            If they are of no such net, or an option isn't told; or the family's nets aren't told by weights.
        """
        raise ExplorerError(f"{cls.family.title} can't be told by its weights", "Train it here.")

    @property
    def width(self) -> int:
        """Numbers in the latent of an image, as `decode` takes it."""
        return self.latent_dim

    @abstractmethod
    def encode(self, x: Tensor) -> Posterior:
        """Images (N, 3, 32, 32), 0..1 -> where they lie, with z of (N, width)."""

    @abstractmethod
    def decode(self, z: Tensor) -> Tensor:
        """Latents (N, width) -> images, float32 (N, 3, 32, 32), on a scale of 0..1 that they may leave a little."""

    def likelihood(self, z: Tensor, sigma: float | Tensor | None = None) -> Likelihood:
        """What latents (N, width) say of pixels: around `decode`, Gaussians of a standard deviation sigma.

        `sigma`, pixel scale 0..1, is one, or broadcasts to (N, 3, 32, 32); a net that `learns_spread` takes none.
        ExplorerError where there is none.
        """
        if sigma is None:
            raise ExplorerError(f"{self.family.title} says no spread of pixels", "Give a sigma.")
        return Gaussian(self.decode(z), sigma)

    def log_likelihood(self, x: Tensor, z: Tensor, sigma: float | Tensor | None = None) -> Tensor:
        """ln P(x | z) of images (N, 3, 32, 32), 0..1 in steps of 1/255, whose latents are (N, width): float64 (N,)."""
        return self.likelihood(z, sigma).log_mass(x).sum(dim=(1, 2, 3))

    def lookup(self, indices: Tensor) -> Tensor:
        """Codes int64 (N, latent_dim), 0..K-1 -> latents (N, width); ExplorerError if the family has no codes."""
        raise ExplorerError(f"{self.family.title} has no codes", "Choose a VQ-VAE.")

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Posterior]:
        """Images -> (reconstruction of one sample z, where they lie)."""
        posterior = self.encode(x)
        return self.decode(posterior.sample(generator)), posterior

    def loss(
        self,
        x: Tensor,
        beta: float,
        generator: torch.Generator | None = None,
        *,
        free_nats: float = 0.0,
        capacity: float | None = None,
    ) -> Objective:
        """A training batch through the net; `total` of what is returned is to be minimised.

        Parameters
        ----------
        x : float tensor (N, 3, 32, 32), 0..1
        beta, free_nats, capacity
            As of `Objective`.
        generator : torch.Generator, optional
            Of all that is drawn.
        """
        x_hat, posterior = self(x, generator)
        return objective(x, x_hat, posterior, beta, free_nats=free_nats, capacity=capacity)

    def prepare(self, images: np.ndarray, beta: float) -> None:
        """Begin as well as is known without training, for training images, uint8 (N, 3, 32, 32), 0..255, at a beta.

        Draws from torch's global generator. A net that starts from random weights does nothing.
        """

    def solve(self, images: np.ndarray, batches: Sequence[np.ndarray], beta: float) -> Iterator[int]:
        """Become the best net of its family at a beta, where that is known in closed form.

        Parameters
        ----------
        images : uint8 array (N, 3, 32, 32), 0..255
        batches : sequence of int64 arrays (n,)
            Indices into `images`; they are read one by one.
        beta : float

        Yields
        ------
        int
            Batches read so far; the net changes once the iterator is exhausted, and not before.

        Raises
        ------
        ExplorerError
            If the family is trained step by step, or there are too few images.
        """
        raise ExplorerError(f"{self.family.title} has no closed form", "Train it step by step.")

    def inner_layers(self) -> list[Layer]:
        """Those that neither read pixels nor z, nor write them: what Muon is for. Their weights are in `parameters`."""
        return []

    def at(self, beta: float | Tensor) -> Net:
        """What the net is at a beta, or where each image of a batch has its own, at these, (N,): weights are shared.

        The net itself, if it knows no other beta than the one that it was trained at.
        """
        return self

    def linear_frontier(self, beta: np.ndarray) -> Frontier:
        """What linear VAEs on the images that it was made for cost at betas, float array (n,), above 0.

        Raises
        ------
        ExplorerError
            If it doesn't know these images' principal components.
        """
        raise ExplorerError(f"{self.family.title} knows no linear frontier", "Choose a linear VAE.")

    def sample_prior(self, count: int, seed: int = 0) -> Tensor:
        """Draws of z from the prior that it is trained with, the same for the same seed: float32 (count, width).

        Raises
        ------
        ExplorerError
            If it has none.
        """
        if self.family.posterior != "gaussian":
            raise ExplorerError(f"{self.family.title} has no prior", "Fit one to encodings of images.")
        return torch.randn((count, self.latent_dim), generator=torch.Generator().manual_seed(seed))

"""A VAE's layers without the V: an image goes to a point, and nothing is paid for it.

Hinton and Salakhutdinov 2006, "Reducing the Dimensionality of Data with Neural Networks". No noise, no KL, no prior:
what it reconstructs says what those cost a VAE with the same layers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer import nets


class Point:
    """All of the probability at one latent: z, float32 (N, latent_dim)."""

    charge = 0.0

    def __init__(self, z: Tensor) -> None:
        self.z = z.float()

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """The point, (N, latent_dim)."""
        return self.z

    def mode(self) -> Tensor:
        """The point, (N, latent_dim)."""
        return self.z

    def kl(self) -> Tensor:
        """Infinitely many nats to any prior with a density, each image and dimension: (N, latent_dim)."""
        return torch.full_like(self.z, torch.inf)


class Autoencoder(nn.Module):
    """The layers of a VAE, of which logvar is not used.

    Parameters
    ----------
    latent_dim : int
        Latent dimensions, 2 to 512.
    trunk : str
        The family whose layers they are: one of `nets.TRUNKS`.
    norm : str
        Of the convolutional trunk.

    Raises
    ------
    ExplorerError
        If the trunk refuses its options.
    """

    def __init__(self, latent_dim: int = 128, trunk: str = "residual_vae", norm: str = "batch") -> None:
        super().__init__()
        self.latent_dim, self.family = latent_dim, nets.FAMILIES[trunk]
        options: dict[str, Any] = {"norm": norm} if "norm" in self.family.options else {}
        self.trunk = nets.build(trunk, latent_dim, **options)

    def inner_layers(self) -> list[nn.Module]:
        """The trunk's."""
        return self.trunk.inner_layers()  # type: ignore[operator]

    def prepare(self, images: np.ndarray, beta: float) -> None:
        """Begin as the principal components of some images, if the trunk can: uint8 (N, 3, 32, 32)."""
        if self.family.prepared:
            self.trunk.prepare(images, beta)  # type: ignore[operator]

    def encode(self, x: Tensor) -> Point:
        """Images (N, 3, 32, 32), 0..1 -> the trunk's mu, (N, latent_dim)."""
        return Point(self.trunk.encode(x).mode())  # type: ignore[operator]

    def decode(self, z: Tensor) -> Tensor:
        """Latents (N, latent_dim) -> images (N, 3, 32, 32), on the trunk's scale."""
        return self.trunk.decode(z)  # type: ignore[operator]

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Point]:
        """Images -> (reconstruction, its point)."""
        point = self.encode(x)
        return self.decode(point.z), point

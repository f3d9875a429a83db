"""A VAE's layers without the V: an image goes to a point, and nothing is paid for it.

Hinton and Salakhutdinov 2006, "Reducing the Dimensionality of Data with Neural Networks". No noise, no KL, no prior:
what it reconstructs says what those cost a VAE with the same layers.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.nets.base import Layer, Net
from explorer.nets.family import Family
from explorer.nets.posterior import Posterior, UnitStatistics
from explorer.nets.residual import ResidualVAE
from explorer.nets.vae import ConvolutionalVAE

FAMILY = Family(
    key="autoencoder",
    title="Autoencoder",
    net="Autoencoder",
    help="has no noise and no KL, and so no beta",
    colour="#7F8C99",
    marker="x",
    posterior="point",
    options={"trunk": ("residual_vae", "conv_vae"), "norm": ("batch", "group", "none")},
    presets={
        "autoencoder": {
            "title": "Autoencoder",
            "description": "The same layers without noise and without KL: what is left of the blur when nothing is "
            "paid for a latent of 128 numbers.",
            "question": "Nothing is paid for the latent, and the pictures are still soft. What softens them?",
            "settings": {"epochs": 1000, "max_steps": 600},
        }
    },
)


class Point(Posterior):
    """All of the probability at one latent: z, float32 (N, latent_dim)."""

    def __init__(self, z: Tensor) -> None:
        self.z = z.float()

    @property
    def std(self) -> Tensor:
        """0 everywhere, (N, latent_dim)."""
        return torch.zeros_like(self.z)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """The point, (N, latent_dim)."""
        return self.z

    def mode(self) -> Tensor:
        """The point, (N, latent_dim)."""
        return self.z

    def kl(self) -> Tensor:
        """Infinitely many nats to any prior with a density, each image and dimension: (N, latent_dim)."""
        return torch.full_like(self.z, torch.inf)

    def statistics(self) -> UnitStatistics:
        """As `Posterior.statistics`."""
        return UnitStatistics(self.z)


class Autoencoder(Net):
    """The layers of a VAE, of which logvar is not used.

    Parameters
    ----------
    latent_dim : int
        Latent dimensions, 2 to 512.
    trunk : str
        The family whose layers they are: "residual_vae" or "conv_vae".
    norm : str
        Of the convolutional trunk.

    Raises
    ------
    ExplorerError
        If there is no such trunk, or it refuses its options.
    """

    family = FAMILY

    def __init__(self, latent_dim: int = 128, trunk: str = "residual_vae", norm: str = "batch") -> None:
        super().__init__(latent_dim, trunk=trunk, norm=norm)
        if trunk not in FAMILY.options["trunk"]:
            raise ExplorerError(f"trunk is {trunk!r}", f"Choose one of: {', '.join(FAMILY.options['trunk'])}.")
        convolutional = trunk == "conv_vae"
        self.trunk = ConvolutionalVAE(latent_dim=latent_dim, norm=norm) if convolutional else ResidualVAE(latent_dim)

    def inner_layers(self) -> list[Layer]:
        """The trunk's."""
        return self.trunk.inner_layers()

    def prepare(self, images: np.ndarray, beta: float) -> None:
        """Begin as the principal components of some images, if the trunk can: uint8 (N, 3, 32, 32)."""
        self.trunk.prepare(images, beta)

    def encode(self, x: Tensor) -> Point:
        """Images (N, 3, 32, 32), 0..1 -> the trunk's mu, (N, latent_dim)."""
        return Point(self.trunk.encode(x).mode())

    def decode(self, z: Tensor) -> Tensor:
        """Latents (N, latent_dim) -> images (N, 3, 32, 32), on the trunk's scale."""
        return self.trunk.decode(z)

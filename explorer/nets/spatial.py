"""A VAE whose latent keeps the image's layout: C maps of 8x8, each cell about its own 4x4 pixels first.

Built like `explorer.nets.residual` and with as many parameters: it starts as the best VAE that is linear in each patch
of 4x4 pixels (the closed form of `explorer.nets.linear`, on the patches' principal components), and convolutions add
to what that says and paints. They see beyond a patch, so cells need not say twice what neighbours share.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer import units
from explorer.errors import ExplorerError
from explorer.nets.base import Layer, Net
from explorer.nets.family import CELLS, Family
from explorer.nets.gaussian import LOGVAR_BOUND, DiagonalGaussian
from explorer.nets.linear import optimum
from explorer.nets.residual import SKETCHED, Block, Repaint, zeroed

FAMILY = Family(
    key="spatial_vae",
    title="Spatial VAE",
    net="SpatialVAE",
    help="keeps the image's layout in its latent",
    colour="#56B4E9",
    marker="diamond",
    cells=64,
    presets={
        "spatial": {
            "title": "Spatial latent",
            "description": "A latent of 2 x 8 x 8 that keeps the image's layout, with as many parameters as Standard.",
            "question": "The latent knows where things are. Does it lose other details than Standard does?",
            "settings": {"epochs": 1000, "max_steps": 600},
        }
    },
)
PATCH = 4  # pixels a side of a cell
GRID = 32 // PATCH  # cells a side of an image
# Channels of the convolutions' features at 8 x 8 and at 4 x 4 positions. Most parameters belong to the latter, where a
# parameter costs the least: it is multiplied at 16 positions only.
_CHANNELS, _WIDE = 64, 224


class Context(nn.Module):
    """What cells learn from each other: half the resolution, a block that is wide there, and back; zero to start."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(_CHANNELS, _WIDE, 3, stride=2, padding=1)
        self.block = Block(_WIDE)
        self.up = zeroed(nn.Conv2d(_WIDE, _CHANNELS * 2**2, 1))

    def inner_layers(self) -> list[Layer]:
        """All of them."""
        return [self.down, self.block.convolution, self.block.pointwise, self.up]

    def forward(self, h: Tensor) -> Tensor:
        """(N, 64, 8, 8) -> (N, 64, 8, 8)."""
        return h + F.pixel_shuffle(self.up(self.block(F.gelu(self.down(h)))), 2)


class ReviseCells(nn.Module):
    """What convolutions add to what linear maps say of each cell: nothing, to start with."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, _CHANNELS // 2, 3, stride=2, padding=1)
        self.second = nn.Conv2d(_CHANNELS // 2, _CHANNELS, 3, stride=2, padding=1)
        self.context = Context()
        self.last = zeroed(nn.Conv2d(_CHANNELS, channels, 1))

    def inner_layers(self) -> list[Layer]:
        """All but the first."""
        return [self.second, *self.context.inner_layers(), self.last]

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, 3, 32, 32), 0..1 -> (N, channels, 8, 8), float32."""
        h = F.gelu(self.first(x - 0.5))  # (N, 32, 16, 16)
        h = F.gelu(self.second(h))  # (N, 64, 8, 8)
        return self.last(self.context(h)).float()


class PaintCells(nn.Module):
    """Cells to pictures: each its own patch, linearly; to start with, convolutions add nothing to that."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.patches = nn.ConvTranspose2d(channels, 3, PATCH, stride=PATCH)
        self.first = nn.Conv2d(channels, _CHANNELS, 3, padding=1)
        self.context = Context()
        self.last = zeroed(nn.Conv2d(_CHANNELS, 3 * PATCH**2, 1))
        self.repaint = Repaint()

    def inner_layers(self) -> list[Layer]:
        """Convolutions but for the first, which reads cells."""
        return [*self.context.inner_layers(), self.last, *self.repaint.inner_layers()]

    def forward(self, cells: Tensor) -> Tensor:
        """(N, channels, 8, 8) -> images (N, 3, 32, 32), float32, on a scale of 0..1 that they may leave a little."""
        h = self.context(F.gelu(self.first(cells)))
        painted = self.patches(cells) + F.pixel_shuffle(self.last(h), PATCH)
        return (painted + self.repaint(painted)).float()


class SpatialVAE(Net):
    """A VAE with convolutional mu and logvar.

    Parameters
    ----------
    latent_dim : int
        64 C, with C maps from 1 to 8; z is flat, the maps one after the other.

    Raises
    ------
    ExplorerError
        If it is another number.
    """

    family = FAMILY

    def __init__(self, latent_dim: int = 2 * CELLS) -> None:
        super().__init__(latent_dim)
        if latent_dim % CELLS or not CELLS <= latent_dim <= 8 * CELLS:
            raise ExplorerError(f"latent_dim is {latent_dim}", f"Choose a multiple of {CELLS} up to {8 * CELLS}.")
        maps = latent_dim // CELLS
        self.encoder = nn.Conv2d(3, maps, PATCH, stride=PATCH)  # to mu
        self.logvar = nn.Parameter(torch.zeros(maps, 1, 1))
        self.revise = ReviseCells(2 * maps)
        self.decoder = PaintCells(maps)

    def inner_layers(self) -> list[Layer]:
        """Convolutions and what they write, but for those that read pixels or z: what Muon is for."""
        return [*self.revise.inner_layers(), *self.decoder.inner_layers()]

    @torch.no_grad()
    def prepare(self, images: np.ndarray, beta: float) -> None:
        """Become the best VAE that is linear in each patch, for some images at a beta: uint8 (N, 3, 32, 32), 0..255."""
        maps = len(self.logvar)
        mean, of = patches(images)
        components, variance = principal_patches(of, maps)
        gain, w, logvar = optimum(variance, units.beta_to_sigma(beta, self.latent_dim) ** 2)
        read_patches(self.encoder, mean, gain[:, None] * components)
        self.logvar.copy_(logvar.clamp(min=-LOGVAR_BOUND)[:, None, None])
        paint_patches(self.decoder.patches, mean, w[:, None] * components)

    def encode(self, x: Tensor) -> DiagonalGaussian:
        """Images (N, 3, 32, 32), 0..1 -> q(z | x), with mu and logvar of (N, latent_dim)."""
        mu, logvar = self.revise(x).chunk(2, dim=1)
        mu, logvar = self.encoder(x).float() + mu, self.logvar + logvar  # (N, C, 8, 8)
        return DiagonalGaussian(mu.flatten(1), logvar.flatten(1))

    def decode(self, z: Tensor) -> Tensor:
        """Latents (N, latent_dim) -> images (N, 3, 32, 32), on a scale of 0..1 that they may leave a little."""
        return self.decoder(cells(z))


def cells(z: Tensor) -> Tensor:
    """Flat latents (N, C * 64) -> maps (N, C, 8, 8), channels last in memory."""
    return z.unflatten(1, (-1, GRID, GRID)).contiguous(memory_format=torch.channels_last)


def patches(images: np.ndarray) -> tuple[Tensor, Tensor]:
    """All patches of at most `SKETCHED` images, evenly spaced: uint8 (N, 3, 32, 32), 0..255.

    Returns
    -------
    mean : float32 (3,), of each colour, pixel scale 0..1
    patches : float32 (n * 64, 48), less that
    """
    few = torch.from_numpy(images[:: -(-len(images) // SKETCHED)]).float() / 255
    mean = few.mean(dim=(0, 2, 3))
    few -= mean[:, None, None]
    return mean, F.unfold(few, PATCH, stride=PATCH).transpose(1, 2).flatten(0, 1)


def principal_patches(of: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The largest principal components of patches (n, 48), rows of unit length (count, 48), and variances (count,)."""
    variance, components = torch.linalg.eigh(torch.cov(of.T, correction=0))  # in ascending order of variance
    return components.T.flip(0)[:count], variance.flip(0)[:count].clamp(min=0)


def read_patches(layer: nn.Conv2d, mean: Tensor, rows: Tensor) -> None:
    """Let a layer say (patch - mean) @ rows.T of each: (3,), (C, 48)."""
    weight = torch.empty_like(layer.weight).copy_(rows.view_as(layer.weight))  # keeps its memory layout: sums go by it
    layer.load_state_dict({"weight": weight, "bias": -weight.sum(dim=(2, 3)) @ mean})


def paint_patches(layer: nn.ConvTranspose2d, mean: Tensor, rows: Tensor) -> None:
    """Let a layer paint mean + cell @ rows: (3,), (C, 48)."""
    layer.load_state_dict({"weight": rows.view_as(layer.weight), "bias": mean})

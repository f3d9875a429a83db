"""A linear VAE that convolutions improve on: it starts as the best linear one, and only gains from there.

The idea of residual learning, He et al. 2016, "Deep Residual Learning for Image Recognition", with the closed form of
`explorer.nets.linear` as the shortcut; the last convolution starts at zero, as in Zhang et al. 2019, "Fixup
Initialization". Encoder and shortcut are linear maps and cost next to nothing, so nearly all of a step's work goes into
what a linear decoder can't do: guess the components of an image that its latent leaves out.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer import units
from explorer.nets.gaussian import LOGVAR_BOUND, DiagonalGaussian
from explorer.nets.linear import SHAPE, optimum

SKETCHED = 10_000  # images that the start is computed from: 40,000 gain nothing that the first steps don't
_OVERSAMPLING = 16  # components beyond those wanted: Halko et al. 2011, section 4.2, advise 5 to 10
_CHANNELS, _BLOCKS, _GROUPS = 32, 6, 8  # six blocks of 32 gain more in the same time than three of 48


class Block(nn.Module):
    """x + pointwise(gelu(convolution(norm(x)))), with the pointwise convolution at zero to start with."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(_GROUPS, channels)
        self.convolution = nn.Conv2d(channels, channels, 3, padding=1)
        self.pointwise = _zeroed(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return x + self.pointwise(F.gelu(self.convolution(self.norm(x))))


class ResidualVAE(nn.Module):
    """Linear encoder; a linear decoder whose picture convolutions repaint.

    Parameters
    ----------
    latent_dim : int
        Latent dimensions, 2 to 512.
    """

    def __init__(self, latent_dim: int = 128) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Linear(units.PIXEL_VALUES, latent_dim)  # mu
        self.logvar = nn.Parameter(torch.zeros(latent_dim))  # the same for every image
        self.decoder = nn.Linear(latent_dim, units.PIXEL_VALUES)
        self.repaint = nn.Sequential(  # (N, 3, 32, 32)
            nn.Conv2d(3, _CHANNELS, 2, stride=2),  # (N, 32, 16, 16)
            *(Block(_CHANNELS) for _ in range(_BLOCKS)),
            nn.GroupNorm(_GROUPS, _CHANNELS),
            _zeroed(nn.Conv2d(_CHANNELS, 3 * 2**2, 1)),  # (N, 12, 16, 16)
            nn.PixelShuffle(2),  # (N, 3, 32, 32)
        )

    def inner_layers(self) -> list[nn.Module]:
        """Those that neither read pixels or latents nor write them."""
        blocks = [module for module in self.modules() if isinstance(module, Block)]
        return [layer for block in blocks for layer in (block.convolution, block.pointwise)]

    @torch.no_grad()
    def prepare(self, images: np.ndarray, beta: float) -> None:
        """Become the linear VAE that is best for some images at a beta: uint8 (N, 3, 32, 32), 0..255.

        Its principal components come from a randomised singular value decomposition (Halko et al. 2011, "Finding
        Structure with Randomness") of at most `SKETCHED` images, evenly spaced, drawn from torch's global generator.
        """
        few = images[:: -(-len(images) // SKETCHED)]
        x = torch.from_numpy(few).flatten(1).float() / 255  # (n, D)
        mean = x.mean(dim=0)
        most = min(len(x), self.latent_dim + _OVERSAMPLING)
        _, singular, vectors = torch.svd_lowrank(x - mean, q=most, niter=2)
        known = min(most, self.latent_dim)  # fewer images than latent dimensions leave some at zero
        variance, components = torch.zeros(self.latent_dim), torch.zeros(self.latent_dim, x.shape[1])
        variance[:known] = singular[:known].square() / len(x)
        components[:known] = vectors[:, :known].T
        gain, w, logvar = optimum(variance, units.beta_to_sigma(beta, self.latent_dim) ** 2)
        self.encoder.weight.copy_(gain[:, None] * components)
        self.encoder.bias.copy_(-self.encoder.weight @ mean.to(self.encoder.weight))
        self.logvar.copy_(logvar.clamp(min=-LOGVAR_BOUND))
        self.decoder.weight.copy_((w[:, None] * components).T)
        self.decoder.bias.copy_(mean)

    def encode(self, x: Tensor) -> DiagonalGaussian:
        """Images (N, 3, 32, 32), 0..1 -> q(z | x), with mu and logvar of (N, latent_dim)."""
        mu = self.encoder(x.flatten(1))
        return DiagonalGaussian(mu, self.logvar.expand_as(mu))

    def decode(self, z: Tensor) -> Tensor:
        """Latents (N, latent_dim) -> images (N, 3, 32, 32), on a scale of 0..1 that they may leave a little."""
        painted = self.decoder(z).unflatten(1, SHAPE)
        return (painted + self.repaint(painted - 0.5)).float()

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, DiagonalGaussian]:
        """Images -> (reconstruction of one sample z, q(z | x))."""
        posterior = self.encode(x)
        return self.decode(posterior.sample(generator)), posterior


def _zeroed(layer: nn.Conv2d) -> nn.Conv2d:
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer

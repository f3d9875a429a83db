"""A linear VAE that convolutions improve on: it starts as the best linear one, and only gains from there.

The idea of residual learning, He et al. 2016, "Deep Residual Learning for Image Recognition", with the closed form of
`explorer.nets.linear` as the shortcut; the last layers of what is added start at zero, as in Zhang et al. 2019, "Fixup
Initialization", and so nothing needs a norm. The shortcut costs next to nothing, so nearly all of a step's work goes
into what linear maps can't do: say of each image how sure its latents are, and guess what they leave out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer import units
from explorer.errors import ExplorerError
from explorer.nets.base import Layer, Net
from explorer.nets.family import Family
from explorer.nets.gaussian import LOGVAR_BOUND, DiagonalGaussian
from explorer.nets.likelihood import SMALLEST_SIGMA, DiscretisedLogistic, Likelihood, logistic_log_mass
from explorer.nets.linear import SHAPE, optimum
from explorer.nets.refinement import checked_steps, correction, refined
from explorer.objective import Objective
from explorer.pixels import to_float

FAMILY = Family(
    key="residual_vae",
    title="Residual VAE",
    net="ResidualVAE",
    help="starts as the best linear VAE",
    colour="#0072B2",
    marker="circle",
    options={"likelihood": ("gaussian", "logistic"), "depth": (), "refinements": ()},
)
# Training images, evenly spaced, that principal components are estimated from, at most: a few seconds of work.
SKETCHED = 10_000
# Components computed beyond those wanted, which makes these more exact: Halko et al. 2011, section 4.2, advise 5 to 10.
_OVERSAMPLING = 16
# Channels and blocks of `Repaint`. They hardly matter: in 60 to 70 s of training each, twelve blocks of 32 channels
# came to a validation total of 0.00611, six of 32 to 0.00612, six of 48 to 0.00613 (docs/residual, one run each;
# differences below 0.00002 are noise). In as many steps 20 blocks come to 0.00606, ten to 0.00611 (docs/longer).
_CHANNELS, _BLOCKS = 32, 10
_SPREAD_OF = 1_000  # training images, evenly spaced, whose errors a decoder's spread begins with, at most
_LEAST_LOG_SCALE = -7.7  # an eighth of a level: that of PixelCNN++'s code, -7 where pixels are -1..1
_ENCODER_CHANNELS = (32, 64, 128)  # of the convolutions of `Revise`, at 16 x 16, 8 x 8 and 4 x 4 pixels

Zeroed = TypeVar("Zeroed", nn.Linear, nn.Conv2d)


class Modulation(nn.Module):
    """h (1 + scale) + shift for each channel, both linear in a condition, and zero to start with.

    Perez et al. 2018, "FiLM: Visual Reasoning with a General Conditioning Layer"; without a condition it does nothing.
    """

    def __init__(self, condition: int, channels: int) -> None:
        super().__init__()
        self.linear = zeroed(nn.Linear(condition, 2 * channels)) if condition else None

    def forward(self, h: Tensor, condition: Tensor | None) -> Tensor:
        """(N, C, H, W), and (N or 1, condition) or None -> (N, C, H, W)."""
        if self.linear is None:
            return h
        scale, shift = self.linear(condition)[..., None, None].chunk(2, dim=1)
        return torch.addcmul(h + shift, h, scale)

    def pulled_back(self, slope: Tensor, condition: Tensor | None) -> Tensor:
        """A slope on what it says, as one on h: (N, C, H, W)."""
        if self.linear is None:
            return slope
        scale, _ = self.linear(condition)[..., None, None].chunk(2, dim=1)
        return torch.addcmul(slope, slope, scale)


class Block(nn.Module):
    """x + pointwise(gelu(convolution(x))), with the pointwise convolution at zero to start with."""

    def __init__(self, channels: int, condition: int = 0) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, channels, 3, padding=1)
        self.modulation = Modulation(condition, channels)
        self.pointwise = zeroed(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return x + self.pointwise(self.modulation(F.gelu(self.convolution(x)), condition))

    def with_slope(self, x: Tensor, condition: Tensor | None = None) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """As `forward`, and what pulls a slope on that back to one on x."""
        read = self.convolution(x)

        def pull_back(slope: Tensor) -> Tensor:
            of_gelu = self.modulation.pulled_back(F.conv_transpose2d(slope, self.pointwise.weight), condition)
            of_read = torch.ops.aten.gelu_backward(of_gelu, read)
            return slope + F.conv_transpose2d(of_read, self.convolution.weight, padding=1)

        return x + self.pointwise(self.modulation(F.gelu(read), condition)), pull_back


class Repaint(nn.Module):
    """What convolutions make of a painted picture, C numbers for each of its pixels: zeros, to start with.

    `condition` is the width of a condition, `channels` C, `depth` the number of blocks.
    """

    def __init__(self, condition: int = 0, channels: int = 3, depth: int = _BLOCKS) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, _CHANNELS, 2, stride=2)
        self.blocks = nn.ModuleList(Block(_CHANNELS, condition) for _ in range(depth))
        self.last = zeroed(nn.Conv2d(_CHANNELS, channels * 2**2, 1))

    def inner_layers(self) -> list[Layer]:
        """All but the first.

        The last too: with Muon on it the validation total after 300 steps was 0.00621, with AdamW 0.00625
        (docs/residual, one run each).
        """
        return [*(m for m in self.blocks.modules() if isinstance(m, nn.Conv2d)), self.last]

    def forward(self, painted: Tensor, condition: Tensor | None = None) -> Tensor:
        """Images (N, 3, 32, 32), 0..1 -> what to add to them, or what else there is to say, (N, C, 32, 32)."""
        h = self.first(painted - 0.5)  # (N, 32, 16, 16)
        for block in self.blocks:
            h = block(h, condition)
        return F.pixel_shuffle(self.last(h), 2)  # (N, C, 32, 32)

    def with_slope(self, painted: Tensor, condition: Tensor | None = None) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """As `forward`, and what pulls a slope on that, (N, C, 32, 32), back to one on what is painted.

        What torch.func.vjp gives, in layers that a net can be exported with.
        """
        h, pulls = self.first(painted - 0.5), []  # (N, 32, 16, 16)
        for block in self.blocks:
            assert isinstance(block, Block)
            h, pull = block.with_slope(h, condition)
            pulls.append(pull)

        def pull_back(slope: Tensor) -> Tensor:
            slope = F.conv_transpose2d(F.pixel_unshuffle(slope, 2), self.last.weight)  # (N, 32, 16, 16)
            for pull in reversed(pulls):
                slope = pull(slope)
            return F.conv_transpose2d(slope, self.first.weight, stride=2)  # (N, 3, 32, 32)

        return F.pixel_shuffle(self.last(h), 2), pull_back  # (N, C, 32, 32)


class Revise(nn.Module):
    """What convolutions add to mu and logvar: nothing, to start with."""

    def __init__(self, latent_dim: int, condition: int = 0) -> None:
        super().__init__()
        widths = pairwise((3, *_ENCODER_CHANNELS))
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in widths)
        self.modulations = nn.ModuleList(Modulation(condition, width) for width in _ENCODER_CHANNELS)
        self.last = zeroed(nn.Linear(_ENCODER_CHANNELS[-1] * 4 * 4, 2 * latent_dim))

    def inner_layers(self) -> list[Layer]:
        """All but the first."""
        return [*(m for m in self.convolutions[1:].modules() if isinstance(m, nn.Conv2d)), self.last]

    def forward(self, x: Tensor, condition: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Images (N, 3, 32, 32), 0..1 -> two of (N, latent_dim), float32: for mu, for logvar."""
        h = x - 0.5
        for convolution, modulation in zip(self.convolutions, self.modulations, strict=True):
            h = modulation(F.gelu(convolution(h)), condition)  # (N, 32, 16, 16), (N, 64, 8, 8), (N, 128, 4, 4)
        mu, logvar = self.last(h.flatten(1)).float().chunk(2, dim=1)
        return mu, logvar


class ResidualVAE(Net):
    """Linear maps as encoder and decoder; convolutions revise what the one says, and repaint the other's picture.

    Parameters
    ----------
    latent_dim : int
        Latent dimensions, 2 to 512.
    likelihood : str
        Of pixels: "gaussian", of the same sigma everywhere, which beta stands for; or "logistic", discretised, of a
        scale that the decoder says for each pixel value. What is minimised then is the negative ELBO, whatever beta.
    depth : int
        Blocks that repaint, 1 to 40.
    refinements : int
        Steps by which the encoder corrects its guess (`explorer.nets.refinement`), 0 to 8, in training mode of every
        second image; of a Gaussian likelihood. What they need of beta is that of the last batch that it was trained
        on, or of `prepare`.

    Raises
    ------
    ExplorerError
        If there is no such likelihood, depth or number of steps.
    """

    family = FAMILY
    sigma: Tensor

    def __init__(
        self, latent_dim: int = 128, likelihood: str = "gaussian", depth: int = _BLOCKS, refinements: int = 0
    ) -> None:
        super().__init__(latent_dim, likelihood=likelihood, depth=depth, refinements=refinements)
        if likelihood not in FAMILY.options["likelihood"]:
            known = ", ".join(FAMILY.options["likelihood"])
            raise ExplorerError(f"likelihood is {likelihood!r}", f"Choose one of: {known}.")
        if not 1 <= depth <= 40:
            raise ExplorerError(f"depth is {depth}", "Choose a whole number from 1 to 40.")
        self.refinements = checked_steps(refinements)
        if refinements and likelihood != "gaussian":
            raise ExplorerError(
                f"refinements is {refinements} and the likelihood {likelihood}", "Choose gaussian, or 0."
            )
        self.learns_spread = likelihood == "logistic"
        self.encoder = nn.Linear(units.PIXEL_VALUES, latent_dim)  # to mu
        self.logvar = nn.Parameter(torch.zeros(latent_dim))
        self.revise = Revise(latent_dim)
        self.decoder = nn.Linear(latent_dim, units.PIXEL_VALUES)
        self.repaint = Repaint(channels=6 if self.learns_spread else 3, depth=depth)
        if self.learns_spread:
            self.log_scale = nn.Parameter(torch.zeros(3, 1, 1))
        if refinements:  # what they are down the slope of, as training has it: beta's, on pixels' scale of 0..1
            self.register_buffer("sigma", torch.tensor(units.beta_to_sigma(1e-3, latent_dim)))

    def inner_layers(self) -> list[Layer]:
        """Convolutions and what they write, but for those that read pixels: what Muon is for."""
        return [*self.revise.inner_layers(), *self.repaint.inner_layers()]

    @torch.no_grad()
    def prepare(self, images: np.ndarray, beta: float) -> None:
        """Become the linear VAE that is best for some images at a beta: uint8 (N, 3, 32, 32), 0..255."""
        found = principal(images, self.latent_dim)
        gain, w, logvar = optimum(found.variance, units.beta_to_sigma(beta, self.latent_dim) ** 2)
        self.encoder.weight.copy_(gain[:, None] * found.components)
        self.encoder.bias.copy_(-self.encoder.weight @ found.mean.to(self.encoder.weight))
        self.logvar.copy_(logvar.clamp(min=-LOGVAR_BOUND))
        self.decoder.weight.copy_((w[:, None] * found.components).T)
        self.decoder.bias.copy_(found.mean)
        self.refine_for(beta)
        if self.learns_spread:  # as wide as its errors
            x = to_float(images[:: -(-len(images) // _SPREAD_OF)])
            mse = (self.decode(self.encode(x).sample()) - x).square().mean(dim=(0, 2, 3))
            self.log_scale.copy_((mse.clamp(min=SMALLEST_SIGMA**2) * 3 / math.pi**2).log()[:, None, None] / 2)

    def encode(self, x: Tensor) -> DiagonalGaussian:
        """Images (N, 3, 32, 32), 0..1 -> q(z | x), with mu and logvar of (N, latent_dim)."""
        mu, logvar = self.revise(x)
        mu = self.encoder(x.flatten(1)).float() + mu
        if self.refinements:
            given = self.decode_with_slope, self.decoder.weight.square().sum(dim=0), self.sigma.square()
            mu = refined(mu, lambda of: correction(mu[of], x[of], *given, self.refinements), self.training)
        return DiagonalGaussian(mu, self.logvar + logvar)

    def decode(self, z: Tensor) -> Tensor:
        """Latents (N, latent_dim) -> images (N, 3, 32, 32), on a scale of 0..1 that they may leave a little."""
        painted = picture(self.decoder(z))
        return (painted + self.repaint(painted)[:, :3]).float()

    def decode_with_slope(self, z: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """As `decode`, and what pulls a slope on images, (N, 3, 32, 32), back to one on latents, (N, latent_dim)."""
        return painted_with_slope(self.decoder, self.repaint, z)

    def refine_for(self, beta: float) -> None:
        """Let the encoder's steps go down the slope of the objective at a beta."""
        if self.refinements:
            self.sigma.fill_(units.beta_to_sigma(beta, self.latent_dim))

    def likelihood(self, z: Tensor, sigma: float | Tensor | None = None) -> Likelihood:
        """As `Net.likelihood`."""
        if not self.learns_spread:
            return super().likelihood(z, sigma)
        if sigma is not None:
            raise ExplorerError("This decoder says itself how sure it is of each pixel value", "Give no sigma.")
        return DiscretisedLogistic(*self._logistic(z))

    def loss(
        self,
        x: Tensor,
        beta: float,
        generator: torch.Generator | None = None,
        *,
        free_nats: float = 0.0,
        capacity: float | None = None,
    ) -> Objective:
        """As `Net.loss`; of a decoder that learns its spread the negative ELBO.

        That is in nats an image, times 2 MSE / D, a number: so gradients, and their norm, are those of the objective of
        a Gaussian at the beta for which sigma squared is the MSE, if its spread is learnt no better than that.
        """
        self.refine_for(beta)
        if not self.learns_spread:
            return super().loss(x, beta, generator, free_nats=free_nats, capacity=capacity)
        posterior = self.encode(x)
        mean, log_scale = self._logistic(posterior.sample(generator))
        recon, kl = F.mse_loss(mean, x.float()), posterior.kl()
        nats = (kl.sum(dim=1) - logistic_log_mass(x.float(), mean, log_scale).sum(dim=(1, 2, 3))).mean()
        return Objective(recon, kl.mean(dim=0), beta, weighted=2 * recon.detach() / units.PIXEL_VALUES * nats)

    def _logistic(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Latents (N, latent_dim) -> means and logarithms of scales, float32 (N, 3, 32, 32)."""
        painted = picture(self.decoder(z))
        added, widened = self.repaint(painted).chunk(2, dim=1)
        return (painted + added).float(), (self.log_scale + widened.float()).clamp(min=_LEAST_LOG_SCALE)


class Principal(NamedTuple):
    """Principal components of images on a pixel scale of 0..1, float32.

    mean (D,); components (latent_dim, D), a row each; variance along each, (latent_dim,), and along all others.
    """

    mean: Tensor
    components: Tensor
    variance: Tensor
    left_out: float


def principal(images: np.ndarray, latent_dim: int) -> Principal:
    """The largest components of images, uint8 (N, 3, 32, 32), 0..255.

    A randomised singular value decomposition (Halko et al. 2011, "Finding Structure with Randomness") of at most
    `SKETCHED` of them, evenly spaced, drawn from torch's global generator.
    """
    few = images[:: -(-len(images) // SKETCHED)]
    x = torch.from_numpy(few).flatten(1).float() / 255  # (n, D)
    mean = x.mean(dim=0)
    x -= mean
    most = min(len(x), latent_dim + _OVERSAMPLING)
    _, singular, vectors = torch.svd_lowrank(x, q=most, niter=2)
    known = min(most, latent_dim)  # fewer images than latent dimensions leave some at zero
    variance, components = torch.zeros(latent_dim), torch.zeros(latent_dim, x.shape[1])
    variance[:known] = singular[:known].square() / len(x)
    components[:known] = vectors[:, :known].T
    whole = x.square().sum().item() / len(x)
    return Principal(mean, components, variance, max(0.0, whole - variance.sum().item()))


def painted_with_slope(
    decoder: nn.Linear, repaint: Repaint, z: Tensor, condition: Tensor | None = None
) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """What both paint of latents (N, latent_dim), float32, and what pulls a slope on that back to one on them."""
    painted = picture(decoder(z))
    added, pull_back = repaint.with_slope(painted, condition)

    def to_latents(slope: Tensor) -> Tensor:
        return ((slope + pull_back(slope)).flatten(1) @ decoder.weight).float()

    return (painted + added).float(), to_latents


def picture(pixel_values: Tensor) -> Tensor:
    """(N, D) -> (N, 3, 32, 32), channels last in memory, which convolutions are faster on."""
    return pixel_values.unflatten(1, SHAPE).contiguous(memory_format=torch.channels_last)


def zeroed(layer: Zeroed) -> Zeroed:
    """The layer, with weights and bias at zero."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer

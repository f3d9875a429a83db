"""One VAE for every beta: a network that is told beta, per image, and trained at all of them at once.

Dosovitskiy and Djolonga 2020, "You Only Train Once: Loss-Conditional Training of Deep Networks": beta is drawn
log-uniformly for each example, and features are scaled and shifted by functions of it (`residual.Modulation`). The
trunk is that of `explorer.nets.residual`. Its shortcut needs no training to know beta: the best linear VAE at any of
them is in closed form (`explorer.nets.linear.optimum`), so the net starts on the whole linear frontier at once, and
latent dimensions go dark one by one as beta rises because their components drown, not because a network learnt to.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from explorer import units
from explorer.devices import send
from explorer.frontier import Frontier, linear_frontier
from explorer.nets.base import Layer, Net
from explorer.nets.family import BETA_RANGE, Family
from explorer.nets.gaussian import LOGVAR_BOUND, DiagonalGaussian
from explorer.nets.linear import optimum
from explorer.nets.refinement import checked_steps, correction, refined
from explorer.nets.residual import Repaint, Revise, painted_with_slope, picture, principal, zeroed
from explorer.objective import Objective, objective, relative_total

FAMILY = Family(
    key="conditional_vae",
    title="Beta-conditioned VAE",
    net="ConditionalVAE",
    help="learns every beta at once, and beta is the one that is shown",
    colour="#CC79A7",
    marker="circle-open",
    conditional=True,
    options={"refinements": ()},
    presets={
        "conditional": {
            "title": "Every beta",
            "description": "One network for every beta from 1e-5 to 0.1: trained once, and a slider moves through all "
            "of them.",
            "question": "One network, and every beta on one curve: which beta would you choose, and for what?",
            "settings": {"epochs": 8},
        }
    },
)
_FEATURES = 64  # functions of log beta that a small network learns; every modulation is linear in them


class ConditionalVAE(Net):
    """A residual VAE whose encoder and decoder take beta beside the image, within `BETA_RANGE`.

    Which beta, `at` says; the notebook's 0.001 unless told.

    Buffers, of the training images on a pixel scale of 0..1: `variance` (latent_dim,) along the principal components,
    and `left_out` (), along all others together.

    Parameters
    ----------
    latent_dim : int
        Latent dimensions, 2 to 512.
    refinements : int
        As of `ResidualVAE`.
    """

    family = FAMILY
    watched_betas = (1e-4, 1e-3, 1e-2, 1e-1)
    variance: Tensor
    left_out: Tensor

    def __init__(self, latent_dim: int = 128, refinements: int = 0) -> None:
        super().__init__(latent_dim, refinements=refinements)
        self.refinements = checked_steps(refinements)
        self.beta = torch.tensor([1e-3])  # (1,), or (N,) for the images of a batch
        self._read: tuple[Tensor, tuple[int, int], tuple[np.ndarray, float]] | None = None  # see `_spectrum`
        self.register_buffer("variance", torch.zeros(latent_dim))
        self.register_buffer("left_out", torch.zeros(()))
        self.condition = nn.Sequential(
            nn.Linear(2, _FEATURES), nn.GELU(), nn.Linear(_FEATURES, _FEATURES), nn.GELU()
        )  # (N, 2) -> (N, 64)
        self.encoder = nn.Linear(units.PIXEL_VALUES, latent_dim)  # coordinates along components, each of variance 1
        self.posterior = zeroed(nn.Linear(_FEATURES, 2 * latent_dim))  # what beta adds to mu and logvar
        self.revise = Revise(latent_dim, _FEATURES)
        self.decoder = nn.Linear(latent_dim, units.PIXEL_VALUES)  # from coordinates along components
        self.gain = zeroed(nn.Linear(_FEATURES, latent_dim))
        self.repaint = Repaint(_FEATURES)

    def inner_layers(self) -> list[Layer]:
        """As `ResidualVAE.inner_layers`."""
        return [*self.revise.inner_layers(), *self.repaint.inner_layers()]

    @torch.no_grad()
    def prepare(self, images: np.ndarray, beta: float) -> None:
        """Become the best linear VAE for some images at every beta: uint8 (N, 3, 32, 32). `beta` plays no part."""
        found = principal(images, self.latent_dim)
        deviation = found.variance.sqrt()[:, None]
        self.variance.copy_(found.variance)
        self.left_out.fill_(found.left_out)
        self.encoder.weight.copy_(torch.where(deviation > 0, found.components / deviation, 0.0))
        self.encoder.bias.copy_(-self.encoder.weight @ found.mean.to(self.encoder.weight))
        self.decoder.weight.copy_((deviation * found.components).T)
        self.decoder.bias.copy_(found.mean)

    def sample_beta(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """So many betas, log-uniform over `BETA_RANGE`: (count,), on the CPU."""
        low, high = map(math.log, BETA_RANGE)
        return torch.empty(count).uniform_(low, high, generator=generator).exp()

    def linear_total(self, beta: Tensor) -> Tensor:
        """Total of the best linear VAE on the images that it was prepared with: (N,) for (N,), on the CPU."""
        return torch.from_numpy(self.linear_frontier(beta.numpy()).total.astype(np.float32))

    def linear_frontier(self, beta: np.ndarray) -> Frontier:
        """As `Net.linear_frontier`, of the images that it was prepared with."""
        return linear_frontier(*self._spectrum(), beta)

    def _spectrum(self) -> tuple[np.ndarray, float]:
        """Variances and what is left out, on the CPU: each step asks, and a GPU is waited for only if they are new."""
        versions = self.variance._version, self.left_out._version
        if self._read is None or self._read[0] is not self.variance or self._read[1] != versions:
            self._read = self.variance, versions, (self.variance.cpu().numpy().copy(), self.left_out.item())
        return self._read[2]

    def loss(
        self,
        x: Tensor,
        beta: float,
        generator: torch.Generator | None = None,
        *,
        free_nats: float = 0.0,
        capacity: float | None = None,
    ) -> Objective:
        """As `Net.loss`, but each image has a beta of its own, drawn.

        What is minimised is the mean of totals over those of the best linear VAE at that beta, times the one at `beta`,
        so that gradients are as long as for other nets.
        """
        drawn = self.sample_beta(len(x), generator)
        reference = self.linear_total(torch.cat([drawn, drawn.new_tensor([beta])]))
        betas, references = send(torch.stack([drawn, reference[:-1]]), x.device)
        x_hat, posterior = self.at(betas)(x, generator)
        terms = objective(x, x_hat, posterior, beta, free_nats=free_nats, capacity=capacity)
        relative = relative_total(x, x_hat, posterior, betas, references)
        return replace(terms, weighted=relative * reference[-1])

    def encode(self, x: Tensor) -> DiagonalGaussian:
        """Images (N, 3, 32, 32), 0..1 -> q(z | x), with mu and logvar of (N, latent_dim)."""
        beta = self.beta.to(x.device)
        condition, (gain, w, logvar) = self._condition(beta), self._optimum(beta)
        more_gain, more_logvar = self.posterior(condition).float().chunk(2, dim=1)
        revised_mu, revised_logvar = self.revise(x, condition)
        mu = (gain + more_gain) * self.encoder(x.flatten(1)).float() + revised_mu
        if self.refinements:
            lengths = w + self.gain(condition).float()  # of the decoder's columns at each beta, in those of its weights

            def corrected(of: slice) -> Tensor:
                each = slice(None) if len(beta) == 1 else of
                length, given = lengths[each], condition[each]

                def decode_with_slope(z: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
                    x_hat, pull_back = painted_with_slope(self.decoder, self.repaint, length * z, given)
                    return x_hat, lambda slope: length * pull_back(slope)

                columns = length.square() * self.decoder.weight.square().sum(dim=0)
                variance = self._variance(beta[each])
                return correction(mu[of], x[of], decode_with_slope, columns, variance, self.refinements)

            mu = refined(mu, corrected, self.training)
        return DiagonalGaussian(mu, logvar.clamp(min=-LOGVAR_BOUND) + more_logvar + revised_logvar)

    def decode(self, z: Tensor) -> Tensor:
        """Latents (N, latent_dim) -> images (N, 3, 32, 32), on a scale of 0..1 that they may leave a little."""
        beta = self.beta.to(z.device)
        condition, (_, w, _) = self._condition(beta), self._optimum(beta)
        painted = picture(self.decoder((w + self.gain(condition).float()) * z))
        return (painted + self.repaint(painted, condition)).float()

    def at(self, beta: float | Tensor) -> ConditionalVAE:
        """As `Net.at`; outside of `BETA_RANGE` it does what it learnt at the nearer end."""
        there = copy.copy(self)  # its layers and buffers are the same objects
        there.beta = torch.as_tensor(beta, dtype=torch.float32).reshape(-1).clamp(*BETA_RANGE)
        return there

    def _condition(self, beta: Tensor) -> Tensor:
        low, high = map(math.log, BETA_RANGE)
        u = 2 * (beta.log() - low) / (high - low) - 1  # log beta, -1 at the lower end of its range, 1 at the upper
        return self.condition(torch.stack([u, u.square()], dim=1))

    def _optimum(self, beta: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """`linear.optimum` for coordinates of variance 1: three of (N, latent_dim)."""
        deviation = self.variance.sqrt()
        gain, w, logvar = optimum(self.variance, self._variance(beta))
        return gain * deviation, torch.where(deviation > 0, w / deviation, 0.0), logvar

    def _variance(self, beta: Tensor) -> Tensor:
        """Sigma squared of pixels, as `units.beta_to_sigma` has it: (N, 1) for (N,)."""
        return (units.PIXEL_VALUES / self.latent_dim / 2) * beta[:, None]

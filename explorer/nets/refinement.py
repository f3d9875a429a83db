"""An encoder that looks at what its decoder makes of its guess, and corrects it.

An encoder says where an image lies at one glance, and is wrong by what Cremer et al. 2018, "Inference Suboptimality in
Variational Autoencoders", call the amortisation gap. Steps of gradient descent on the image's own objective, through
the decoder, close it: Kim et al. 2018, "Semi-Amortized Variational Autoencoders". Two are most of it, since it is known
how far to go: were the decoder linear, with columns at right angles, the curvature along each latent would be that of
the linear VAE, and a step of one over it would be the last. (How much they gain: docs/refinement.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from explorer import units
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.objective import Objective

MOST = 8  # steps: the third gains a tenth of what the first does
_STEP = 0.5  # of the step that a linear decoder's curvature asks for; 0.7 goes too far where the decoder isn't linear


def checked_steps(steps: int) -> int:
    """So many steps; ExplorerError unless they are 0 to `MOST`."""
    if not 0 <= steps <= MOST:
        raise ExplorerError(f"refinements is {steps}", f"Choose a whole number from 0 to {MOST}.")
    return steps


@torch.no_grad()
def correction(
    mu: Tensor,
    x: Tensor,
    decode: Callable[[Tensor], Tensor],
    columns: Tensor,
    variance: float | Tensor,
    steps: int,
) -> Tensor:
    """What so many steps add to mu, (N, latent_dim), without a gradient of its own.

    Each is down the gradient of |x - decode(mu)|^2 / 2 + variance |mu|^2 / 2, which is the negative ELBO of a Gaussian
    decoder at the mean, times that variance.

    Parameters
    ----------
    mu : Tensor
        Of q(z | x), (N, latent_dim), float32.
    x : Tensor
        Images (N, 3, 32, 32), 0..1.
    decode : callable
        Latents -> images, float32.
    columns : Tensor
        Squared lengths of the linear part's columns, (latent_dim,) or (N, latent_dim).
    variance : float or Tensor
        Sigma squared of pixels, on their scale of 0..1: one, or (N, 1).
    steps : int
    """
    z = mu
    for _ in range(steps):
        x_hat, pull_back = torch.func.vjp(decode, z)
        (slope,) = pull_back(x_hat - x)
        z = z - _STEP * (slope + variance * z) / (columns + variance)
    return z - mu


class Refining(Net):
    """A net of one beta whose encoder may correct its guess.

    Parameters
    ----------
    refinements : int
        Steps, 0 to `MOST`.

    Attributes
    ----------
    sigma : Tensor
        Buffer (), if there are steps: what beta stands for on pixels' scale of 0..1, as last trained or prepared for.

    Raises
    ------
    ExplorerError
        If there can't be so many steps.
    """

    sigma: Tensor

    def __init__(self, latent_dim: int, *, refinements: int, **options: Any) -> None:
        super().__init__(latent_dim, refinements=refinements, **options)
        self.refinements = checked_steps(refinements)
        if refinements:
            self.register_buffer("sigma", torch.tensor(units.beta_to_sigma(1e-3, latent_dim)))

    def refine_for(self, beta: float) -> None:
        """Let steps go down the slope of the objective at a beta."""
        if self.refinements:
            self.sigma.fill_(units.beta_to_sigma(beta, self.latent_dim))

    def refined(self, mu: Tensor, x: Tensor, columns: Tensor) -> Tensor:
        """As `correction`, added to mu."""
        if not self.refinements:
            return mu
        return mu + correction(mu, x, self.decode, columns, self.sigma.square(), self.refinements)

    def loss(
        self,
        x: Tensor,
        beta: float,
        generator: torch.Generator | None = None,
        *,
        free_nats: float = 0.0,
        capacity: float | None = None,
    ) -> Objective:
        """As `Net.loss`."""
        self.refine_for(beta)
        return super().loss(x, beta, generator, free_nats=free_nats, capacity=capacity)

"""N(0, I): the prior that a VAE is trained with (Kingma and Welling 2014)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from explorer.priors.base import Label, Prior, Wish, noise
from explorer.priors.encodings import Encodings
from explorer.priors.record import PriorRecord

PRIOR = PriorRecord(
    key="normal",
    title="Standard normal",
    help="z from N(0, 1)",
    prior="Normal",
    colour="#8A9097",
    marker="circle",
    latents=("flat", "spatial"),
    given=True,
)


class Normal(Prior):
    """Each number of z from N(0, 1), whatever the others are. There is nothing to fit."""

    record = PRIOR

    def fit(self, encodings: Encodings, seed: int = 0) -> None:
        """Stay as it is."""

    def carry(self, start: Tensor, *, label: Label = None, guidance: float = 1.0, steps: int | None = None) -> Tensor:
        """As `Prior.carry`: noise is the latent."""
        self._heard(len(start), label, guidance, steps)
        return start

    def nats(self, encodings: Encodings, seed: int = 0) -> Tensor:
        """As `Prior.nats`."""
        z = encodings.sample(torch.Generator().manual_seed(seed))
        return (z.square() + math.log(2 * math.pi)).sum(dim=1) / 2

    def _draw(self, count: int, seed: int, wish: Wish) -> Tensor:
        return noise(count, self.shape.width, seed)

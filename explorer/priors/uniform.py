"""Each code as often as any other: the prior that a VQ-VAE is trained with (van den Oord et al. 2017, section 3.1)."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from explorer.priors.base import CodePrior, Wish, codes_of
from explorer.priors.encodings import Encodings
from explorer.priors.record import PriorRecord

PRIOR = PriorRecord(
    key="uniform",
    title="Uniform",
    help="each code as often as any other",
    prior="Uniform",
    colour="#915A74",
    marker="square",
    latents=("codes",),
    given=True,
)


class Uniform(CodePrior):
    """Each cell any of K codes, whatever the others are. There is nothing to fit."""

    record = PRIOR

    def fit(self, encodings: Encodings, seed: int = 0) -> None:
        """Stay as it is."""

    def nats(self, encodings: Encodings, seed: int = 0) -> Tensor:
        """As `Prior.nats`: log K a cell."""
        codes = codes_of(encodings)
        return torch.full((len(codes),), codes.shape[1] * math.log(self.shape.codes))

    def _draw(self, count: int, seed: int, wish: Wish) -> Tensor:
        alike = np.full(self.shape.codes, 1 / self.shape.codes)
        drawn = np.random.default_rng(seed).choice(len(alike), (count, self.shape.cells), p=alike)
        return torch.from_numpy(drawn)

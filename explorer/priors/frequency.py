"""Each code as often as images use it: what is known of codes one by one."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.nets.vq import code_counts
from explorer.priors.base import CodePrior, Wish, codes_of
from explorer.priors.encodings import Encodings
from explorer.priors.record import LatentShape, PriorRecord

PRIOR = PriorRecord(
    key="frequency",
    title="Frequency",
    help="each code as often as images use it",
    prior="Frequency",
    colour="#B671B7",
    marker="diamond",
    latents=("codes",),
)


class Frequency(CodePrior):
    """Each cell a code drawn by how often it is used, whatever the others are.

    Buffer: `counts` int64 (K,), over all cells of what it was fitted to.
    """

    record = PRIOR
    counts: Tensor

    def __init__(self, shape: LatentShape, classes: int = 0) -> None:
        super().__init__(shape, classes)
        self.register_buffer("counts", torch.ones(shape.codes, dtype=torch.int64))

    def fit(self, encodings: Encodings, seed: int = 0) -> None:
        """Count codes; ExplorerError if there are none."""
        if not len(encodings):
            raise ExplorerError("There are no images to count codes of", "Choose some.")
        self.counts.copy_(code_counts(codes_of(encodings), self.shape.codes))

    def nats(self, encodings: Encodings, seed: int = 0) -> Tensor:
        """As `Prior.nats`; infinite for codes that no image used."""
        cost = -(self.counts / self.counts.sum()).log()
        return cost[codes_of(encodings)].sum(dim=1)

    def _draw(self, count: int, seed: int, wish: Wish) -> Tensor:
        shares = self.counts.cpu().numpy() / self.counts.sum().item()
        drawn = np.random.default_rng(seed).choice(len(shares), (count, self.shape.cells), p=shares)
        return torch.from_numpy(drawn)

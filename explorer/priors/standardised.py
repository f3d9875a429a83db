"""What priors have in common that are learnt on latents of which each number has mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.priors.base import Prior
from explorer.priors.encodings import Encodings
from explorer.priors.record import LatentShape


class Standardised(Prior):
    """Buffers, float32 (width,): `centre` and `scale`, mean and standard deviation of each number of all z."""

    centre: Tensor
    scale: Tensor

    def __init__(self, shape: LatentShape, classes: int = 0, **options: Any) -> None:
        super().__init__(shape, classes, **options)
        self.register_buffer("centre", torch.zeros(shape.width))
        self.register_buffer("scale", torch.ones(shape.width))

    def prepare(self, encodings: Encodings, seed: int = 0) -> None:
        """Take the mean and deviation of one z of each; ExplorerError if there are fewer than two."""
        if len(encodings) < 2:
            raise ExplorerError(f"{len(encodings)} images to learn from", "It takes two at least.")
        z = encodings.sample(torch.Generator().manual_seed(seed))
        self.centre.copy_(z.mean(dim=0))
        self.scale.copy_(z.std(dim=0).clamp(min=1e-6))

    def standardise(self, z: Tensor) -> Tensor:
        """(N, width) -> (N, width), of mean 0 and variance 1."""
        return (z - self.centre) / self.scale

    def restore(self, x: Tensor) -> Tensor:
        """Back again."""
        return x * self.scale + self.centre

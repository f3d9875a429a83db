"""The aggregated posterior of some images: one of them, drawn by chance, and a z of its posterior.

Its samples are as good as the model's own reconstructions, and nothing new: what a prior could reach at best, not one.
Hoffman and Johnson 2016, "ELBO surgery"; Makhzani et al. 2016, "Adversarial Autoencoders", name it.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.priors.base import Prior, Wish, noise
from explorer.priors.encodings import Encodings
from explorer.priors.record import LatentShape, PriorRecord

PRIOR = PriorRecord(
    key="resampling",
    title="Aggregated posterior",
    help="z of a training image drawn by chance",
    prior="Resampling",
    colour="#3D9B76",
    marker="x",
    latents=("flat", "spatial", "point", "codes"),
    copies=True,
)


class Resampling(Prior):
    """What it was fitted to, again.

    Buffers, of N images once it is fitted: `mean` and `std` float32 (N, width), of codes their latents and 0.
    """

    record = PRIOR
    mean: Tensor
    std: Tensor

    def __init__(self, shape: LatentShape, classes: int = 0, images: int = 0) -> None:
        super().__init__(shape, classes, images=images)
        self.register_buffer("mean", torch.zeros(images, shape.width))
        self.register_buffer("std", torch.zeros(images, shape.width))

    def fit(self, encodings: Encodings, seed: int = 0) -> None:
        """Keep them; ExplorerError if there are none."""
        if not len(encodings):
            raise ExplorerError("There are no images to draw from", "Choose some.")
        self.options["images"] = len(encodings)
        self.mean, self.std = encodings.mean.clone(), encodings.std.clone()

    def _draw(self, count: int, seed: int, wish: Wish) -> Tensor:
        if not len(self.mean):
            raise ExplorerError(f"{self.record.title} knows no images yet", "Fit it to encodings.")
        which = torch.from_numpy(np.random.default_rng(seed).integers(len(self.mean), size=count))
        return self.mean[which] + self.std[which] * noise(count, self.shape.width, seed)

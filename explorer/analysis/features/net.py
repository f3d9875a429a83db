"""The net in whose features pictures are compared: a small classifier of CIFAR-10, trained by `studies.features`.

Shipped in `models/features/`: its card there says how it was trained, and how often it is right. Nothing is downloaded.
It is no Inception net, and has seen 40,000 images of ten classes: distances in its features compare models with each
other, not with numbers that papers report. These images have hardly any noise in them, since they went through JPEG,
and its first layer weighs fine detail as much as coarse: so noise that eyes hardly see, of 0.02 on a scale of 0..1,
moves its features as far as a blur that anyone sees, of one and a half pixels (docs/features).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)  # of CIFAR-10's training pixels, 0..1, by channel
STEM = 24  # channels of the first layer: patches of 2 x 2 pixels along their 12 principal axes, and the negatives
WIDTHS = (64, 128, 256)  # channels of the blocks; of the last one's are the features


class FeatureNet(nn.Module):
    """A convolutional net of seven layers; after Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU".

    Parameters
    ----------
    classes : int
    """

    mean: Tensor
    std: Tensor

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1))
        self.stem = nn.Sequential(nn.Conv2d(3, STEM, kernel_size=2), nn.ReLU())
        self.blocks = nn.ModuleList(_block(*ends) for ends in zip((STEM, *WIDTHS), WIDTHS, strict=False))
        self.head = nn.Linear(WIDTHS[-1], classes)

    def stages(self, x: Tensor) -> list[Tensor]:
        """What each block makes of images, float (N, 3, 32, 32), 0..1.

        (N, 64, 15, 15), (N, 128, 7, 7) and (N, 256, 3, 3), zero or more.
        """
        h = self.stem((x - self.mean) / self.std)  # (N, 24, 31, 31)
        found = []
        for block in self.blocks:
            h = block(h)
            found.append(h)
        return found

    def features(self, x: Tensor) -> Tensor:
        """Means over places of the last block's channels, of images as for `stages`: (N, 256)."""
        return self.stages(x)[-1].mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, classes)."""
        logits: Tensor = self.head(self.features(x))
        return logits


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.Conv2d(outputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )

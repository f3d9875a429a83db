"""What an encoder returns for a batch of images, and what can be said of many batches' together."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Self

import torch
from torch import Tensor

from explorer.in_use import active_units


class Posterior(ABC):
    """Where N images lie in a net's latent space; N may be 0."""

    @property
    @abstractmethod
    def std(self) -> Tensor:
        """Standard deviation of `sample` around `mode`, float32 (N, width); 0 where there is no other z to draw."""

    @abstractmethod
    def mode(self) -> Tensor:
        """The most probable z, to look at: float32 (N, width)."""

    @abstractmethod
    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """A z to train on: float32 (N, width), the same for the same state of the generator."""

    @abstractmethod
    def kl(self) -> Tensor:
        """What each image's latent costs, a column a latent: nats, float32 (N, latent_dim); infinite for a point."""

    @property
    def charge(self) -> Tensor | None:
        """What the objective adds beside reconstruction and KL, a scalar; None for a posterior without such a term."""
        return None

    @abstractmethod
    def statistics(self) -> Statistics:
        """What these images use of the latent; those of several batches add up."""


class Statistics(ABC):
    """How much of a latent many images use: `a.statistics() + b.statistics()` are those of both batches."""

    @abstractmethod
    def __add__(self, other: Self) -> Self: ...

    @property
    def active_units(self) -> int:
        """As of `explorer.in_use`; 0 where latents are codes."""
        return 0

    @property
    def code_counts(self) -> list[int]:
        """How often each of K codes was used; empty where latents aren't codes."""
        return []

    @property
    def codes_used(self) -> int | None:
        """Codes that were used at all, 0 to K; None where latents aren't codes."""
        return sum(count > 0 for count in self.code_counts) if self.code_counts else None

    @property
    def entropy(self) -> float | None:
        """Nats that a code takes if its frequency is known, 0 to log K; None where latents aren't codes."""
        counts = [count for count in self.code_counts if count]
        if not self.code_counts:
            return None
        return -sum(count / sum(counts) * math.log(count / sum(counts)) for count in counts)

    @property
    def perplexity(self) -> float | None:
        """How many codes, equally used, would carry as much: 1 to K; None where latents aren't codes."""
        return None if self.entropy is None else math.exp(self.entropy)


class UnitStatistics(Statistics):
    """Of latents that are vectors: how far each unit's mean varies.

    Parameters
    ----------
    mode : float tensor (N, width)
        The mean of each image's z.
    """

    def __init__(self, mode: Tensor) -> None:
        mode = mode.detach().cpu().double()  # there: not every GPU has float64
        self._count, self._sum, self._squares = len(mode), mode.sum(dim=0), mode.square().sum(dim=0)

    def __add__(self, other: Self) -> Self:
        both = object.__new__(type(self))
        both._count = self._count + other._count
        both._sum, both._squares = self._sum + other._sum, self._squares + other._squares
        return both

    @property
    def active_units(self) -> int:
        """As `Statistics.active_units`."""
        if not self._count:
            return 0
        variance = self._squares / self._count - (self._sum / self._count).square()
        return active_units(variance.numpy())

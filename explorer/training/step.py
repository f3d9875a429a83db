"""A step, whatever it trains: what it comes to, and how one is tried out before a run is trusted to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, Self

import torch
from torch import Tensor

from explorer.checkpoints import Trained


class Terms(Protocol):
    """What a step came to, as scalars on the device; they are the attributes that its `Taken` names."""

    @property
    def total(self) -> Tensor:
        """What is minimised."""

    def detach(self) -> Self:
        """The same numbers without their graph."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The same in numbers. Every field but `grad_norm` is a term.

    Parameters
    ----------
    total : float
        What was minimised.
    grad_norm : float
        Norm of the gradient before it was clipped.
    """

    total: float
    grad_norm: float

    @property
    def words(self) -> str:
        """The terms, for a person, should one be no number."""
        return f"loss {self.total:.4g}"


@dataclass(frozen=True)
class Tried:
    """How a step is tried out.

    Parameters
    ----------
    net : Net or Prior
    batch : callable (count, device, generator)
        So many examples of what steps take, on a device; which they are doesn't matter.
    total : callable (net, batch, generator)
        What is minimised, float scalar.
    look : callable (net, batch)
        Whatever a run does with the net between steps.
    """

    net: Trained
    batch: Callable[[int, torch.device, torch.Generator], Any]
    total: Callable[[Any, Any, torch.Generator], Tensor]
    look: Callable[[Any, Any], object]

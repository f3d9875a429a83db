"""The next step's batch, on its way while the device computes the step before it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


class Ahead:
    """Makes batches one step ahead where that gains something: on CUDA, whose copies go on beside what it computes.

    Parameters
    ----------
    make : callable
        The batch of a step, on the device.
    device : torch.device
    """

    def __init__(self, make: Callable[[int], Tensor], device: torch.device) -> None:
        self._make, self._device = make, device
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        self._made: tuple[int, Tensor] | None = None

    def start(self, step: int) -> None:
        """Begin with the batch of a step; returns at once."""
        if self._stream:
            with torch.cuda.stream(self._stream):
                self._made = step, self._make(step)

    def take(self, step: int) -> Tensor:
        """The batch of a step, whether it was begun with or not."""
        made, self._made = self._made, None
        if self._stream is None or made is None or made[0] != step:
            return self._make(step)
        computes = torch.cuda.current_stream(self._device)
        computes.wait_stream(self._stream)  # the GPU does; the CPU goes on
        made[1].record_stream(computes)  # else its memory could be given to the batch after it too early
        return made[1]

"""What steps came to: left on the device until somebody has to know, so that steps aren't waited for one by one."""

from __future__ import annotations

import math
import time
from dataclasses import fields

import torch
from torch import Tensor

from explorer.training.endings import DivergedError
from explorer.training.setup import Training
from explorer.training.step import Taken, Terms


class Tally:
    """Of the steps of a run since the last row of its log.

    Parameters
    ----------
    training : Training
    alone : bool
        Whether what it waits for the device is the run's own time, and no other's that is trained in step with it.
    """

    def __init__(self, training: Training, alone: bool = True) -> None:
        self._training, self._alone = training, alone
        self._terms = [f.name for f in fields(training.taken) if f.name != "grad_norm"]
        self._unread: list[tuple[int, Terms, Tensor]] = []
        self._read: list[Taken] = []

    def __bool__(self) -> bool:
        """Whether there was a step."""
        return bool(self._unread or self._read)

    def add(self, terms: Terms, grad_norm: Tensor) -> None:
        """The step just taken: terms of its batch, detached, and the gradient's norm.

        A schedule of beta that listens needs its numbers before the next step, and so are all read for it.
        """
        self._unread.append((self._training.step, terms, grad_norm))
        if not self._training.beta.foreseeable:
            self.read()

    def read(self) -> None:
        """Wait for the device, once, and tell the training what each step came to.

        Raises
        ------
        DivergedError
            Of the first step that came to no number. Steps have been taken after it, with weights that are worth
            nothing, and don't count: nothing of them may be kept.
        """
        if not self._unread:
            return
        steps, self._unread = self._unread, []
        started = time.monotonic()
        scalars = [scalar for _, t, norm in steps for scalar in (*(getattr(t, name) for name in self._terms), norm)]
        numbers = torch.stack(scalars).view(len(steps), -1).cpu().tolist()
        self._training.caught_up(time.monotonic() - started if self._alone else 0.0)
        for (step, *_), values in zip(steps, numbers, strict=True):
            taken = self._training.taken(**dict(zip((*self._terms, "grad_norm"), values, strict=True)))
            if not (math.isfinite(taken.total) and math.isfinite(taken.grad_norm)):
                self._training.step = step - 1
                raise DivergedError(step, f"{taken.words}, gradient norm {taken.grad_norm:.4g}")
            self._training.heed(taken)
            self._read.append(taken)

    def take(self) -> list[Taken]:
        """All steps since it was asked last; raises as `read`."""
        self.read()
        taken, self._read = self._read, []
        return taken

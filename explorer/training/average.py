"""An exponential average of a net's weights over its steps: what is measured, shown and kept in their place."""

from __future__ import annotations

import copy

import torch

from explorer.checkpoints import Trained


class Average:
    """Weights averaged as training goes on: Polyak and Juditsky 1992, "Acceleration of Stochastic Approximation".

    What nets keep in buffers is averaged too, but for counts, which are the newest.

    Parameters
    ----------
    of : Net or Prior
        As it is before a step. It moves on; the average follows with `update`.
    decay : float
        Weight of the past in a step, below 1. In step t it is (1 + t) / (10 + t) if that is less: so weights from
        before the first steps, which are worth little, are soon forgotten.

    Attributes
    ----------
    net : Net or Prior
        One of its own with the average as weights, in eval mode.
    """

    def __init__(self, of: Trained, decay: float) -> None:
        self.net, self._decay = copy.deepcopy(of).eval(), decay
        pairs = list(zip((*self.net.parameters(), *self.net.buffers()), (*of.parameters(), *of.buffers()), strict=True))
        self._moving = [(mine.detach(), theirs.detach()) for mine, theirs in pairs if mine.is_floating_point()]
        self._counts = [(mine, theirs) for mine, theirs in pairs if not mine.is_floating_point()]

    def update(self, step: int) -> None:
        """After a step, counted from 1."""
        decay = min(self._decay, (1 + step) / (10 + step))
        mine, theirs = zip(*self._moving, strict=True)
        torch._foreach_lerp_(mine, theirs, 1 - decay)
        for of_average, newest in self._counts:
            of_average.copy_(newest)

"""How the learning rate moves: a warm-up, then one of several decays."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from explorer.schedules.base import half_cosine, warmup

_STABLE = 0.8  # share of a run before "wsd" falls: Haegele et al. 2024 find the last fifth to be enough for that


class Decay(NamedTuple):
    """A shape that the learning rate falls in.

    Parameters
    ----------
    key : str
        What settings call it.
    factor : callable
        On the learning rate, from 1 at progress 0 towards 0 at progress 1 of the run.
    source : str
        The paper it is from.
    """

    key: str
    factor: Callable[[float], float]
    source: str = ""


DECAYS = {
    decay.key: decay
    for decay in (
        Decay("constant", lambda progress: 1.0),
        Decay("linear", lambda progress: 1.0 - progress),
        Decay("cosine", half_cosine, 'Loshchilov and Hutter 2017, "SGDR", eq. 5'),
        Decay(  # its name stands for: warm-up, stable, decay
            "wsd",
            lambda progress: min(1.0, (1.0 - progress) / (1.0 - _STABLE)),
            'Haegele et al. 2024, "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations"',
        ),
    )
}


class LearningRate:
    """The learning rate of one run.

    Parameters
    ----------
    learning_rate : float
        As in the settings. Attribute `base` is the same until a person changes it in flight: schedules multiply it.
    total_steps : int
        Length of the run.
    warmup_steps : int
        Over which it rises linearly, while it decays.
    decay : str
        Key of `DECAYS`.
    """

    def __init__(self, learning_rate: float, total_steps: int, *, warmup_steps: int = 0, decay: str = "constant"):
        self.start = self.base = learning_rate
        self.total_steps, self.warmup_steps, self.decay = total_steps, warmup_steps, DECAYS[decay]

    def factor(self, step: int) -> float:
        """At a step, 0-based, on every rate in the settings, Muon's too."""
        decayed = self.decay.factor(min(1.0, step / self.total_steps))
        return warmup(step, self.warmup_steps) * decayed * (self.base / self.start)

    def at(self, step: int) -> float:
        """The learning rate of a step, 0-based."""
        return self.start * self.factor(step)

"""What the person at the page wants of a running loop."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Control:
    """The wishes that hold now.

    Parameters
    ----------
    paused, stop : bool
    single_steps : int
        How many single steps were asked for since the training was started or resumed; taken while paused.
    beta, learning_rate : float or None
        New base values, that schedules multiply; None leaves the run's own.
    """

    paused: bool = False
    stop: bool = False
    single_steps: int = 0
    beta: float | None = None
    learning_rate: float | None = None

"""What takes the recorder's place in all ranks but the first, which write nothing: see `explorer.training.parallel`."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from explorer.runs import Run, State
from explorer.training import parallel
from explorer.training.setup import Training
from explorer.training.step import Terms
from explorer.training.tally import Tally


class Read(Run):
    """A run whose folder another process writes."""

    def write_environment(self, values: dict[str, Any]) -> None:
        """Nothing."""

    def resume_metrics(self, step: int) -> None:
        """Nothing."""

    def write_status(self, status: object, *, news: bool = False) -> None:
        """Nothing."""


class Follower:
    """As `Recorder`, of a rank that only takes steps.

    Parameters
    ----------
    training : Training

    Attributes
    ----------
    state : str
        "running" or "paused".
    """

    def __init__(self, training: Training) -> None:
        self.state: State = "running"
        self._training, self._tally = training, Tally(training)

    def begin(self) -> None:
        """Nothing."""

    def before_step(self, measure: bool = True) -> None:
        """Nothing."""

    def after_step(self, terms: Terms, grad_norm: Tensor) -> None:
        """A schedule that listens hears the same as the first rank's; raises as `Tally.read`."""
        if not self._training.beta.foreseeable:
            self._tally.add(terms, grad_norm)
            self._tally.take()

    def change(self, name: str, value: float) -> None:
        """Nothing."""

    def pause(self) -> None:
        self.state = "paused"

    def go_on(self, measure: bool = True) -> None:
        self.state = "running"

    def go_back(self) -> None:
        """After the last step, until the first rank has measured and written what it came to."""
        while True:
            parallel.wait_for_the_first()

    def checkpoint(self) -> None:
        """Nothing."""

    def beat(self, now: bool = False) -> None:
        """Nothing."""

    def end(self, state: State, error: object, stopped_early: object = None) -> None:
        """Nothing."""

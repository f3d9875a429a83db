"""How a run is doing, and whether its process lives."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

from explorer.processes import Process, life, signs

State = Literal["starting", "queued", "running", "paused", "finished", "stopped", "failed"]
ACTIVE: tuple[State, ...] = ("starting", "queued", "running", "paused")

# Seconds from a process's start to its first sign of life, at most; on a slow disk, imports alone take a few.
_START_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class RunError:
    """Why a run failed, and what can be done."""

    what: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.what}. {self.advice}".strip()


@dataclass(frozen=True)
class Status:
    """A run's state as of `heartbeat`.

    Parameters
    ----------
    state : str
        "starting", "queued", "running", "paused", "finished", "stopped" or "failed".
    step, total_steps, steps_per_epoch : int
        Optimiser steps taken, planned, and in a pass over the training images.
    images_per_s : float
    eta_s : float or None
        Seconds left at that rate.
    ahead : int
        Runs that stand before this one in line, while queued.
    heartbeat : float
        Unix time of the last sign of life.
    pid, pid_started, pid_ticks, machine, host
        The training process, as in `Process`; `pid` is 0 before there is one.
    asked_at : float
        Unix time at which somebody asked for the training: the order of the line.
    unheard_s : float or None
        Of a process that can't be seen from here, seconds for which nothing was heard of it while we listened.
    """

    state: State
    step: int = 0
    total_steps: int = 0
    steps_per_epoch: int = 0
    images_per_s: float = 0.0
    eta_s: float | None = None
    ahead: int = 0
    heartbeat: float = field(default_factory=time.time)
    pid: int = 0
    pid_started: float = 0.0
    pid_ticks: int = 0
    machine: str = ""
    host: str = ""
    error: RunError | None = None
    asked_at: float = field(default_factory=time.time)
    unheard_s: float | None = None

    @property
    def epoch(self) -> float:
        """Passes over the training images so far."""
        return self.step / self.steps_per_epoch if self.steps_per_epoch else 0.0

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def process(self) -> Process:
        """The one that trains, or waits."""
        return Process(self.pid, self.pid_started, self.pid_ticks, self.machine, self.host)

    def by(self, process: Process) -> Status:
        """The same of another training process."""
        return replace(
            self,
            pid=process.pid,
            pid_started=process.started,
            pid_ticks=process.ticks,
            machine=process.machine,
            host=process.host,
            unheard_s=None,
        )

    def to_json(self) -> dict[str, Any]:
        """All that lasts."""
        return {name: value for name, value in asdict(self).items() if name != "unheard_s"}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Status:
        """What `to_json` wrote; of anything else, "failed" that says so."""
        try:
            found = cls(**{**stored, "error": RunError(**stored["error"]) if stored["error"] else None})
            numbers = (found.step, found.total_steps, found.steps_per_epoch, found.images_per_s, found.eta_s or 0,
                       found.ahead, found.heartbeat, found.pid, found.pid_started, found.asked_at)  # fmt: skip
            if found.state not in get_args(State) or any(type(n) not in (int, float) for n in numbers):
                raise TypeError
            return found
        except (KeyError, TypeError):
            error = RunError("The run folder has no readable status.json", "Delete the run, or restore the file.")
            return cls("failed", error=error)

    def now(self, about: Hashable, pulse: Callable[[], Hashable]) -> Status:
        """The same, or "failed" where the process is gone without having said so.

        Parameters
        ----------
        about : hashable
            The run.
        pulse : callable
            Says something else than before when the process, which may be too busy to write a status, has said so.
        """
        if not self.active:
            return self
        if not self.pid:
            soon = time.time() - self.heartbeat < _START_TIMEOUT_S
            waited_s, expected = signs.look((about, "start"), self.heartbeat, soon)
            return self if expected and waited_s < _START_TIMEOUT_S else self._failed()
        found = life(self.process, about, lambda: (self.heartbeat, pulse()), self.heartbeat)
        seen = replace(self, unheard_s=found.silent_s)
        return seen if found.lives else seen._failed()

    def _failed(self) -> Status:
        if self.unheard_s is None or self.process.restarted:
            what = f"The training process ended at step {self.step:,} without saying why"
            advice = "It was killed, ran out of memory or found the disk full. Resume it from its last checkpoint."
        else:
            on = f" on {self.host}" if self.host else ""
            what = f"Nothing is heard any more of the training process{on}, after step {self.step:,}"
            advice = "If that machine sleeps or was cut off, it goes on by itself; if it is gone, resume the run here."
        return replace(self, state="failed", eta_s=None, error=RunError(what, advice))

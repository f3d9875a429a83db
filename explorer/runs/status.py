"""How a run is doing, and whether its process lives."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

import psutil

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
    images_read, images_to_read : int
        While images are read before the first step; none are to be read as long as they are counted, or at other times.
    eta_s : float or None
        Seconds left at that rate.
    ahead : int
        Runs that stand before this one in line, while queued.
    heartbeat : float
        Unix time of the last sign of life.
    pid, pid_started : int, float
        The training process and when it was created (pids are reused).
    asked_at : float
        Unix time at which somebody asked for the training: the order of the line.
    """

    state: State
    step: int = 0
    total_steps: int = 0
    steps_per_epoch: int = 0
    images_per_s: float = 0.0
    images_read: int = 0
    images_to_read: int = 0
    eta_s: float | None = None
    ahead: int = 0
    heartbeat: float = field(default_factory=time.time)
    pid: int = 0
    pid_started: float = 0.0
    error: RunError | None = None
    asked_at: float = field(default_factory=time.time)

    @property
    def epoch(self) -> float:
        """Passes over the training images so far."""
        return self.step / self.steps_per_epoch if self.steps_per_epoch else 0.0

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Status:
        """What `to_json` wrote; of anything else, "failed" that says so."""
        try:
            found = cls(**{**stored, "error": RunError(**stored["error"]) if stored["error"] else None})
            numbers = (found.step, found.total_steps, found.steps_per_epoch, found.images_per_s, found.eta_s or 0,
                       found.images_read, found.images_to_read,
                       found.ahead, found.heartbeat, found.pid, found.pid_started, found.asked_at)  # fmt: skip
            if found.state not in get_args(State) or any(type(n) not in (int, float) for n in numbers):
                raise TypeError
            return found
        except (KeyError, TypeError):
            error = RunError("The run folder has no readable status.json", "Delete the run, or restore the file.")
            return cls("failed", error=error)

    def now(self) -> Status:
        """The same, or "failed" where the process is gone without having said so."""
        if not self.active or _alive(self):
            return self
        what = f"The training process ended at step {self.step:,} without saying why"
        advice = "It was killed, ran out of memory or found the disk full. Resume it from its last checkpoint."
        return replace(self, state="failed", eta_s=None, error=RunError(what, advice))


def _alive(status: Status) -> bool:
    if not status.pid:
        return time.time() - status.heartbeat < _START_TIMEOUT_S
    return process_lives(status.pid, status.pid_started)


def process_lives(pid: int, started: float) -> bool:
    """Whether the process of that id, started at that Unix time, is there still: ids come again."""
    try:
        process = psutil.Process(pid)
        # create_time() is rounded differently by some kernels
        return abs(process.create_time() - started) < 2 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

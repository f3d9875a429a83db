"""How a run is doing, and whether its process lives."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, cast, get_args

import psutil

from explorer.errors import ExplorerError
from explorer.records import Record, quoted

State = Literal["starting", "queued", "running", "paused", "finished", "stopped", "failed"]
ACTIVE: tuple[State, ...] = ("starting", "queued", "running", "paused")

# Seconds from a process's start to its first sign of life, at most; on a slow disk, imports alone take a few.
_START_TIMEOUT_S = 30.0
_LONGEST_S = 1e11  # of any time in seconds, Unix time too
_LARGEST_PID = 2**32 - 1  # Windows' are of 32 bits
_LONGEST_ERROR = 2_000  # characters


@dataclass(frozen=True)
class RunError:
    """Why a run failed, and what can be done."""

    what: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.what}. {self.advice}".strip()

    @classmethod
    def from_json(cls, said: Record) -> RunError:
        """What a status says of it; ExplorerError where that is none. Lines of an error become one."""
        return cls(*(_one_line(said.values.get(name, "")) for name in ("what", "advice")))


def _one_line(text: Any) -> str:
    if not isinstance(text, str):
        raise ExplorerError(f"error says {quoted(text)}", "It must be text.")
    return " ".join("".join(c if c.isprintable() else " " for c in text[:_LONGEST_ERROR]).split())


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
        """What `to_json` wrote, whatever else stands there; of anything else, "failed" that says so."""
        try:
            if not stored:
                raise ExplorerError("The run folder has no readable status.json")
            said = Record(stored, "The run's status.json")
            state = cast("State", said.choice("state", get_args(State)))
            known = {name: read(said, name) for name, read in _READ.items() if name == "heartbeat" or said.has(name)}
            return cls(state, **known)
        except ExplorerError as e:
            return cls("failed", error=RunError(e.what, "Delete the run, or restore the file."))

    def now(self) -> Status:
        """The same, or "failed" where the process is gone without having said so."""
        if not self.active or _alive(self):
            return self
        what = f"The training process ended at step {self.step:,} without saying why"
        advice = "It was killed, ran out of memory or found the disk full. Resume it from its last checkpoint."
        return replace(self, state="failed", eta_s=None, error=RunError(what, advice))


def _count(said: Record, name: str) -> int:
    return said.whole(name)


def _seconds(said: Record, name: str) -> float:
    return said.number(name, 0.0, _LONGEST_S)


# What a status says beside its state; it may lack any of these but the heartbeat.
_READ: dict[str, Callable[[Record, str], Any]] = {
    "step": _count,
    "total_steps": _count,
    "steps_per_epoch": _count,
    "images_per_s": lambda said, name: said.number(name, 0.0),
    "eta_s": _seconds,
    "ahead": _count,
    "heartbeat": _seconds,
    "pid": lambda said, name: said.whole(name, 0, _LARGEST_PID),
    "pid_started": _seconds,
    "error": lambda said, name: RunError.from_json(said.record(name)),
    "asked_at": _seconds,
}


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

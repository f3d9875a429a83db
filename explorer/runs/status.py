"""How a run is doing, and whether its process lives."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, cast, get_args

from explorer.errors import ExplorerError
from explorer.processes import Process, life, signs
from explorer.records import Record, quoted

State = Literal["starting", "queued", "running", "paused", "finished", "stopped", "failed"]
ACTIVE: tuple[State, ...] = ("starting", "queued", "running", "paused")

# Seconds from a process's start to its first sign of life, at most; on a slow disk, imports alone take a few.
_START_TIMEOUT_S = 30.0
_LONGEST_S = 1e11  # of any time in seconds, Unix time too
LARGEST_PID = 2**32 - 1  # Windows' are of 32 bits
_LONGEST_ERROR, _LONGEST_NAME = 2_000, 200  # characters


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
    images_read, images_to_read : int
        While images are read before the first step; none are to be read as long as they are counted, or at other times.
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
    stopped_early : str
        Why its sweep ended it for good before its last step; "" if it didn't.
    unheard_s : float or None
        Of a process that can't be seen from here, seconds for which nothing was heard of it while we listened.
    lost : bool
        Whether it is "failed" because its process is gone without having said so.
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
    pid_ticks: int = 0
    machine: str = ""
    host: str = ""
    error: RunError | None = None
    asked_at: float = field(default_factory=time.time)
    stopped_early: str = ""
    unheard_s: float | None = None
    lost: bool = False

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

    @property
    def suspended(self) -> bool:
        """Whether its process can be seen from here, and somebody has stopped it for a while."""
        return self.active and self.pid > 0 and self.unheard_s is None and self.process.suspended

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
        return {name: value for name, value in asdict(self).items() if name not in ("unheard_s", "lost")}

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
            return cls("failed", error=RunError(e.what, "Resume the run, which writes it anew, or restore the file."))

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
        return replace(self, state="failed", eta_s=None, error=RunError(what, advice), lost=True)


def _count(said: Record, name: str) -> int:
    return said.whole(name)


def _seconds(said: Record, name: str) -> float:
    return said.number(name, 0.0, _LONGEST_S)


def _name(said: Record, name: str) -> str:
    return said.text(name, _LONGEST_NAME, empty=True)


# What a status says beside its state; it may lack any of these but the heartbeat.
_READ: dict[str, Callable[[Record, str], Any]] = {
    "step": _count,
    "total_steps": _count,
    "steps_per_epoch": _count,
    "images_per_s": lambda said, name: said.number(name, 0.0),
    "images_read": _count,
    "images_to_read": _count,
    "eta_s": _seconds,
    "ahead": _count,
    "heartbeat": _seconds,
    "pid": lambda said, name: said.whole(name, 0, LARGEST_PID),
    "pid_started": _seconds,
    "pid_ticks": _count,
    "machine": _name,
    "host": _name,
    "error": lambda said, name: RunError.from_json(said.record(name)),
    "asked_at": _seconds,
    "stopped_early": lambda said, name: said.text(name, _LONGEST_ERROR, empty=True),
}

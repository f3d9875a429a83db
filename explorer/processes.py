"""Which process is meant, on whatever machine and for all time, and whether it lives.

An id alone doesn't say it: ids come again, each machine counts its own from its start on, and each container its own.
Nor does the time at which a process was started: on Linux that is found by today's clock, which somebody may have set.

A process that can be seen from here lives or doesn't. Of one that can't, on another machine over a share, or in another
container, nobody can tell; it lives as long as there are signs of it: anything that it changes now and then. When they
were made is asked of no clock, since two machines' may differ by hours: what counts is how long the last sign that was
seen has stayed the last one, on the clock of whoever looks.
"""

from __future__ import annotations

import os
import platform
import threading
import time
import uuid
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psutil

SILENT_S = 90.0  # without a sign, after which it is taken for gone: shares show changes up to 60 s late (man 5 nfs)
_OLD_S = 86_400.0  # of a last sign's age by the clock: so far no two clocks differ
_SAME_S = 2.0  # by which the start of one process may be told differently, as kernels round it
_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process among all that there ever were.

    Parameters
    ----------
    pid : int
    started : float
        Unix time at which it was created, by the clock as it was set when this was written down.
    ticks : int
        The same as Linux counts it, in clock ticks since the machine started; 0 elsewhere.
    machine : str
        Among which processes its id is counted: a machine from one of its starts to the next, or a container. Empty as
        earlier versions of this program wrote it down, and then taken for here.
    host : str
        What the machine is called.
    """

    pid: int
    started: float
    ticks: int = 0
    machine: str = ""
    host: str = ""

    @classmethod
    def of(cls, pid: int) -> Process:
        """A process of this machine; psutil.NoSuchProcess if there is none."""
        ticks = _ticks(pid)
        return cls(pid, psutil.Process(pid).create_time(), 0 if ticks is None else ticks, _machine(), platform.node())

    @classmethod
    def from_json(cls, stored: Any) -> Process | None:
        """What `dataclasses.asdict` made of one; None of anything else."""
        try:
            found = cls(**stored)
        except TypeError:
            return None
        whole = type(found.pid) is int and type(found.ticks) is int and isinstance(found.started, (int, float))
        return found if whole and isinstance(found.machine, str) and isinstance(found.host, str) else None

    @property
    def lives(self) -> bool | None:
        """Whether it is there; None if that can't be told from here."""
        if self.machine and self.machine != _machine():
            return None
        try:
            if not psutil.pid_exists(self.pid):
                return False
        except OverflowError:  # Windows' ids are larger than others'
            return False
        if self.ticks:
            found = _ticks(self.pid)
            return None if found is None else found == self.ticks > 0  # None: another user's, which may be hidden
        try:
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.started) < _SAME_S:
                return process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return None
        return False if self.machine else None  # earlier versions wrote down nothing that outlasts a clock that is set

    @property
    def suspended(self) -> bool:
        """Whether somebody has stopped it for a while, as far as can be seen from here."""
        try:
            return bool(self.lives) and psutil.Process(self.pid).status() == psutil.STATUS_STOPPED
        except psutil.Error:
            return False

    @property
    def restarted(self) -> bool:
        """Whether this machine, or container, seems to have started anew since: it is called as the process's was."""
        return bool(self.machine) and self.machine != _machine() and self.host == platform.node()


@dataclass(frozen=True)
class Life:
    """What is known of a process.

    Parameters
    ----------
    lives : bool
    silent_s : float or None
        Seconds for which there was no sign of it while we looked, if it is judged by those; None if it can be seen.
    """

    lives: bool
    silent_s: float | None = None


def life(process: Process, about: Hashable, sign: Callable[[], Hashable], at: float) -> Life:
    """Whether a process lives, by what can be seen of it, or else by its signs.

    Parameters
    ----------
    about : hashable
        What it is at, by which we know it again when we are asked the next time.
    sign : callable
        Says something else than before, if there was a sign in between.
    at : float
        Unix time of the last sign, roughly: by the clock of who made it.
    """
    lives = process.lives
    if lives is not None:
        return Life(lives)
    expected_at_first = not process.restarted and abs(time.time() - at) < _OLD_S
    silent_s, expected = signs.look((about, process), sign(), expected_at_first)
    return Life(expected and silent_s < SILENT_S, silent_s)


class Signs:
    """What was seen change, and when."""

    def __init__(self) -> None:
        self._last: dict[Hashable, tuple[Hashable, float, bool]] = {}
        self._lock = threading.Lock()

    def look(self, about: Hashable, sign: Hashable, at_first: bool) -> tuple[float, bool]:
        """Seconds for which a sign has been the last one, and whether another is to be expected.

        It is if one has come while we looked; or else if, `at_first`, it was to be.
        """
        now = time.monotonic()
        with self._lock:
            last, since, expected = self._last.get(about, (sign, now, at_first))
            if last != sign:
                since, expected = now, True
            self._last[about] = sign, since, expected
        return now - since, expected


signs = Signs()


@cache
def _machine() -> str:
    """See `Process.machine`."""
    try:
        start = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{start}/{os.stat(_PROC / 'self/ns/pid').st_ino}"  # man 7 pid_namespaces
    except OSError:  # another system, that tells no starts apart: there, a process's own does not move with the clock
        return f"{platform.node()}/{uuid.getnode():x}"


def _ticks(pid: int) -> int | None:
    """Clock ticks from the machine's start to a process's; -1 of one that has ended, None where that isn't told."""
    try:
        after_name = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        return -1 if after_name[0] in "ZX" else int(after_name[19])  # man 5 proc: fields 3 and 22
    except (OSError, ValueError, IndexError):
        return None

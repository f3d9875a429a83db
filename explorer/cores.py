"""How many cores this process may keep busy: what every pool of threads or workers goes by.

The machine's own count says it only where nobody shares the machine out. A container with 2 CPUs sees all 64 cores of
its host: so many threads wait for each other's turns, and each step takes many times longer.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path

import psutil

_THIS_PROCESS = Path("/proc/self")
_GROUP = re.compile(r"\d+:(?P<controllers>[^:]*):(?P<group>/.*)")  # man 7 cgroups
_MOUNT = re.compile(  # man 5 proc
    r"\S+ \S+ \S+ (?P<root>\S+) (?P<at>\S+) .*- (?P<system>cgroup2?) \S+ (?P<options>\S+)"
)


def allowed() -> int:
    """Cores that this process may use, 1 or more: those it may run on, or its share of their time if that is less."""
    return max(1, math.ceil(min(_usable(), quota())))


def threads(spare: int = 0) -> int:
    """Threads to compute with: the person's OMP_NUM_THREADS, or else one an allowed core, but for a few to `spare`."""
    asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()  # further numbers are of nested pools
    return int(asked) if asked.isdecimal() and int(asked) else max(1, allowed() - spare)


def told() -> str:
    """In words: "8 cores", or "2 of 64 cores" where more are there than are allowed."""
    there, count = psutil.cpu_count() or 1, allowed()
    return f"{there} cores" if count >= there else f"{count} of {there} cores"


def _usable() -> int:
    """Cores that it may run on: its affinity, which cpusets and taskset narrow."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    if hasattr(psutil.Process, "cpu_affinity"):  # Windows
        return len(psutil.Process().cpu_affinity())
    return os.cpu_count() or 1


def quota(process: Path = _THIS_PROCESS) -> float:
    """Cores' worth of time that a process's control groups leave it: the tightest of a group and those above; or inf.

    Both of Linux's hierarchies are looked at (man 7 cgroups), as far up as this container sees: the second's `cpu.max`
    and the first's `cpu.cfs_quota_us`, in µs of each period.

    Parameters
    ----------
    process : Path
        Its folder in /proc.
    """
    groups = (group for hierarchy in _hierarchies(process) for group in hierarchy)
    return min(map(_quota_of, groups), default=math.inf)


def _hierarchies(process: Path) -> Iterator[list[Path]]:
    """Folders of the process's group and all above it, for each mounted hierarchy that may have a quota."""
    within = dict[str, str]()  # a process's group, by its hierarchy's controllers: none are named of the second
    for found in filter(None, map(_GROUP.fullmatch, _lines(process / "cgroup"))):
        within |= dict.fromkeys(found["controllers"].split(","), found["group"])
    for found in filter(None, map(_MOUNT.fullmatch, _lines(process / "mountinfo"))):
        second = found["system"] == "cgroup2"
        if second or "cpu" in found["options"].split(","):
            root, at = _unescaped(found["root"]), _unescaped(found["at"])
            below = os.path.relpath(within.get("" if second else "cpu", "/"), root)
            # a container sees its part of the tree: from its own group on, if what is mounted isn't above that
            steps = [] if below.startswith("..") or below == "." else below.split("/")
            yield [Path(at, *steps[:depth]) for depth in range(len(steps) + 1)]


def _quota_of(group: Path) -> float:
    given, _, period = "".join(_lines(group / "cpu.max")).partition(" ")
    if not given:
        given, period = ("".join(_lines(group / f"cpu.cfs_{name}_us")) for name in ("quota", "period"))
    return int(given) / int(period) if given.isdecimal() and period.isdecimal() else math.inf  # none: "max" or -1


def _lines(path: Path) -> list[str]:
    """None of a file that isn't there, or that may not be read."""
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []


def _unescaped(word: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), word)

"""What is known of the folders in a folder, kept while they stay as they are: hundreds are listed at every rerun."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from explorer.files import COARSE_NS

S = TypeVar("S")
T = TypeVar("T")

RENEWED = 8  # entries that a look makes anew though nothing tells that they have changed: somebody may edit a file
# Seconds after which a look goes through all folders once more, at least; and for how many times as long as that took
# it does not: on some file systems, a folder doesn't show that something in it has come or gone.
_ALL_EVERY_S, _REST = 2.0, 20
_ROOTS = 8  # folders whose index is kept

_Stamp = tuple[int, int]


class Entry(Generic[S]):
    """One of the folders as it was at a look. Another entry takes its place as soon as it may have changed.

    Parameters
    ----------
    subject
        What the folder stands for.
    stamp : tuple of int
        Of the folder.
    stays : bool
        Whether a folder with the same stamp is sure to be as it was.
    moves : bool
        Whether it may change without its folder showing it.
    """

    __slots__ = ("_found", "moves", "stamp", "stays", "subject")

    def __init__(self, subject: S, stamp: _Stamp, stays: bool, moves: bool) -> None:
        self.subject, self.stamp, self.stays, self.moves = subject, stamp, stays, moves
        self._found: dict[Callable[[S], Any], Any] = {}

    def of(self, find: Callable[[S], T]) -> T:
        """What `find` says of the subject: it is asked once. What it raises is raised, and not kept."""
        if find not in self._found:
            self._found[find] = find(self.subject)
        return cast("T", self._found[find])


class Index(Generic[S]):
    """All folders in a folder but hidden ones. Any thread may ask.

    While the time of modification of the folder stays as it is, a look asks the system for that alone, and makes anew
    the entries that move and `RENEWED` others in turn. Who changes something in one of the others says so: `tell`. Of
    500 on a local disk such a look takes 0.1 ms, and one that goes through all 1 ms.

    Parameters
    ----------
    make : callable
        The path of a folder -> its subject.
    moves : callable
        Whether a subject changes by itself: every look asks for it anew.
    """

    def __init__(self, make: Callable[[Path], S], moves: Callable[[S], bool]) -> None:
        self._make, self._moves = make, moves
        self._looks: OrderedDict[Path, _Look[S]] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, root: Path) -> tuple[Entry[S], ...]:
        """Those in `root` by their names, the last one first; none where there is no such folder."""
        with self._lock:
            last = self._looks.setdefault(root, _Look())
            self._looks.move_to_end(root)
            if len(self._looks) > _ROOTS:
                self._looks.popitem(last=False)
        with last.lock:
            self._look(root, last)
            return last.entries

    def tell(self, root: Path) -> None:
        """Something in `root` was changed: who looks next sees it, in this process and in others."""
        with suppress(OSError):  # not ours: others see it when they go through all
            os.utime(root)
        with self._lock:
            last = self._looks.get(root)
        if last:
            with last.lock:
                last.stamp = None

    def _look(self, root: Path, last: _Look[S]) -> None:
        now, began = time.time_ns(), time.monotonic()
        try:
            stamp = _stamp(os.stat(root))
            if last.stamp is None or last.stamp != stamp or began > last.all_at:
                stamps = _stamps(root)
                last.names = sorted(stamps, reverse=True)
                last.all_at = time.monotonic() + max(_ALL_EVERY_S, _REST * (time.monotonic() - began))
            else:
                stamps = {name: entry.stamp for name, entry in last.by_name.items()}
        except (FileNotFoundError, NotADirectoryError):
            last.forget()
            return
        except OSError:  # a share that is away for a moment
            return
        last.stamp = stamp if _is_old(stamp, now) else None
        turn = {last.names[(last.turn + i) % len(last.names)] for i in range(min(RENEWED, len(last.names)))}
        last.turn += RENEWED
        before, last.by_name = last.by_name, {}
        for name in last.names:
            known = before.get(name)
            if known and known.stays and not known.moves and known.stamp == stamps[name] and name not in turn:
                last.by_name[name] = known
            elif entry := self._entry(root / name, now):
                last.by_name[name] = entry
        last.names = list(last.by_name)
        last.entries = tuple(last.by_name.values())

    def _entry(self, folder: Path, now: int) -> Entry[S] | None:
        try:
            found = os.stat(folder)
        except OSError:
            return None
        if not stat.S_ISDIR(found.st_mode):
            return None
        subject, stamp = self._make(folder), _stamp(found)
        return Entry(subject, stamp, _is_old(stamp, now), self._moves(subject))


class _Look(Generic[S]):
    """The last look at one folder."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.turn = 0
        self.forget()

    def forget(self) -> None:
        self.stamp: _Stamp | None = None  # None: what was found may be out of date
        self.all_at = 0.0  # of the monotonic clock
        self.names: list[str] = []
        self.by_name: dict[str, Entry[S]] = {}
        self.entries: tuple[Entry[S], ...] = ()


def _stamps(root: Path) -> dict[str, _Stamp]:
    found = {}
    with os.scandir(root) as folder:
        for one in folder:
            if not one.name.startswith("."):
                with suppress(OSError):  # gone since
                    found[one.name] = _stamp(one.stat())
    return found


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_mtime_ns, status.st_ino


def _is_old(stamp: _Stamp, now: int) -> bool:
    """Whether a later change has another stamp for sure: clocks of file systems are coarse."""
    return now - stamp[0] > COARSE_NS

"""A run's images while they are read, which takes minutes where they are many: how far that is, and how it is ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from explorer import progress
from explorer.data import load_image_set
from explorer.data.imageset import ImageSet
from explorer.runs import Run, Status
from explorer.training.endings import StopRequested

_SAY_EVERY_S = 1.0


class Reading:
    """Loads images, and says in the status of all runs that wait for them how many are read.

    Parameters
    ----------
    waiting : sequence of (Run, Status)
        What the process has said of each so far.
    stop_asked : callable
        Looked at once a second, beside control.json: if all are to stop, `StopRequested` is raised.
    """

    def __init__(self, waiting: Sequence[tuple[Run, Status]], stop_asked: Callable[[], bool]) -> None:
        self._waiting, self._stop_asked = waiting, stop_asked
        self._next_at = time.monotonic() + _SAY_EVERY_S
        self._line = progress.Line(_words, _SAY_EVERY_S)

    def load(self, source: str, path: str | None) -> ImageSet:
        """As `load_image_set`."""
        try:
            return load_image_set(source, path, watch=self.watch)
        finally:
            self._line.end()

    def watch(self, done: int, total: int) -> None:
        """Told how many of how many are read: says so, and raises `StopRequested` if all are to stop."""
        self._line.show(done, total)
        now = time.monotonic()
        if now < self._next_at:
            return
        self._next_at = now + _SAY_EVERY_S
        if self._stop_asked() or all(run.control().stop for run, _ in self._waiting):
            raise StopRequested
        for run, status in self._waiting:
            run.write_status(replace(status, images_read=done, images_to_read=total, heartbeat=time.time()), news=True)


def _words(done: int, total: int) -> str:
    return f"reading pictures: {done:,} of {total:,}" if total else f"counting pictures: {done:,}"

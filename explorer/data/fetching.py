"""The download of CIFAR-10 beside everything else: one at a time in a process, watched and cancelled from anywhere."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from explorer.data import download
from explorer.data.cifar10 import data_folder
from explorer.errors import ExplorerError

Fetch = Callable[[Path, Callable[[int, int], None], Callable[[], bool]], Path]

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_current: Fetching | None = None


class Fetching:
    """A download on a thread of its own.

    Attributes
    ----------
    done_bytes, total_bytes : int
        As far as it has come; the total is 0 until the server says it.
    error : ExplorerError or None
        Why it ended, if not well.
    """

    def __init__(self, folder: Path, fetch: Fetch) -> None:
        self.done_bytes = self.total_bytes = 0
        self.error: ExplorerError | None = None
        self._folder, self._fetch = folder, fetch
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cifar-10 download", daemon=True)

    @property
    def active(self) -> bool:
        return self._thread.is_alive()

    @property
    def cancelling(self) -> bool:
        return self._cancelled.is_set() and self.active

    @property
    def succeeded(self) -> bool:
        return not self.active and self.error is None

    def cancel(self) -> None:
        """Ask it to stop; it does at the next bytes that arrive, or when it gives up waiting for them."""
        self._cancelled.set()

    def wait(self, timeout_s: float) -> None:
        """Return when it has ended, or after `timeout_s`."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._fetch(self._folder, self._progress, self._cancelled.is_set)
        except ExplorerError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - this thread's last word: it must not pass for a download that succeeded
            _log.exception("the download of CIFAR-10 failed")
            self.error = ExplorerError(f"The download failed: {error!r}", "Try again; the log has more of it.")

    def _progress(self, done: int, total: int) -> None:
        self.done_bytes, self.total_bytes = done, total


def current() -> Fetching | None:
    """The download that runs, or the last one that did; None before the first."""
    return _current


def start(fetch: Fetch = download.download) -> Fetching:
    """Begin a download to where `cifar10.find` looks; if one runs already, that one is returned."""
    global _current
    with _lock:
        if _current is None or not _current.active:
            _current = Fetching(data_folder(), fetch)
            _current._thread.start()
        return _current

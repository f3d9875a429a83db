"""Images that take minutes to read, read beside everything else: each set once, watched and stopped from anywhere."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from explorer.data import load_image_set
from explorer.data.imageset import ImageSet
from explorer.errors import ExplorerError

MOST_BYTES = 1 << 30  # of pixels that are kept in memory, beside those that were asked for last
MOST = 4  # sets that are kept
_SHORT_S = 2.0  # seconds: what failed so soon is tried again unasked
_PACE_S = 10.0  # seconds that the time left goes by

Load = Callable[[str, str, Callable[[int, int], None]], ImageSet]  # a source, a path, and how far it is


class _CancelledError(Exception):
    """Ends a reading that was cancelled."""


class Loading:
    """A set of images on its way, on a thread of its own.

    Attributes
    ----------
    id : str
        Says nothing of where the images lie.
    done, total : int
        Images that were read, and all; the total is 0 as long as they are counted.
    error : Exception or None
        Why it ended, if not well.
    cancelled : bool
        Whether it ended because somebody asked it to.
    """

    def __init__(self, source: str, path: str, load: Load) -> None:
        self.id = hashlib.sha256(f"{source} {path}".encode(errors="replace")).hexdigest()[:16]
        self.done = self.total = 0
        self.error: Exception | None = None
        self.cancelled = False
        self._of, self._load = (source, path), load
        self._images: ImageSet | None = None
        self._cancel = threading.Event()
        self._began, self._lasted_s = time.monotonic(), 0.0
        self._pace: deque[tuple[float, int]] = deque()
        self._thread = threading.Thread(target=self._run, name=f"load {source}", daemon=True)
        self._thread.start()

    @property
    def active(self) -> bool:
        return self._thread.is_alive()

    @property
    def cancelling(self) -> bool:
        return self._cancel.is_set() and self.active

    @property
    def age_s(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    @property
    def bytes(self) -> int:
        """Of the pixels that it keeps in memory."""
        return self._images.images.nbytes if self._images else 0

    @property
    def left_s(self) -> float | None:
        """Seconds that are left at the pace of the last few; None before there is a pace."""
        pace = list(self._pace)
        if len(pace) < 2 or pace[-1][1] == pace[0][1]:
            return None
        (began, before), (now, done) = pace[0], pace[-1]
        return (self.total - done) * (now - began) / (done - before)

    def cancel(self) -> None:
        """Ask it to end; it does within a moment, and the next one goes on from there."""
        self._cancel.set()

    def wait(self, timeout_s: float | None = None) -> None:
        """Return when it has ended, or after `timeout_s`."""
        self._thread.join(timeout_s)

    def images(self) -> ImageSet:
        """What it has loaded, once it has; raises what ended it."""
        self.wait()
        if isinstance(self.error, ExplorerError):
            raise ExplorerError(self.error.what, self.error.advice)  # another one for each who asks
        if self.error:
            raise self.error
        assert self._images
        return self._images

    def _run(self) -> None:
        try:
            self._images = self._load(*self._of, self._watch)
            _ = self._images.digest  # everybody asks for it, and it takes a second for 600 MB
        except _CancelledError:
            self.cancelled = True
            where = f" at {self.done:,} of {self.total:,}" if self.total else ""
            self.error = ExplorerError(f"Reading was stopped{where}", "It goes on from there when you read on.")
        except Exception as error:  # noqa: BLE001 - raised again by who waits
            self.error = error
        self._lasted_s = self.age_s

    def _watch(self, done: int, total: int) -> None:
        if self._cancel.is_set():
            raise _CancelledError
        now = time.monotonic()
        if total != self.total or done < self.done:
            self._pace.clear()
        if not self._pace or now - self._pace[-1][0] > 0.2:
            self._pace.append((now, done))
            while now - self._pace[0][0] > _PACE_S:
                self._pace.popleft()
        self.done, self.total = done, total


_known: OrderedDict[tuple[str, str], Loading] = OrderedDict()  # those that were asked for last, last
_lock = threading.Lock()


def _load_watched(source: str, path: str, watch: Callable[[int, int], None]) -> ImageSet:
    return load_image_set(source, path, watch=watch)


def start(source: str, path: str, load: Load = _load_watched) -> Loading:
    """Begin to load images, unless they are on their way, or there.

    What failed after seconds or minutes, or was cancelled, stays so until `forget`.
    """
    with _lock:
        found = _known.get((source, path))
        if found is None or (not found.active and found.error and not found.cancelled and found._lasted_s < _SHORT_S):
            found = _known[source, path] = Loading(source, path, load)
        _known.move_to_end((source, path))
        _make_room()
        return found


def find(loading_id: str) -> Loading | None:
    """The one of an id, if it is known still."""
    return next((loading for loading in list(_known.values()) if loading.id == loading_id), None)


def forget(source: str, path: str) -> None:
    """Load images anew when they are asked for next; what is on its way goes on."""
    with _lock:
        if (found := _known.get((source, path))) and not found.active:
            del _known[source, path]


def _make_room() -> None:
    """Forget what was asked for longest ago, but not the last."""
    kept, size = 0, 0
    for key, loading in reversed(list(_known.items())[:-1]):
        kept, size = kept + 1, size + loading.bytes
        if not loading.active and (kept >= MOST or size > MOST_BYTES):
            del _known[key]

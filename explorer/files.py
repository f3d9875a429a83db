"""Files that others read while we write them, and files that we read while others write them."""

from __future__ import annotations

import errno
import json
import math
import os
import secrets
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")

MOST_BYTES = 64_000_000  # of a file that is read whole, if nothing else is said
COARSE_NS = 2_000_000_000  # ns by which clocks of file systems may be coarse: two writes within it can look alike


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A place beside `path` to write to, renamed onto it at the end: readers see the old file or the new one, whole.

    What was written of it is removed if that goes wrong.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, values: dict[str, Any], indent: int | None = None) -> None:
    """Replace a JSON file atomically; on one line, or with `indent` spaces a level."""
    with replacing(path) as temporary:
        temporary.write_text(dumps(values, indent) + "\n", encoding="utf-8")


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """What a file holds; OSError as `open` raises it, of one with more than `most` bytes, and of what is no file."""
    with open(path, "rb", opener=_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "It is no file", str(path))
        if len(content := file.read(most + 1)) > most:
            raise OSError(errno.EFBIG, f"It has more than {most:,} bytes", str(path))
        return content


def _at_once(path: str, flags: int) -> int:
    """Open, and don't wait for whoever is to write into a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object, in any encoding of Unicode; None where there is no file, or none that can be read as one."""
    try:
        found = json.loads(read_bytes(path))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def dumps(values: Any, indent: int | None = None) -> str:
    """JSON of `finite` values; on one line, or with `indent` spaces a level."""
    return json.dumps(finite(values), allow_nan=False, indent=indent)


def finite(values: Any) -> Any:
    """The same with None for NaN and infinity, which JSON does not know, and lists for tuples."""
    if isinstance(values, float) and not math.isfinite(values):
        return None
    if isinstance(values, dict):
        return {k: finite(v) for k, v in values.items()}
    return [finite(v) for v in values] if isinstance(values, (list, tuple)) else values


class Kept(Generic[T]):
    """What files say, read again only when they have changed. Any thread may ask; what it gets is not to be changed.

    A file has changed when its time of modification, its size or its inode has. A file that was modified in the last
    `COARSE_NS` before it was read is read once more the next time: it may have changed again within the same tick of
    the file system's clock.

    Parameters
    ----------
    read : callable
        (path, *key) -> what a file says, of values that don't change. What it raises is raised, and not kept.
    most : int
        Files that are kept; the one that was asked for longest ago goes first.
    """

    def __init__(self, read: Callable[..., T], most: int = 4096) -> None:
        self._read, self._most = read, most
        self._known: OrderedDict[Hashable, tuple[tuple[_Stamp | None, ...], T]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, path: Path, *key: Hashable, beside: Sequence[str] = ()) -> T:
        """What the file says, and those `beside` it that `read` looks at too, and may find missing.

        Of a folder counts which files are in it, not what they say.
        """
        of, now = (path, *key), time.time_ns()
        stamps = (_stamp(path), *map(_stamp, beside))
        with self._lock:
            known = self._known.get(of)
            if known and known[0] == stamps:
                self._known.move_to_end(of)
                return known[1]
        value = self._read(path, *key)
        with self._lock:
            self._known.pop(of, None)
            if all(now - stamp[0] > COARSE_NS for stamp in stamps if stamp):
                self._known[of] = (stamps, value)
                if len(self._known) > self._most:
                    self._known.popitem(last=False)
        return value


_Stamp = tuple[int, int, int]


def _stamp(path: str | Path) -> _Stamp | None:
    """Time of modification in ns, bytes and inode; None of what is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino

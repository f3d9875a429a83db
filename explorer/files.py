"""The one writer of files, which others read while we write, on any system and on shares; and how to read such files.

Where a file system refuses for a moment what it grants otherwise, it is asked again. Windows refuses to replace, rename
or remove what another process has open, and to open what is being replaced: a page that reads a status for a
millisecond, a virus scanner that looks at new weights for a second. NFS says that a handle is stale where somebody else
has replaced the file.
"""

from __future__ import annotations

import errno
import json
import math
import os
import re
import secrets
import shutil
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

from explorer.errors import ExplorerError

T = TypeVar("T")

MOST_BYTES = 64_000_000  # of a file that is read whole, if nothing else is said
COARSE_NS = 2_000_000_000  # ns by which clocks of file systems may be coarse: two writes within it can look alike
# Seconds between two tries, each twice as long as the one before: in all 4.1 s for what must be written, which outlasts
# a virus scanner, and 63 ms for news, which come again, and for reading, as a page waits for it.
WAITS_S = tuple(0.001 * 2**i for i in range(12))
NEWS_WAITS_S = WAITS_S[:6]

# What file systems answer that can't flush a folder (Windows, SMB, FUSE, some NFS servers), or a file.
_NO_FLUSH = {
    getattr(errno, name)
    for name in ("EACCES", "EPERM", "EINVAL", "EISDIR", "EBADF", "ENOTSUP", "EOPNOTSUPP", "ENOSYS")
    if hasattr(errno, name)
}
_STALE = getattr(errno, "ESTALE", None)
_PASSING = {errno.EBUSY, *([_STALE] if _STALE else [])}
# What systems and synchronising programs leave beside other files, in lower case; whatever begins with a dot, too.
_STRAY = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "#recycle", "$recycle.bin"} | {
    "system volume information",
    "lost+found",
}
# Windows has devices of these names, whatever the suffix: naming conventions of files, learn.microsoft.com.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?", re.IGNORECASE | re.DOTALL)


def patiently(action: Callable[[], T], path: Path, waits_s: Sequence[float] = WAITS_S) -> T:
    """Do something with a file or folder, and again while that is refused for a reason that passes.

    Raises
    ------
    OSError
        The last refusal.
    """
    for wait in waits_s:
        try:
            return action()
        except OSError as error:
            if not _passes(error, path):
                raise
        time.sleep(wait)
    return action()


def _passes(error: OSError, path: Path) -> bool:
    """Whether what was refused may be granted in a moment.

    A lack of rights doesn't pass. Windows gives the same answer for that as for a file that somebody has open; it is
    told by asking for the rights of the file, and of the folder that it is in.
    """
    if error.errno in _PASSING:
        return True
    if not isinstance(error, PermissionError) or error.errno == errno.EPERM:
        return False
    return os.access(path.parent, os.W_OK) or os.access(path, os.R_OK)


# -- writing ---------------------------------------------------------------------------------------------------------


@contextmanager
def replacing(path: Path, *, lasting: bool = False, news: bool = False) -> Iterator[Path]:
    """A place beside `path` to write to, renamed onto it at the end: readers see the old file or the new one, whole.

    What was written of it is removed if that goes wrong.

    Parameters
    ----------
    path : Path
    lasting : bool
        Flush it to the disk: it survives a loss of power, where the file system can promise that.
    news : bool
        Something newer follows soon: where somebody has the old file open, it is soon left at that.
    """
    temporary = path.with_name(f".{path.name[:80]}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        yield temporary
        if lasting:
            with open(temporary, "rb+") as file:
                _flush(file)
        _finish(lambda: os.replace(temporary, path), path, news)
        if lasting:
            sync_folder(path.parent)
    finally:
        with suppress(OSError):  # where it can't be removed, what went wrong is the thing to tell
            temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes, *, lasting: bool = False, news: bool = False) -> None:
    """Replace a file atomically: see `replacing`."""
    with replacing(path, lasting=lasting, news=news) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str, *, lasting: bool = False, news: bool = False) -> None:
    """Replace a text atomically, as UTF-8 with lines that end as they do in `text`, on every system."""
    write_bytes(path, text.encode("utf-8"), lasting=lasting, news=news)


def write_json(path: Path, values: dict[str, Any], indent: int | None = None, *, news: bool = False) -> None:
    """Replace a JSON file atomically; on one line, or with `indent` spaces a level."""
    write_text(path, dumps(values, indent) + "\n", news=news)


def append_line(path: Path, line: str) -> None:
    """Add a line to a text of UTF-8."""
    with patiently(lambda: open(path, "ab"), path) as file:
        file.write(line.encode("utf-8") + b"\n")


@contextmanager
def written_out(path: Path) -> Iterator[IO[bytes]]:
    """A new file to write to that no one reads yet, flushed to the disk at the end."""
    with patiently(lambda: open(path, "wb"), path) as file:
        yield file
        _flush(file)


def write_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Make a folder with files in it, flushed to the disk; readers see all of them or none."""
    aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        aside.mkdir(parents=True)
        for name, content in contents.items():
            with written_out(aside / name) as file:
                file.write(content)
        rename(aside, folder)
    finally:
        clear(aside)
    sync_folder(folder.parent)


def _flush(file: IO[bytes]) -> None:
    file.flush()
    try:
        os.fsync(file.fileno())
    except OSError as error:
        if error.errno not in _NO_FLUSH:  # EIO above all: the disk has lost what was written
            raise


def sync_folder(folder: Path) -> bool:
    """Flush a folder, so that new names in it survive a loss of power; False where its file system can't promise it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except PermissionError:
        return False
    except OSError as error:
        if error.errno not in _NO_FLUSH | {errno.EIO, _STALE}:  # SMB servers say EIO, of folders only
            raise
        return False
    return True


def rename(source: Path, target: Path) -> None:
    """Give a file or a folder a name that is free."""
    patiently(lambda: os.rename(source, target), source)


def remove(path: Path, *, news: bool = False) -> None:
    """Remove a file, if it is there; where it is `news`, it stays while somebody has it open."""
    _finish(lambda: path.unlink(missing_ok=True), path, news)


def remove_folder(folder: Path, *, news: bool = False) -> None:
    """Remove a folder and all in it, if it is there: out of sight first, so that a kill leaves no half of it.

    What somebody has open of it stays out of sight, as `.gone_*`. Where it is `news`, the whole folder stays.
    """
    gone = folder.with_name(f".gone_{folder.name}.{secrets.token_hex(4)}")
    with suppress(FileNotFoundError):
        _finish(lambda: os.rename(folder, gone), folder, news)
    clear(gone)


def clear(folder: Path) -> None:
    """Remove a folder that no one looks at, if it is there, but for what can't be removed: somebody has it open."""
    for wait in (*NEWS_WAITS_S, 0.0):
        with suppress(OSError):
            shutil.rmtree(folder)
        if not os.path.lexists(folder):
            return
        time.sleep(wait)


def link(source: Path, target: Path) -> bool:
    """Give a file a second name, if it is free; whether there are such links here."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except (AttributeError, NotImplementedError, OSError):  # another file system, or one without; Android has no link
        return False
    return True


def link_or_copy(source: Path, target: Path) -> None:
    """A file under another name, if it is free: the same file, which takes no room, or else a copy."""
    if not link(source, target):
        shutil.copyfile(source, target)


def _finish(action: Callable[[], object], path: Path, news: bool) -> None:
    try:
        patiently(action, path, NEWS_WAITS_S if news else WAITS_S)
    except OSError as error:
        if not (news and _passes(error, path)):
            raise


@contextmanager
def explained(what: str, path: Path, advice: str = "", done: str = "written") -> Iterator[None]:
    """What goes wrong with files, as an ExplorerError.

    Parameters
    ----------
    what : str
        What is not done then: "The lesson can't be saved".
    path : Path
        What is written, whose owner is named where rights are lacking.
    advice : str
        What to do instead, if not what the error suggests.
    done : str
        With the path: "written" or "read".
    """
    try:
        yield
    except OSError as error:
        advice = advice or _ADVICE.get(error.errno or 0, "Try again.")
        raise ExplorerError(f"{what}: {why(error, path, done)}", advice) from error


def why(error: OSError, path: Path, done: str = "written") -> str:
    """Why a path can't be written, or read, in words; with its owner, where that is another person."""
    if isinstance(error, FileNotFoundError) and done == "read":
        return "there is no such file"
    if isinstance(error, PermissionError):
        owner = owner_of(next((place for place in (path, *path.parents) if place.exists()), path))
        if owner:
            return f"{path} belongs to {owner}"
        return f"{path} is open in another program" if _passes(error, path) else f"{path} may not be {done}"
    return f"{path} can't be {done} ({error.strerror or error})"


_ADVICE = {
    errno.ENOENT: "See that the name is right, and its folder is there.",
    errno.EACCES: "Ask whom it belongs to, or choose another place.",
    errno.EPERM: "Ask whom it belongs to, or choose another place.",
    errno.EROFS: "Choose a place that can be written.",
    errno.ENOSPC: "Make room on the disk and try again.",
    errno.ENAMETOOLONG: "Choose a shorter name, or a folder nearer to the root of the disk.",
    getattr(errno, "EDQUOT", -1): "Your share of the disk is used up: make room and try again.",
}


def owner_of(path: Path) -> str:
    """The name of the person whom a file belongs to; "" if that is the one who runs us, or nobody knows."""
    try:
        uid = path.stat().st_uid
        if not hasattr(os, "geteuid") or uid == os.geteuid():
            return ""
    except OSError:
        return ""
    try:
        import pwd  # none on Windows

        return pwd.getpwuid(uid).pw_name
    except (ImportError, KeyError):
        return f"user {uid}"


# -- reading ---------------------------------------------------------------------------------------------------------


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """What a file holds; OSError as `open` raises it, of one with more than `most` bytes, and of what is no file."""

    def read() -> bytes:
        with opened(path) as file:
            if (size := os.fstat(file.fileno()).st_size) > most:
                raise OSError(errno.EFBIG, f"it has {size:,} bytes", str(path))
            return file.read()

    return patiently(read, path, NEWS_WAITS_S)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file to read from; OSError as `open` raises it, and of a pipe or a device, which might never end."""
    with patiently(lambda: open(path, "rb", opener=_at_once), path, NEWS_WAITS_S) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no file", str(path))
        yield file


def _at_once(path: str, flags: int) -> int:
    """Open, and don't wait for whoever is to write into a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object, in any encoding of Unicode; None where there is no file, or none that can be read as one."""
    try:
        found = json.loads(read_bytes(path))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def listed(folder: Path, suffix: str = "") -> list[str]:
    """Names of what lies in a folder and ends in `suffix`, sorted; none of a folder that is not there or can't be read.

    Hidden ones are left out, and what systems leave beside other files: `._name`, `.DS_Store`, `desktop.ini`.
    """
    try:
        names = patiently(lambda: os.listdir(folder), folder, NEWS_WAITS_S)
    except OSError:
        return []
    return sorted(name for name in names if name.endswith(suffix) and not stray(name))


def stray(name: str) -> bool:
    """Whether a system, or a program that synchronises, has left a file of this name beside others, or it is hidden."""
    return name.startswith(".") or name.lower() in _STRAY


def reserved(name: str) -> bool:
    """Whether no file can have this name on some system: the devices of Windows, or what it ends or is made of."""
    return bool(_RESERVED.fullmatch(name)) or name.endswith((".", " ")) or any(c in '<>:"/\\|?*' for c in name)


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

"""Locks on files, by which processes keep out of each other's way; on shares, and in folders that several people use.

What can't be locked doesn't hold anybody up: the promise that the lock makes is off then, and `Lock.lacks` says so.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path
from types import TracebackType
from weakref import WeakValueDictionary

from filelock import lock_descriptor

from explorer import files

POLL_S = 0.05  # seconds between two tries at a lock that is waited for


class HeldError(Exception):
    """Somebody else has the lock."""


class Lock:
    """An exclusive lock on a file of its own, which stays; it ends with the process, however that ends.

    `with Lock(path):` waits for it, `with Lock(path).take():` doesn't.

    Another user's lock file is locked through a descriptor for reading. Where there are no locks (NFS without its lock
    daemon, SMB, FUSE), or its owner lets nobody read it, threads of this process still exclude each other. Files that
    mark by being there that something is locked would work in such places, but outlive a process that is killed, and
    nothing could tell on another computer that it was.

    Parameters
    ----------
    path : Path
        The lock file; its folder must be there.

    Attributes
    ----------
    held : bool
        Whether we have it.
    lacks : str
        Why the lock, once acquired, excludes no other process; "" if it does.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.lacks, self.held = path, "", False
        self._descriptor: int | None = None
        self._among_threads = _threads_lock(path)

    def take(self) -> Lock:
        """Take it now, until `release` or the end of a `with`.

        Raises
        ------
        HeldError
            If somebody else has it.
        FileNotFoundError
            If its folder is not there.
        """
        self._take(wait=False)
        return self

    def release(self) -> None:
        """Let others have it."""
        descriptor, self._descriptor, self.held = self._descriptor, None, False
        if descriptor is not None:
            os.close(descriptor)  # which unlocks it
        self._among_threads.release()

    def __enter__(self) -> Lock:
        if not self.held:
            self._take(wait=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def _take(self, wait: bool) -> None:
        if not self._among_threads.acquire(blocking=wait):
            raise HeldError(self.path)
        try:
            while not self._try():
                if not wait:
                    raise HeldError(self.path)
                time.sleep(POLL_S)
        except BaseException:
            self._among_threads.release()
            raise
        self.held = True

    def _try(self) -> bool:
        descriptor = None
        try:
            descriptor = files.patiently(lambda: _open(self.path), self.path, files.NEWS_WAITS_S)
            if lock_descriptor(descriptor, blocking=False) and _same(descriptor, self.path):
                self._descriptor, descriptor, self.lacks = descriptor, None, ""
                return True
            return False
        except PermissionError as error:
            self.lacks = files.why(error, self.path)
            return True
        except OSError as error:
            if error.errno not in _UNLOCKABLE:
                raise
            self.lacks = f"{self.path.parent} can't lock: {error.strerror}"
            return True
        finally:
            if descriptor is not None:
                os.close(descriptor)


# What file systems answer that have no locks; EBADF: NFS, for another user's file, which is open for reading only.
_UNLOCKABLE = {
    getattr(errno, name)
    for name in ("ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EBADF", "EIO", "ESTALE", "EROFS")
    if hasattr(errno, name)
}


def _open(path: Path) -> int:
    """A descriptor of a lock file, made if it is not there: never of a link, which somebody else may have laid."""
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
    try:
        return os.open(path, os.O_RDWR | flags)  # not O_CREAT: in sticky folders Linux refuses that for others' files
    except FileNotFoundError:
        return os.open(path, os.O_RDWR | os.O_CREAT | flags, 0o666)
    except OSError as error:
        if not isinstance(error, PermissionError) and error.errno != errno.EROFS:
            raise
        return os.open(path, os.O_RDONLY | flags)


def _same(descriptor: int, path: Path) -> bool:
    """Whether the file is still there by that name: its folder may have been removed, and made anew."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


class _ThreadsLock:
    """A lock among threads of this process, which is forgotten with the last that asks for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.acquire, self.release = self._lock.acquire, self._lock.release


_threads: WeakValueDictionary[str, _ThreadsLock] = WeakValueDictionary()
_threads_guard = threading.Lock()


def _threads_lock(path: Path) -> _ThreadsLock:
    with _threads_guard:
        name = os.path.abspath(path)
        found = _threads.get(name)
        if found is None:
            found = _threads[name] = _ThreadsLock()
        return found

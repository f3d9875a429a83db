"""Locks among threads, processes and people, and where there are none."""

from __future__ import annotations

import errno
import threading
from pathlib import Path

import filelock
import pytest

from explorer import locks
from explorer.locks import HeldError, Lock
from tests.systems import as_nobody, as_root, refusing

# Prints what becomes of a lock that another user has made: held or taken, and what it lacks.
_TRY = """
import sys
from pathlib import Path
from explorer.locks import HeldError, Lock
become()
try:
    print("taken", Lock(Path(sys.argv[1])).take().lacks)
except HeldError:
    print("held")
"""


def test_one_at_a_time_has_it(tmp_path: Path):
    path = tmp_path / "a.lock"
    with Lock(path) as lock:
        assert lock.held
        assert not lock.lacks
        with pytest.raises(HeldError):
            Lock(path).take()
        with pytest.raises(filelock.Timeout):  # as an app of before would hold it
            filelock.FileLock(path).acquire(timeout=0)
    with Lock(path).take(), pytest.raises(HeldError):
        Lock(path).take()
    with filelock.FileLock(path), pytest.raises(HeldError):
        Lock(path).take()


def test_who_waits_gets_it_next(tmp_path: Path):
    path, order = tmp_path / "a.lock", []
    first = Lock(path).take()

    def wait() -> None:
        with Lock(path):
            order.append("second")

    waiting = threading.Thread(target=wait)
    waiting.start()
    order.append("first")
    first.release()
    waiting.join(10)
    assert order == ["first", "second"]


def test_a_lock_file_that_was_removed_with_its_folder_guards_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "a.lock"
    with Lock(path).take():
        path.unlink()
        monkeypatch.setattr(locks, "_threads", {})  # as another process has it
        with Lock(path).take():
            pass
    with pytest.raises(FileNotFoundError):
        Lock(tmp_path / "nothing" / "a.lock").take()


@pytest.mark.parametrize("name", ["ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"])
def test_where_there_are_no_locks_it_goes_on_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    fcntl = pytest.importorskip("fcntl")

    refusing(monkeypatch, fcntl, "flock", getattr(errno, name), lambda *_: True)
    with Lock(tmp_path / "a.lock").take() as lock:
        assert "can't lock" in lock.lacks
        with pytest.raises(HeldError):  # viewers of one app still don't undo each other's wishes
            Lock(tmp_path / "a.lock").take()


@as_root
@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_a_lock_that_another_user_made_ends_nothing(common: Path, mode: int):
    path = common / "a.lock"
    with Lock(path).take():
        path.chmod(mode)
        found = as_nobody(_TRY, path)
        wanted = "held" if mode == 0o644 else f"taken {path} belongs to root"
        assert found.stdout.strip() == wanted, found.stderr
    assert as_nobody(_TRY, path).stdout.startswith("taken")

"""Giving way to all others, where a system lets us and where it doesn't."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from explorer.training import priority

NOBODY = 65534  # a user without rights
_SET_DUMPABLE = 4  # man 2 prctl: what lies in /proc of a process that was root would stay root's until it runs another
PROJECT = Path(priority.__file__).parent.parent.parent


def test_three_of_a_user_yield_at_once():
    """Linux refuses a user a second change within 0.1 s: none of them ends of it, and each has given way."""
    code = (
        "import ctypes, os, sys; from explorer.training import priority; os.setsid();"
        f"os.getuid() or (os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY}));"
        f"ctypes.CDLL(None).prctl({_SET_DUMPABLE}, 1);"
        "print('ready', priority.share(os.getpid()), flush=True); sys.stdin.read(1); priority.yield_to_others();"
        "print(os.getuid() > 0, os.nice(0), os.sched_getscheduler(0) == os.SCHED_BATCH, priority.share(os.getpid()))"
    )
    command = [sys.executable, "-c", code]
    started = [
        subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    try:
        before = [process.stdout.readline().split() if process.stdout else [] for process in started]
        assert before in ([["ready", "0"]] * 3, [["ready", "None"]] * 3)  # None: a system that shares otherwise
        for process in started:
            assert process.stdin
            process.stdin.write("!")
            process.stdin.flush()
        said = [process.communicate(timeout=60)[0].split() for process in started]
        assert said == [["True", "19", "True", "None" if share == "None" else "10"] for _, share in before]
    finally:
        for process in started:
            process.kill()
            process.communicate()


@pytest.mark.parametrize("told", ["", "\n", "/autogroup-7 nice\n", "/autogroup-7 nice ?\n"])
def test_what_a_system_leaves_out_is_no_share(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str):
    (tmp_path / "autogroup").write_text(told)  # empty: of a process that was started outside any session of its own
    monkeypatch.setattr(priority, "_SESSION", str(tmp_path / "autogroup"))
    assert priority.share(os.getpid()) is None


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EINVAL, errno.EACCES, errno.EPERM, errno.ENOSYS])
def test_what_a_system_refuses_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int):
    """Of three things, each is tried when the others are refused."""
    tried = []

    def refuse(what: str, error: Exception):
        def attempt(*given: object) -> None:
            tried.append(what)
            raise error

        return attempt

    refused = OSError(number, os.strerror(number))
    monkeypatch.setattr(psutil.Process, "nice", refuse("nice", psutil.AccessDenied() if number == 1 else refused))
    monkeypatch.setattr(os, "sched_setscheduler", refuse("scheduler", refused))
    (tmp_path / "autogroup").touch()
    monkeypatch.setattr(priority, "_SESSION", str(tmp_path / "autogroup"))
    monkeypatch.setattr(priority, "_APART_S", 0.0)
    monkeypatch.setattr(os, "write", refuse("session", refused))
    priority.yield_to_others()
    assert list(dict.fromkeys(tried)) == ["nice", "scheduler", "session"]
    priority.at_rest(True)


def test_another_system_has_less_of_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    given = []
    monkeypatch.setattr(psutil.Process, "nice", lambda process, value: given.append(value))
    monkeypatch.delattr(os, "sched_setscheduler")
    monkeypatch.setattr(priority, "_SESSION", str(tmp_path / "none"))
    priority.yield_to_others()
    priority.at_rest(False)
    assert given == [19]
    assert priority.share(os.getpid()) is None

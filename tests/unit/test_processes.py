"""Whether a process lives: one that is here, and one that can't be seen from here, by its signs."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from explorer import processes
from explorer.processes import Life, Process, life
from tests.clock import Clock


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """A process of this machine."""
    with subprocess.Popen(["sleep", "600"]) as started:
        yield started
        started.kill()


def elsewhere(**values) -> Process:
    """One of another machine."""
    return replace(Process.of(os.getpid()), machine="another/1", host="lab-3", **values)


def test_a_process_lives_until_it_ends_also_while_it_is_frozen(other: subprocess.Popen[bytes]):
    process = Process.of(other.pid)
    assert process.lives
    other.send_signal(signal.SIGSTOP)  # as a laptop that sleeps
    assert process.lives
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert process.lives is False  # nobody has waited for it: a zombie
    assert Process.of(other.pid).lives is False
    other.wait()
    assert process.lives is False


def test_another_process_with_its_id_is_another():
    me = Process.of(os.getpid())
    assert me.lives
    assert replace(me, ticks=me.ticks - 1).lives is False
    assert replace(me, pid=2**32 - 1).lives is False  # larger than any of Linux


@pytest.mark.parametrize("set_by_s", [60, -60, 3600, -3600])
def test_a_clock_that_is_set_changes_nothing(
    other: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, set_by_s: float
):
    process, before, called = Process.of(other.pid), time.time, psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: called(self) + set_by_s)  # as Linux tells it then
    monkeypatch.setattr(processes, "time", SimpleNamespace(monotonic=time.monotonic, time=lambda: before() + set_by_s))
    assert process.lives
    former = Process(process.pid, process.started)  # as earlier versions wrote it down
    assert former.lives is None
    assert life(former, "former", lambda: 0, before()).lives
    other.kill()
    other.wait()
    assert process.lives is False
    assert former.lives is False


def test_it_is_written_down_and_read_again():
    me = Process.of(os.getpid())
    assert Process.from_json(asdict(me)) == me
    stored: list[Any] = [None, [], {}, {"pid": 1}, asdict(me) | {"pid": "1"}, asdict(me) | {"colour": 3}]
    for damaged in stored:
        assert Process.from_json(damaged) is None


def test_one_that_can_not_be_seen_lives_by_its_signs(monkeypatch: pytest.MonkeyPatch):
    """The clock of its machine is hours ahead; how long it is silent is told by ours."""
    clock = Clock(monkeypatch, processes)
    process, sign, at = elsewhere(), [0], time.time() + 5 * 3600

    def now() -> Life:
        return life(process, "run", lambda: sign[0], at)

    assert process.lives is None
    assert now() == Life(True, 0)
    clock.passes(processes.SILENT_S - 1)
    assert now() == Life(True, processes.SILENT_S - 1)
    clock.passes(2)
    assert now() == Life(False, processes.SILENT_S + 1)
    clock.passes(3600)
    sign[0] += 1  # it was asleep
    assert now() == Life(True, 0)
    clock.passes(5)
    assert now() == Life(True, 5)
    assert life(process, "another run", lambda: sign[0], at) == Life(True, 0)


def test_signs_of_last_week_are_none(monkeypatch: pytest.MonkeyPatch):
    Clock(monkeypatch, processes)
    week_ago = time.time() - 7 * 86_400
    assert not life(elsewhere(), "a copy", lambda: 0, week_ago).lives


def test_a_machine_that_has_started_anew_has_ended_it_unless_there_are_signs(monkeypatch: pytest.MonkeyPatch):
    Clock(monkeypatch, processes)
    before = replace(Process.of(os.getpid()), machine="start before/1")
    assert before.restarted
    assert not elsewhere().restarted
    assert not life(before, "run", lambda: 0, time.time()).lives
    assert life(before, "run", lambda: 1, time.time()).lives  # two machines are called the same


def test_what_is_not_told_is_not_guessed(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """Other users' processes may be hidden (/proc mounted with hidepid); kill(2) knows of them."""
    me = Process.of(os.getpid())
    monkeypatch.setattr(processes, "_ticks", lambda pid: None)
    assert me.lives is None
    assert replace(me, pid=max(psutil.pids()) + 100_000).lives is False


def test_a_system_without_starts_that_are_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path, other):
    """Such as macOS and Windows, where the time of a start doesn't move with the clock."""
    processes._machine.cache_clear()
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    try:
        process = Process.of(other.pid)
        assert (process.ticks, process.lives) == (0, True)
        assert replace(process, started=process.started - 60).lives is False
        other.kill()
        other.wait()
        assert process.lives is False
    finally:
        processes._machine.cache_clear()

"""What is said of a run: by itself, and of one whose process is gone."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import psutil
import pytest

from explorer import files, processes, runs
from explorer.config import TrainConfig
from explorer.processes import SILENT_S
from explorer.runs import Run, RunError, Status, status
from tests.clock import Clock
from tests.unit.runs.living import ME, mine


def dead_pid() -> int:
    return max(psutil.pids()) + 100_000


def test_status_round_trip(run: Run):
    written = mine("failed", step=5, total_steps=9, steps_per_epoch=4, error=RunError("It broke", "Mend it."))
    run.write_status(written)
    assert run.status() == written
    assert run.status().epoch == 1.25
    assert str(written.error) == "It broke. Mend it."


@pytest.mark.parametrize("state", runs.ACTIVE)
def test_a_dead_process_is_a_failed_run(run: Run, state: runs.State):
    run.write_status(mine(state, step=1234))
    assert run.status().state == state
    for process in (replace(ME, pid=dead_pid()), replace(ME, ticks=ME.ticks - 1)):  # gone; another with its pid
        run.write_status(mine(state, step=1234).by(process))
        found = run.status()
        assert found.state == "failed"
        assert found.error is not None
        assert "step 1,234" in found.error.what
        assert "Resume" in found.error.advice


def test_one_of_an_earlier_version(run: Run):
    """It says less of its process: when that was started, by the clock of then."""
    me = psutil.Process()
    stored = {
        "state": "running",
        "heartbeat": time.time(),
        "pid": me.pid,
        "pid_started": me.create_time(),
        "error": None,
    }
    files.write_json(run.path / "status.json", stored)
    assert run.status().state == "running"
    assert run.status().unheard_s is None
    files.write_json(run.path / "status.json", stored | {"pid": dead_pid()})
    assert run.status().state == "failed"


@pytest.mark.parametrize("set_by_s", [60, -60, 3600, -3600])
def test_a_clock_that_is_set_neither_ends_a_run_nor_wakes_one(
    run: Run, monkeypatch: pytest.MonkeyPatch, set_by_s: float
):
    run.write_status(mine("running"))
    waits = runs.create(TrainConfig(), "Is taken up soon")
    assert waits.status().state == "starting"
    created, clock = psutil.Process.create_time, Clock(monkeypatch, processes, status)
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: created(process) + set_by_s)
    clock.set_by_s = set_by_s
    assert run.status().state == "running"
    assert waits.status().state == "starting"
    run.write_status(mine("running").by(replace(ME, pid=dead_pid())))
    assert run.status().state == "failed"


def test_a_run_of_another_machine_goes_by_its_signs_of_life(run: Run, monkeypatch: pytest.MonkeyPatch):
    """In whatever clock: theirs is five hours ahead. A laptop that slept is back in its own time."""
    clock = Clock(monkeypatch, processes, status)
    theirs = mine("running", step=1234, heartbeat=time.time() + 5 * 3600).by(replace(ME, machine="?", host="lab-3"))
    run.write_status(theirs)
    assert run.status() == replace(theirs, unheard_s=0.0)
    clock.passes(SILENT_S + 1)
    found = run.status()
    assert found.state == "failed"
    assert found.error
    assert found.error.what == "Nothing is heard any more of the training process on lab-3, after step 1,234"
    run.write_status(replace(theirs, heartbeat=theirs.heartbeat + 3600))
    assert run.status().state == "running"

    clock.passes(SILENT_S - 1)  # it loads a million images
    (run.path / ".trainer.lock").touch()
    run.show_pulse()
    clock.passes(SILENT_S - 1)
    assert run.status().state == "running"
    run.write_status(replace(theirs, state="finished"))
    assert run.status().state == "finished"


def test_a_run_that_never_came_up_is_failed(run: Run):
    run.write_status(Status("starting", heartbeat=time.time() - 60))
    assert run.status().state == "failed"


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"state": "running"}', '{"colour": 3}', "\xff"])
def test_an_unreadable_status_is_a_failed_run(run: Run, text: str | None):
    (run.path / "status.json").unlink()
    if text is not None:
        (run.path / "status.json").write_text(text, encoding="latin-1")
    found = run.status()
    assert found.state == "failed"
    assert "status.json" in str(found.error)


def test_readers_see_the_old_status_or_the_new_one(run: Run):
    done = threading.Event()

    def write() -> None:
        for step in range(1000):
            run.write_status(mine("running", step=step))
        done.set()

    run.write_status(mine("running"))
    writer, last = threading.Thread(target=write), 0
    writer.start()
    while not done.is_set():
        found = run.status()
        assert found.state == "running"
        assert found.step >= last
        last = found.step
    writer.join()
    assert not [p for p in run.path.iterdir() if p.name.startswith(".status")]

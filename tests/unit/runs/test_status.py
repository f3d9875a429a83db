"""What is said of a run: by itself, and of one whose process is gone."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import psutil
import pytest

from explorer import runs
from explorer.runs import Run, RunError, Status
from tests.unit.runs.living import ME, mine


def dead_pid() -> int:
    return max(psutil.pids()) + 100_000


def test_status_round_trip(run: Run):
    status = mine("failed", step=5, total_steps=9, steps_per_epoch=4, error=RunError("It broke", "Mend it."))
    run.write_status(status)
    assert run.status() == status
    assert run.status().epoch == 1.25
    assert str(status.error) == "It broke. Mend it."


@pytest.mark.parametrize("state", runs.ACTIVE)
def test_a_dead_process_is_a_failed_run(run: Run, state: runs.State):
    run.write_status(mine(state, step=1234))
    assert run.status().state == state
    for change in ({"pid": dead_pid()}, {"pid_started": ME.create_time() - 60}):  # gone; another with its pid
        run.write_status(replace(mine(state, step=1234), **change))
        found = run.status()
        assert found.state == "failed"
        assert found.error is not None
        assert "step 1,234" in found.error.what
        assert "Resume" in found.error.advice


def test_a_run_that_never_came_up_is_failed(run: Run):
    run.write_status(Status("starting", heartbeat=time.time() - 60))
    assert run.status().state == "failed"


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"state": "running"}', '{"colour": 3}', "\xff"])
def test_an_unreadable_status_is_a_failed_run(run: Run, text: str | None):
    (run.path / "status.json").unlink()
    if text is not None:
        (run.path / "status.json").write_text(text, encoding="latin-1")
    status = run.status()
    assert status.state == "failed"
    assert "status.json" in str(status.error)


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
        status = run.status()
        assert status.state == "running"
        assert status.step >= last
        last = status.step
    writer.join()
    assert not [p for p in run.path.iterdir() if p.name.startswith(".status")]

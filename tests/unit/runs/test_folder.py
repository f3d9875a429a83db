"""One run folder: titles, settings, and its end."""

from __future__ import annotations

import errno
import os
import platform
from dataclasses import replace

import pytest

from explorer import locks, processes, runs
from explorer.errors import ExplorerError
from explorer.runs import Control, Run, folder
from explorer.training import process
from tests.clock import Clock
from tests.unit.runs.living import ME, mine


def test_rename(run: Run):
    run.rename("  Another   name ")
    assert run.title == "Another name"
    assert runs.get(run.id).title == "Another name"
    for bad in ("", "  ", "x" * 81):
        with pytest.raises(ExplorerError, match="1 to 80"):
            run.rename(bad)


def test_delete_refuses_while_active(run: Run):
    for state in runs.ACTIVE:
        run.write_status(mine(state))
        with pytest.raises(ExplorerError, match="Stop it first"):
            run.delete()
    run.write_status(mine("finished"))
    run.delete()
    assert runs.list_runs() == []


@pytest.mark.parametrize("state", ["failed", "finished", "running"])
def test_nobody_deletes_or_resumes_what_is_trained_whatever_its_status_says(
    run: Run, monkeypatch: pytest.MonkeyPatch, state: runs.State
):
    """The folder's lock does: another container's trainer can't be seen from here, and statuses can be damaged."""
    monkeypatch.setattr(folder, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(folder, "_LISTEN_S", 0.0)
    with run.as_its_trainer():
        run.write_status(mine(state).by(replace(ME, machine="a start before", host=platform.node())))
        assert run.status().state == ("failed" if state == "running" else state)
        for act in (run.delete, lambda: process.ask_again(run)):
            with pytest.raises(ExplorerError, match="is being trained on"):
                act()
    run.write_status(mine("failed"))
    run.delete()
    assert runs.list_runs() == []


def test_without_locks_signs_of_life_decide(run: Run, monkeypatch: pytest.MonkeyPatch):
    """On a share whose server has none. Who trains on another machine is listened for before it is taken for gone."""

    def refuse(descriptor: int, blocking: bool) -> bool:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "lock_descriptor", refuse)
    theirs = mine("running").by(replace(ME, machine="?", host=platform.node()))  # was it restarted?
    run.write_status(theirs)
    assert run.status().state == "failed"
    clock = Clock(monkeypatch, folder, processes)
    clock.in_sleep = lambda: run.write_status(replace(theirs, heartbeat=1.0)) if clock.now > 1 else None
    with pytest.raises(ExplorerError, match="is being trained on"):
        run.delete()
    assert clock.now < 2
    run.write_status(mine("finished"))
    with run.as_its_trainer() as lacks:
        assert "can't lock" in lacks
    run.delete()
    assert runs.list_runs() == []


def test_a_missing_config_is_said(run: Run):
    (run.path / "config.json").unlink()
    with pytest.raises(ExplorerError, match="no readable config"):
        _ = run.config
    assert run.title == run.id


def test_a_deleted_run_does_not_come_back(run: Run):
    run.write_status(mine("finished"))
    run.delete()
    for act in (lambda: run.update_control(stop=True), run.ask_single_step, lambda: run.rename("Another")):
        with pytest.raises(ExplorerError):
            act()
    assert not os.path.exists(run.path)
    assert run.control() == Control()
    assert run.metrics().rows == []
    assert run.preview_steps() == []
    assert run.status().state == "failed"

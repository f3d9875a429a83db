"""One run folder: titles, settings, and its end."""

from __future__ import annotations

import errno
import os
import platform
from dataclasses import replace
from pathlib import Path

import pytest

from explorer import locks, processes, runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import Control, Run, folder
from explorer.training import process
from tests.clock import Clock
from tests.systems import as_nobody, as_root
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


# Prints what another user, who may write here, gets of a run that root has trained: as its trainer, and when deleting.
_AS_ANOTHER = """
import sys
from pathlib import Path
from explorer.errors import ExplorerError
from explorer.runs import Run, folder
folder._PATIENCE_S = 0.0
become()
run = Run(Path(sys.argv[1]))
try:
    with run.as_its_trainer() as lacks:
        run.show_pulse()
        print("trains", lacks)
    run.delete()
    print("gone")
except ExplorerError as error:
    print(error)
"""


@as_root
def test_another_user_trains_and_deletes_what_nobody_trains(common: Path):
    run = runs.create(TrainConfig(), "A run", common / "runs" / "20260102-030405-abcd")
    run.write_status(mine("stopped"))
    with run.as_its_trainer():  # its lock is root's from here on
        for place in (run.path.parent, run.path, *run.path.rglob("*/")):
            place.chmod(0o777)
        assert as_nobody(_AS_ANOTHER, run.path).stdout.startswith("A run is being trained on")
    said = as_nobody(_AS_ANOTHER, run.path)
    assert said.stdout.split() == ["trains", "gone"], said.stderr
    assert not run.path.exists()


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

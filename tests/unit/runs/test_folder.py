"""One run folder: titles, settings, and its end."""

from __future__ import annotations

import os

import pytest

from explorer import runs
from explorer.errors import ExplorerError
from explorer.runs import Control, Run
from tests.unit.runs.living import mine


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

"""Which runs there are, and how a new one comes to be."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path

import pytest

from explorer import runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import Branch, Run
from tests.unit.runs.living import mine


def test_a_new_run(run: Run):
    assert run.config == TrainConfig(beta=0.002)
    assert run.title == "A run"
    assert run.status().state == "starting"
    assert json.loads((run.path / "config.json").read_text())["command"] == run.config.command()
    assert runs.list_runs() == [run] == [runs.get(run.id)]


def test_ids_sort_as_runs_were_made():
    made = [runs.create(TrainConfig(), "") for _ in range(5)]
    assert runs.list_runs() == made[::-1]


def test_an_unnamed_run_is_called_by_its_id():
    run = runs.create(TrainConfig(), "  ")
    assert run.title == run.id


def test_readers_never_see_half_a_run():
    """While runs are made, every one in the list has settings and a status."""
    done = threading.Event()

    def make() -> None:
        for _ in range(50):
            runs.create(TrainConfig(), "")
        done.set()

    maker = threading.Thread(target=make)
    maker.start()
    while not done.is_set():
        assert all(run.config and run.status().state == "starting" for run in runs.list_runs())
    maker.join()


@pytest.mark.parametrize("bad", ["", "..", "../20260101-000000-abcd", "20260101-000000-ABCD", "20260101-000000-abcd"])
def test_only_ids_of_existing_runs_are_found(bad: str, run: Run):
    assert runs.find(bad) is None
    with pytest.raises(ExplorerError, match="no run"):
        runs.get(bad)


def test_a_folder_of_ones_own(tmp_path: Path):
    made = runs.create(TrainConfig(), "", tmp_path / "deep" / "mine")
    assert made.status().state == "starting"
    with pytest.raises(ExplorerError, match="exists already"):
        runs.create(TrainConfig(), "", made.path)
    assert [p.name for p in made.path.parent.iterdir()] == ["mine"]


def test_a_folder_that_can_not_be_made(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ExplorerError, match="can't make the run folder"):
        runs.create(TrainConfig(), "", tmp_path / "file" / "run")


# -- branches ----------------------------------------------------------------------------------------------------------


def keep(run: Run, *steps: int) -> None:
    for step in steps:
        run.weights_path(step).parent.mkdir()
        run.weights_path(step).write_text(f"weights at {step}")


def test_a_branch_remembers_where_it_came_from(run: Run):
    keep(run, 5, 70)
    branch = runs.create(TrainConfig(start_from=f"{run.id}@05"), "Branch")
    assert branch.config.start_from == f"{run.id}@5"
    assert f"--start-from {run.id}@5" in branch.command
    assert runs.branch(branch) == Branch(run.id, "A run", 5)
    assert branch.start_path.read_text() == "weights at 5"
    assert runs.create(TrainConfig(start_from=run.id), "").config.start_from == f"{run.id}@70"  # the newest, as of now
    assert run.branch is None
    run.rename("Another name")
    assert runs.branch(branch) == Branch(run.id, "Another name", 5)
    run.write_status(mine("finished"))
    run.delete()
    assert runs.branch(branch) == Branch(run.id, "A run", 5)
    assert branch.start_path.read_text() == "weights at 5"


def test_a_branch_on_another_file_system_has_a_copy(run: Run, monkeypatch: pytest.MonkeyPatch):
    def refuse(*paths: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    keep(run, 5)
    monkeypatch.setattr(os, "link", refuse)
    branch = runs.create(TrainConfig(start_from=f"{run.id}@5"), "")
    assert branch.start_path.read_text() == "weights at 5"


@pytest.mark.parametrize("step", ["", "6", "x", "-5", "5.0", "²", " 5", "../..", "9" * 900])
def test_only_kept_checkpoints_can_be_branched_from(run: Run, step: str):
    with pytest.raises(ExplorerError, match="A run has no checkpoint yet"):
        runs.create(TrainConfig(start_from=f"{run.id}@{step}"), "")
    keep(run, 5, 70)
    with pytest.raises(ExplorerError, match=r"A run has no checkpoint at step .*Choose one of: 5, 70\."):
        runs.create(TrainConfig(start_from=f"{run.id}@{step}"), "")
    assert runs.list_runs() == [run]


@pytest.mark.parametrize("name", ["20200101-000000-abcd@5", "20200101-000000-abcd", "../../etc@5", "@5", "quick@5"])
def test_only_runs_that_exist_can_be_branched_from(run: Run, name: str):
    with pytest.raises(ExplorerError, match="there is no run"):
        runs.create(TrainConfig(start_from=name), "")
    assert runs.list_runs() == [run]


# -- the line ----------------------------------------------------------------------------------------------------------


def test_the_line_goes_by_the_time_of_asking():
    first, second, third = (runs.create(TrainConfig(), "") for _ in range(3))
    assert list(runs.ahead_of(first)) == []
    assert set(runs.ahead_of(third)) == {first, second}
    first.write_status(mine("finished"))
    assert list(runs.ahead_of(third)) == [second]
    first.write_status(mine("starting"))  # asked again: at the end of the line, whatever its id
    assert set(runs.ahead_of(first)) == {second, third}
    assert list(runs.ahead_of(second)) == []


def test_the_line_is_the_same_for_all_who_asked_at_once():
    made = [runs.create(TrainConfig(), "") for _ in range(3)]
    for run in made:
        run.write_status(mine("queued", asked_at=1.0))
    assert [len(list(runs.ahead_of(run))) for run in made] == [0, 1, 2]

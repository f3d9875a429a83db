"""The run folder: what readers see while writers write, crash and resume."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from explorer import runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import Branch, Control, Run, RunError, Status

ME = psutil.Process()


@pytest.fixture
def run() -> Run:
    return runs.create(TrainConfig(beta=0.002), "A run")


def mine(state: runs.State, **values) -> Status:
    """A status that this process, which is alive, could have written."""
    return Status(state, pid=ME.pid, pid_started=ME.create_time(), **values)


def dead_pid() -> int:
    return max(psutil.pids()) + 100_000


# -- creating and finding ----------------------------------------------------------------------------------------------


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
    assert branch.branch == Branch(run.id, "A run", 5)
    assert branch.start_path.read_text() == "weights at 5"
    assert runs.create(TrainConfig(start_from=run.id), "").config.start_from == f"{run.id}@70"  # the newest, as of now
    assert run.branch is None
    run.rename("Another name")
    assert branch.branch == Branch(run.id, "Another name", 5)
    run.write_status(mine("finished"))
    run.delete()
    assert branch.branch == Branch(run.id, "A run", 5)
    assert branch.start_path.read_text() == "weights at 5"


def test_a_branch_on_another_file_system_has_a_copy(run: Run, monkeypatch: pytest.MonkeyPatch):
    def refuse(*paths: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    keep(run, 5)
    monkeypatch.setattr(os, "link", refuse)
    branch = runs.create(TrainConfig(start_from=f"{run.id}@5"), "")
    assert branch.start_path.read_text() == "weights at 5"


@pytest.mark.parametrize("step", ["", "6", "x", "-5", "5.0", "²", " 5", "../..", "9" * 5000])
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


# -- status ------------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"state": "running"}', '{"error": null, "colour": 3}', "\xff"])
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


def test_a_missing_config_is_said(run: Run):
    (run.path / "config.json").unlink()
    with pytest.raises(ExplorerError, match="no readable config"):
        _ = run.config
    assert run.title == run.id


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


# -- metrics -----------------------------------------------------------------------------------------------------------


def row(step: int, **values) -> dict:
    return {"kind": "train", "step": step, "total": step / 10, **values}


def test_metrics_by_offset(run: Run):
    assert run.metrics() == ([], 0)
    run.append_metrics(row(1))
    rows, offset = run.metrics()
    assert rows == [row(1)]
    assert run.metrics(offset) == ([], offset)
    run.append_metrics(row(2, total=float("nan")))
    assert run.metrics(offset)[0] == [row(2, total=None)]
    assert len(run.metrics()[0]) == 2


def test_a_torn_last_line_waits_until_it_is_whole(run: Run):
    run.append_metrics(row(1))
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write('{"kind": "train", "st')
        file.flush()
        rows, offset = run.metrics()
        assert rows == [row(1)]
        file.write('ep": 2}\n')
    assert run.metrics(offset)[0] == [{"kind": "train", "step": 2}]


def test_resuming_undoes_later_steps_and_keeps_offsets_good(run: Run):
    for step in (1, 2, 3, 4):
        run.append_metrics(row(step))
        run.preview_path(step).touch()
    collected, offset = run.metrics()
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write('{"torn')
    run.resume_metrics(2)
    run.append_metrics(row(3, total=33))

    rows, _ = run.metrics()
    assert [(r["kind"], r["step"]) for r in rows] == [("train", 1), ("train", 2), ("resumed", 2), ("train", 3)]
    assert rows[-1]["total"] == 33
    assert runs.without_undone(collected + run.metrics(offset)[0]) == rows
    assert run.preview_steps() == [1, 2]


# -- control -----------------------------------------------------------------------------------------------------------


def test_wishes_add_up(run: Run):
    assert run.control() == Control()
    run.update_control(beta=0.1)
    run.update_control(paused=True)
    run.ask_single_step()
    run.ask_single_step()
    assert run.control() == Control(paused=True, single_steps=2, beta=0.1)
    run.update_control(paused=False, learning_rate=1e-4)
    assert run.control() == Control(single_steps=2, beta=0.1, learning_rate=1e-4)


def test_wishes_of_many_viewers_are_all_kept(run: Run):
    def ask() -> None:
        for _ in range(10):
            run.ask_single_step()

    viewers = [threading.Thread(target=ask) for _ in range(5)]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert run.control().single_steps == 50


def test_wishes_out_of_bounds_are_refused(run: Run):
    for wish in ({"beta": -1.0}, {"learning_rate": 0.0}, {"beta": float("nan")}):
        with pytest.raises(ExplorerError):
            run.update_control(**wish)
    assert run.control() == Control()


def test_a_deleted_run_does_not_come_back(run: Run):
    run.write_status(mine("finished"))
    run.delete()
    for act in (lambda: run.update_control(stop=True), run.ask_single_step):
        with pytest.raises(ExplorerError):
            act()
    assert not os.path.exists(run.path)
    assert run.control() == Control()
    assert run.metrics() == ([], 0)
    assert run.preview_steps() == []
    assert run.status().state == "failed"

"""Event files beside a run's log, as TensorBoard's own reader reads them."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from explorer import runs
from explorer.__main__ import main
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import Run
from explorer.training import events
from tests.unit.training.trained import train


def read(run: Run) -> dict[tuple[str, int], float]:
    """Scalars by tag and step; of one tag and step that was written twice, the last."""
    found = EventAccumulator(str(run.path / events.FOLDER), size_guidance={"scalars": 0})
    found.Reload()
    return {(tag, event.step): event.value for tag in found.Tags()["scalars"] for event in found.Scalars(tag)}


def logged(run: Run) -> dict[tuple[str, int], float]:
    """What the log has to tell, by the names that events have."""
    rows: list[dict[str, Any]] = [row.to_json() for row in run.metrics().rows]
    return {
        (f"{row['kind']}/{name}", row["step"]): value
        for row in rows
        for name, value in row.items()
        if name not in ("kind", "step", "time", "what") and math.isfinite(value)
    }


def same(run: Run) -> bool:
    ours, theirs = logged(run), read(run)
    return ours.keys() == theirs.keys() and all(math.isclose(theirs[key], ours[key], rel_tol=1e-6) for key in ours)


@pytest.fixture
def config(pictures: Path) -> TrainConfig:
    return TrainConfig(source="folder", data_path=str(pictures), latent_dim=2, batch_size=4, max_steps=6, epochs=9)


def test_a_run_that_is_stopped_and_goes_on_writes_what_its_log_says(config: TrainConfig):
    run = runs.create(config, "Mine")
    events.ask(run)
    train(run, stop_after=3)
    assert same(run)
    assert ("subset/recon", 0) in read(run) or ("train/recon", 1) in read(run)
    train(run)
    assert run.status().state == "finished"
    assert same(run)
    assert max(step for _, step in read(run)) == 6
    assert {path.parent for path in run.path.rglob("*tfevents*")} == {run.path / events.FOLDER}


def test_asked_for_when_it_goes_on_it_has_all_from_the_start(config: TrainConfig, capsys: pytest.CaptureFixture[str]):
    run = runs.create(config, "Mine")
    train(run, stop_after=3)
    assert not (run.path / events.FOLDER).exists()
    assert main(["train", "--resume", str(run.path), "--tensorboard"]) == 0
    assert same(run)


def test_steps_that_are_undone_are_undone(config: TrainConfig):
    """Killed after its last checkpoint, a run takes some steps again."""
    run = runs.create(config, "Mine")
    events.ask(run)
    train(run, stop_after=2)
    writer = events.of(run, 2)
    assert writer
    later = next(row for row in run.metrics().rows if row.kind == "train")
    writer.add(type(later)(**{**later.__dict__, "step": 5, "recon": 99.0}))
    writer.close()
    assert read(run)[("train/recon", 5)] == 99.0
    train(run)
    assert read(run).get(("train/recon", 5)) != 99.0
    assert same(run)


def test_without_tensorboard_it_says_what_to_do(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    run = runs.create(config, "Mine")
    events.ask(run)
    train(run, stop_after=2)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert main(["train", "--source", "shapes", "--tensorboard"]) == 1
    assert "pip install tensorboard" in capsys.readouterr().err
    assert runs.list_runs() == [run]
    with pytest.raises(ExplorerError):
        events.ask(run)
    train(run)  # goes on without
    assert run.status().state == "finished"
    assert "no more events for TensorBoard" in capsys.readouterr().out

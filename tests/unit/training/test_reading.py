from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer import runs
from explorer.analysis.health import health
from explorer.config import TrainConfig
from explorer.runs import Run, Status
from explorer.training import reading
from explorer.training.endings import StopRequested
from explorer.training.loop import run_training
from explorer.training.race import run_race
from explorer.training.reading import Reading
from explorer.ui.feeds import training


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Twenty of them; each is worth a word."""
    monkeypatch.setattr(reading, "_SAY_EVERY_S", 0.0)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for k in range(20):
        Image.fromarray(np.full((32, 32, 3), k, np.uint8)).save(folder / f"{k:02}.png")
    return str(folder)


@pytest.fixture
def make(pictures: str) -> Callable[[], Run]:
    config = TrainConfig(
        source="folder",
        data_path=pictures,
        max_steps=1,
        latent_dim=2,
        batch_size=4,
        precision="float32",
        family="linear_vae",
    )
    return lambda: runs.create(config, "Pictures")


def test_the_status_says_how_many_are_read(
    make: Callable[[], Run], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, told = make(), list[Status]()
    write = Run.write_status

    def noting(self: Run, status: Status, **how: bool) -> None:
        told.append(status)
        write(self, status, **how)

    monkeypatch.setattr(Run, "write_status", noting)
    run_training(run, Status("starting"))
    read = [status for status in told if status.images_to_read]
    assert [(status.state, status.images_read, status.images_to_read) for status in read] == [
        ("starting", k + 1, 20) for k in range(20)
    ]
    assert health(run.metrics(), read[11]).sentence == "Reading pictures: 12 of 20."
    assert "starting, reading 20 pictures" in training.progress([(run, read[11])])
    assert Status.from_json(read[11].to_json()) == read[11]
    assert "reading pictures: 20 of 20" in capsys.readouterr().out
    assert (run.status().state, run.status().images_to_read) == ("finished", 0)


def test_it_is_stopped_while_images_are_read(make: Callable[[], Run]) -> None:
    run = make()
    run.update_control(stop=True)
    run_training(run, Status("starting"))
    assert (run.status().state, run.environment) == ("stopped", {})


def test_images_of_runs_in_step_are_read_once_and_all_say_so(make: Callable[[], Run], pictures: str) -> None:
    waiting = [(make(), Status("starting")) for _ in range(2)]
    shared = Reading(waiting, lambda: False)
    waiting[0][0].update_control(stop=True)  # the other one goes on
    shared.load("folder", pictures)
    assert [run.status().images_read for run, _ in waiting] == [20, 20]
    with pytest.raises(StopRequested):
        Reading(waiting, lambda: True).load("folder", pictures)
    run_race(waiting, lambda: False, lambda resting: None)
    assert [run.status().state for run, _ in waiting] == ["stopped", "finished"]

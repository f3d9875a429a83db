"""Real steps of a small preset are timed and kept for one machine, and give way to a run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psutil
import pytest
import torch

from explorer import runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.presets import FIRST, PRESETS, Preset
from explorer.runs import Status
from explorer.training import speed
from tests.timed import timed

SMALL = TrainConfig(latent_dim=2, batch_size=4, precision="float32", max_steps=30, epochs=1000)


@pytest.fixture(autouse=True)
def one_small_preset(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    small = Preset("Small", "", "", SMALL)
    monkeypatch.setattr(speed, "PRESETS", {"small": small})
    monkeypatch.setattr(speed, "RACE", small)  # of the same kind
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_steps_are_timed_kept_and_known_on_this_machine_alone(monkeypatch: pytest.MonkeyPatch):
    assert speed.known(SMALL) is None
    assert speed.left() == [SMALL]
    speed.time_steps()
    found = speed.known(SMALL)
    assert found
    assert 0 < found.fastest <= found.slowest
    assert found.start > 0 < found.image
    assert speed.known(SMALL) == speed.known(TrainConfig(**(SMALL.to_json() | {"beta": 0.5, "seed": 3, "epochs": 7})))
    assert speed.known(TrainConfig(**(SMALL.to_json() | {"batch_size": 8}))) is None
    assert found.busy or speed.left() == []
    assert runs.list_runs() == []
    monkeypatch.setattr(speed, "_machine", lambda: "elsewhere, 64 cores")
    assert speed.known(SMALL) is None
    assert speed.left() == [SMALL]


def test_it_gives_way_to_a_run():
    run = runs.create(TrainConfig(source="shapes"), "First")
    run.write_status(Status("running", pid=os.getpid(), pid_started=psutil.Process().create_time()))
    speed.time_steps()
    assert speed.known(SMALL) is None
    timing = speed.Timing()
    timing.start()
    assert not timing.under_way


def test_what_can_not_be_taken_is_not_tried_again():
    speed.keep(SMALL, ExplorerError("No room"))
    assert speed.known(SMALL) is None
    assert speed.left() == []


def test_what_a_busy_machine_took_is_timed_anew_later(monkeypatch: pytest.MonkeyPatch):
    speed.keep(SMALL, timed(busy=True))
    assert speed.left() == []
    monkeypatch.setattr(speed, "_BUSY_FOR_S", -1.0)
    assert speed.left() == [SMALL]


def test_a_whole_run_is_its_start_its_steps_and_its_measurements():
    """Of 10 epochs of 10 steps of 0.1 to 0.2 s, with 1 s to measure the split after each, or as often as may be."""
    config = TrainConfig(batch_size=4, epochs=10)
    low, high = timed(0.1, 0.2).of_run(config, 40, 1000)
    assert low == pytest.approx(4 + 10 + 1 + 0.2 * 10)  # a fifth of the time is less than nine measurements
    assert high == pytest.approx(4 + 20 * 1.1 + 1 + 0.2 * 20 * 1.1)
    short = timed(0.1, 0.1).of_run(TrainConfig(batch_size=4, epochs=1), 40, 1000)
    assert short[0] == pytest.approx(4 + 1 + 1)


def test_a_hundred_epochs_are_hours_and_the_first_lesson_is_half_a_minute():
    """On CIFAR-10, with steps as two quiet cores take them: 0.09 and 0.05 s."""
    low, high = timed(0.09, 0.09).of_run(PRESETS[FIRST].settings, 40_000, 10_000)
    assert 25 < low < high < 45
    assert timed(0.05, 0.05).of_run(PRESETS["notebook"].settings, 40_000, 10_000)[0] > 1.5 * 3600

"""Runs in step: the same steps, the same pictures, and each as if it were trained alone."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from explorer import runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import Run
from explorer.training import process, recorder
from explorer.training.race import run_race
from tests.unit.training.trained import train, weights

STEPS = 8


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def make(pictures: Path) -> Callable[..., Run]:
    def make_run(beta: float, **changes) -> Run:
        settings: dict[str, Any] = {"latent_dim": 4, "batch_size": 4, "max_steps": STEPS, "epochs": 1000}
        settings |= {"data_path": str(pictures), "precision": "float32", "beta": beta}
        return process.create(TrainConfig(source="folder", **(settings | changes)), f"Beta {beta:g}")

    return make_run


def race(*contestants: Run, stop_asked: Callable[[], bool] = lambda: False) -> None:
    run_race([(run, run.status()) for run in contestants], stop_asked, lambda resting: None)


def steps(run: Run) -> tuple[list[int], list[int], list[int]]:
    """Of its pictures, and of its rows on batches and on the validation subset."""
    metrics = run.metrics()
    return run.preview_steps(), [row.step for row in metrics.train], [row.step for row in metrics.subset]


def test_each_comes_out_as_if_it_were_alone(make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch):
    """Weights are the same to the bit, from the same start; pictures and rows are of the same steps."""
    for name in ("LOG_EVERY_S", "PREVIEW_EVERY_S", "SUBSET_EVERY_S"):
        monkeypatch.setattr(recorder, name, 0.0)  # often enough to have some in a race of eight steps
    low, high = make(1e-5), make(0.5)
    race(low, high)
    for run in (low, high):
        alone = weights(train(make(run.config.beta)))
        assert all(value.equal(alone[name]) for name, value in weights(run).items())
        assert run.status().state == "finished"
    assert not all(value.equal(weights(high)[name]) for name, value in weights(low).items())
    assert low.preview_path(0).read_bytes() == high.preview_path(0).read_bytes()
    assert low.preview_path(STEPS).read_bytes() != high.preview_path(STEPS).read_bytes()
    assert steps(low) == steps(high)


def test_nobody_runs_ahead_of_one_that_is_paused(make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorder, "STATUS_EVERY_S", 0.0)
    slow, other = make(1e-5), make(0.5)
    slow.update_control(paused=True)
    looks: list[tuple[int, int]] = []

    def person() -> bool:
        looks.append((slow.status().step, other.status().step))
        if len(looks) == 20:
            slow.ask_single_step()
        if len(looks) == 40:
            slow.update_control(paused=False)
        return False

    race(slow, other, stop_asked=person)
    assert {here for here, _ in looks[:20]} == {0}
    assert max(there for _, there in looks[:20]) == 1
    assert max(there for _, there in looks[:40]) == 2
    assert [run.status().step for run in (slow, other)] == [STEPS, STEPS]


def test_all_stop_at_the_step_that_one_has_taken(make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch):
    """However far a round of turns has come when they are told to."""
    monkeypatch.setattr(recorder, "STATUS_EVERY_S", 0.0)
    contestants = [make(beta) for beta in (1e-5, 1e-3, 0.5)]
    told: list[list[int]] = []

    def person() -> bool:
        if not told and contestants[0].status().step == 3:
            told.append([run.status().step for run in contestants])
            for run in contestants:
                run.update_control(stop=True)
        return False

    race(*contestants, stop_asked=person)
    assert told == [[3, 2, 2]]
    assert [(run.status().state, run.status().step) for run in contestants] == [("stopped", 3)] * 3


def test_one_that_ends_early_leaves_the_others_going_on(
    make: Callable[..., Run], pictures: Path, monkeypatch: pytest.MonkeyPatch
):
    """Stopped, broken, or its folder gone; what failed says so itself. Its lock is free for whoever resumes it."""
    monkeypatch.setattr(recorder, "STATUS_EVERY_S", 0.0)
    stopped, gone, lasts = (make(beta) for beta in (1e-5, 1e-3, 0.5))
    broken = make(0.1, data_path=str(pictures / "nowhere"))

    def person() -> bool:
        if lasts.status().step and not stopped.control().stop:
            stopped.update_control(stop=True)
            shutil.rmtree(gone.path)
        return False

    ended: list[Run] = []
    contestants = [(run, run.status()) for run in (stopped, gone, broken, lasts)]
    with pytest.raises(ExplorerError, match="nowhere"):
        run_race(contestants, person, lambda resting: None, ended.append)
    assert ended[0] == broken  # before its first step
    assert ended[-1] == lasts
    assert set(ended) == {stopped, gone, broken, lasts}
    assert [run.status().state for run in (stopped, broken, lasts)] == ["stopped", "failed", "finished"]
    assert 0 < stopped.status().step < STEPS
    assert lasts.status().step == STEPS
    assert not gone.path.exists()


def wait(seen: Callable[[], bool], *contestants: Run) -> None:
    until = time.monotonic() + 180.0
    while not seen():
        told = [str(run.status().error) for run in contestants if run.status().state == "failed"]
        assert not told
        assert time.monotonic() < until, [run.status() for run in contestants]
        time.sleep(0.05)


def test_a_race_in_a_process_of_its_own(make: Callable[..., Run], pictures: Path):
    """Started, paused at one step, stopped, resumed in step to the end: one process, a place in line, a folder each."""
    pattern = make(1.0)
    config = pattern.config
    shutil.rmtree(pattern.path)  # nobody trains it, and others would wait for it in line
    settings = [TrainConfig(**{**config.to_json(), "beta": beta, "max_steps": 0}) for beta in (1e-5, 0.5)]
    contestants = process.start_race([(one, f"Race, beta {one.beta:g}") for one in settings])
    try:
        assert all(run.race == [other.id for other in contestants] for run in contestants)
        wait(lambda: all(run.status().step > 3 for run in contestants), *contestants)
        assert len({run.status().pid for run in contestants}) == 1
        for run in contestants:
            run.update_control(paused=True)
        wait(lambda: all(run.status().state == "paused" for run in contestants), *contestants)
        paused_at = [run.status().step for run in contestants]
        assert paused_at[0] == paused_at[1]
        assert {run.preview_steps()[-1] for run in contestants} == set(paused_at)
        for run in contestants:
            run.update_control(stop=True)
        wait(lambda: all(run.status().state == "stopped" for run in contestants), *contestants)
        wait(lambda: not any(psutil.pid_exists(run.status().pid) for run in contestants), *contestants)

        process.spawn(*contestants)
        wait(lambda: all(run.status().step > max(paused_at) for run in contestants), *contestants)
        assert len({run.status().pid for run in contestants}) == 1
        for run in contestants:
            run.update_control(stop=True)
        wait(lambda: all(run.status().state == "stopped" for run in contestants), *contestants)
    finally:
        for run in runs.list_runs():
            if (pid := run.status().pid) and run.status().active:
                psutil.Process(pid).kill()

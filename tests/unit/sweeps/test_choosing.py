"""Who chooses trials: Optuna's samplers, told of what runs say, and its median rule."""

from __future__ import annotations

from typing import Any

import pytest

from explorer import runs
from explorer.config import TrainConfig
from explorer.runs import State, Status, Trial
from explorer.runs.rows import Full, Subset
from explorer.sweeps import choosing, folder
from explorer.sweeps.axes import assigned
from explorer.sweeps.folder import Sweep
from explorer.sweeps.plan import planned
from explorer.sweeps.results import results
from tests.rows import measured

pytest.importorskip("optuna", reason="Optuna is not installed")


def swept(*asked: str, **more) -> Sweep:
    start = TrainConfig(source="shapes", latent_dim=2)
    return folder.create(planned(start, [assigned(each) for each in asked], **more))


def trial(sweep: Sweep, number: int, state: State, error: float, until: int = 100, **settings) -> None:
    """Whose errors are so many times 1 to 0.1."""
    config = TrainConfig(source="shapes", latent_dim=2, **settings)
    run = runs.create(config, "", trial=Trial(sweep.id, number))
    for step in range(10, until + 1, 10):
        run.append_metrics(measured(Subset, step, error * 10 / step))
    if state == "finished":
        run.append_metrics(measured(Full, until, error / 10))
    run.write_status(Status(state, step=until, total_steps=100, pid=1))


def test_a_sampler_looks_where_totals_are_low_and_says_the_same_again():
    sweep = swept("learning_rate=1e-5..1e-1", "norm=group,batch", sampler="tpe", trials=40)
    for number in range(30):
        values: dict[str, Any] = choosing.next_values(sweep.plan, number, results(sweep)[0])
        rate = values["learning_rate"]
        assert isinstance(rate, float)
        assert 1e-5 <= rate <= 1e-1
        trial(sweep, number, "finished", abs(rate - 1e-3) + (0.1 if values["norm"] == "batch" else 0.0), **values)
    known, _ = results(sweep)
    proposed: list[dict[str, Any]] = [choosing.next_values(sweep.plan, number, known) for number in range(30, 40)]
    assert proposed == [choosing.next_values(sweep.plan, number, known) for number in range(30, 40)]
    assert sum(values["norm"] == "group" for values in proposed) >= 8
    assert sorted(values["learning_rate"] for values in proposed)[5] < 1e-2


def test_a_trial_that_is_worse_than_the_median_is_stopped_where_totals_compare():
    sweep = swept("learning_rate=0.01,0.02", "seed=0:4", prune=True)
    for number in range(4):
        trial(sweep, number, "finished", 0.1 * (number + 1), seed=number)
    trial(sweep, 4, "running", 0.5, until=50, learning_rate=0.02)
    trial(sweep, 5, "running", 0.15, until=50, seed=5)
    trial(sweep, 6, "running", 0.5, until=50, beta=0.5)
    trial(sweep, 7, "running", 0.5, until=10)
    known, _ = results(sweep)
    told = [choosing.too_bad(each, known) for each in known[4:]]
    assert told[0].startswith("Stopped early at 50 % of its steps: its lowest validation total, 0.101, is above 0.051,")
    assert told[1:] == ["", "", ""]

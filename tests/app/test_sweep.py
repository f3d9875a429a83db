"""Sweep, without a browser: every state of it, the form that starts one, and who may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from explorer import runs
from explorer.config import TrainConfig
from explorer.runs import Run, RunError, State, Status, Trial
from explorer.runs.rows import Full, Subset
from explorer.sweeps import folder
from explorer.sweeps.axes import assigned
from explorer.sweeps.folder import Sweep
from explorer.sweeps.plan import planned
from tests.app.shown import captions, html
from tests.rows import measured
from tests.server import end_training

Opened = Callable[..., AppTest]


def alive() -> dict[str, Any]:
    me = psutil.Process()
    return {"pid": me.pid, "pid_started": me.create_time()}


def swept(state: State, *asked: str, trials: int = 4, **values) -> Sweep:
    """A sweep of four points whose first trials have ended, as its process leaves it in a state."""
    plan = planned(TrainConfig(source="shapes", latent_dim=8), [assigned(each) for each in asked])
    sweep = folder.create(plan)
    for number, point in enumerate(plan.points[:trials]):
        trial(sweep, number, Status("finished", step=20, total_steps=20, pid=1), plan.config(point))
    living = alive() if state in runs.ACTIVE else {}
    sweep.write_status(Status(state, step=trials, total_steps=plan.count, **living | values))
    return sweep


def trial(sweep: Sweep, number: int, status: Status, config: TrainConfig, error: float | None = None) -> Run:
    run = runs.create(config, f"Trial {number}", trial=Trial(sweep.id, number))
    run.append_metrics(measured(Full, 20, error or 0.02 + 0.001 * number, kl=1.5, beta=config.beta))
    run.write_status(status)
    return run


def lowest(test: AppTest) -> list[str]:
    """Labels of the ways to the trials with the lowest totals."""
    return [link.proto.label.replace("\\", "") for link in test.get("page_link") if ", trial " in link.proto.label]


@pytest.fixture
def ended() -> Iterator[None]:
    yield
    end_training(runs.runs_root())
    for sweep in folder.list_sweeps():
        if sweep.status().active and sweep.status().pid:
            psutil.Process(sweep.status().pid).kill()


def test_where_there_is_none_the_form_stands_and_a_viewer_is_told(app: Opened):
    test = app("sweep", source="Shapes")
    assert "6 trials, one after another." in captions(test)
    test.text_input(key="sweep-values-0").set_value("1e-4, x").run()
    assert "beta is 'x', which is no number" in test.error[0].value
    assert test.button(key="sweep-start").disabled
    assert "There is no sweep yet." in captions(app("sweep", source="Shapes", viewer="anne"))


def test_the_form_starts_a_sweep(app: Opened, ended: None):
    test = app("sweep", source="Shapes")
    test.text_input(key="sweep-values-0").set_value("0.1, 0.2").run()
    test.button(key="sweep-start").click().run()
    assert not test.exception
    (sweep,) = folder.list_sweeps()
    assert sweep.plan.points[0] == {"beta": 0.1, "seed": 0}
    assert test.query_params["sweep"] in (sweep.id, [sweep.id])
    test.button(key="sweep-stop").click().run()
    assert sweep.stop_asked()


@pytest.mark.parametrize(
    ("state", "trials", "words", "buttons"),
    [
        ("running", 3, "3 of 4 trials done", {"sweep-stop"}),
        ("stopped", 3, "3 of 4 trials done", {"sweep-resume"}),
        ("failed", 0, "0 of 4 trials done", {"sweep-resume"}),
        ("finished", 4, "4 of 4 trials done", set()),
    ],
)
def test_states(app: Opened, state: State, trials: int, words: str, buttons: set[str]):
    swept(state, "learning_rate=0.1,0.2", "seed=0:2", trials=trials)
    test = app("sweep", source="Shapes")
    assert f'data-state="{state}"' in html(test)
    assert words in html(test)
    assert {key for key in ("sweep-stop", "sweep-resume") if key in [b.key for b in test.button]} == buttons
    assert len(test.get("plotly_chart")) == (2 if trials > 1 else 0)
    viewed = app("sweep", source="Shapes", viewer="anne")
    assert words in html(viewed)
    assert not {"sweep-stop", "sweep-resume", "sweep-new"} & {button.key for button in viewed.button}


def test_one_that_was_killed_says_so_and_damaged_trials_are_named(app: Opened):
    sweep = swept("running", "beta=0.1,0.2", "seed=0:2", pid=2**22 + 1, pid_started=1.0)
    of = sweep.trials()
    of[1].write_status(Status("stopped", pid=1, step=5, stopped_early="Stopped early at 25 % of its steps."))
    of[2].write_status(Status("failed", pid=1, step=5, error=RunError("Training broke at step 5")))
    (of[3].path / "config.json").write_text("{")
    (folder.create(sweep.plan).path / "sweep.json").write_text("{")
    test = app("sweep", source="Shapes")
    assert "has ended without saying why" in html(test)
    assert 'title="Stopped early at 25 % of its steps."' in html(test)
    assert "3 of 4 trials done" in html(test)
    assert "1 trial left out: trial 3" in captions(test)
    assert "1 folder left out" in captions(test)
    assert lowest(test) == []
    assert "isn't here" in " ".join(box.value for box in app("sweep", source="Shapes", sweep="nonsense").info)


def test_what_all_trials_share_is_said_and_what_is_called_best_is_by_more_than_chance(app: Opened):
    sweep = swept("running", "norm=group,batch,none", "seed=0:2", trials=0)
    for number, (point, error) in enumerate(
        zip(sweep.plan.points, (0.02, 0.03, 0.0403, 0.021, 0.031, 0.04), strict=True)
    ):
        trial(sweep, number, Status("finished", step=20, total_steps=20, pid=1), sweep.plan.config(point), error)
    test = app("sweep", source="Shapes")
    assert "All trials: Shapes, Convolutional VAE, 8 latent dimensions, beta 0.001, 10 epochs" in html(test)
    assert lowest(test) == ["Best, trial 0: norm group, seed 0"]
    assert "compare within" not in captions(test)
    assert "<b>0.02150</b>" in html(test)


def test_totals_compare_within_one_beta_and_those_of_running_trials_are_not_ranked(app: Opened):
    sweep = swept("running", "beta=0.1,0.2", "norm=group,batch", trials=3)
    run = trial(sweep, 3, Status("running", step=5, total_steps=20, **alive()), sweep.plan.config(sweep.plan.points[3]))
    (run.path / "metrics.jsonl").unlink()
    run.append_metrics(measured(Subset, 5, 0.001, kl=1.5, beta=0.2))
    test = app("sweep", source="Shapes")
    assert lowest(test) == ["Lowest total, trial 0: beta 0.1, norm group (one seed each, it may be chance)"]
    assert "Validation totals compare within one beta, where they mean the same." in captions(test)
    assert html(test).count("<small>so far</small>") == 1
    assert "So far: before a trial's last step, on fewer validation images than at its end. Not ranked." in html(test)

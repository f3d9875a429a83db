"""A long list of runs on Train: to find one, and to have room back. No page of its own, and one opening for each."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from explorer import runs
from explorer.config import TrainConfig
from explorer.runs import Run, State, Status, retention
from explorer.runs.rows import Full
from explorer.ui.train import run_list
from tests.app.shown import html
from tests.rows import measured

Opened = Callable[..., AppTest]


def make(title: str, state: State = "finished", days_ago: float = 0.0, recon: float | None = None) -> Run:
    run = runs.create(TrainConfig(source="shapes", latent_dim=8), title)
    run.write_environment({"digest": "d"})
    if recon is not None:
        run.append_metrics(measured(Full, 2, recon))
        run.write_summary(run.summarised())
    run.write_status(Status(state, heartbeat=time.time() - days_ago * retention.DAY_S))
    return run


def listed(test: AppTest) -> list[str]:
    return [box.label for box in test.checkbox if str(box.key).startswith("tick-")]


def said(test: AppTest) -> str:
    return " ".join(each.value for each in (*test.markdown, *test.caption))


def test_of_many_runs_the_newest_are_shown_and_others_found(app: Opened):
    for i in range(40):
        make(f"Number {i:02d}")
    test = app("train", source="Shapes")
    assert listed(test) == [f"Number {i:02d}" for i in range(39, 39 - run_list.AT_ONCE, -1)]
    test.checkbox[0].check().run()
    test.text_input(key="find-runs").set_value("shapes number 1").run()
    assert listed(test) == ["Number 39", *(f"Number {i}" for i in (19, 18, 17, 16, 15, 14, 13))]  # the ticked one stays
    test.button(key="more-runs").click().run()
    assert listed(test) == ["Number 39", *(f"Number {i}" for i in range(19, 9, -1))]
    test.text_input(key="find-runs").set_value("nothing like it").run()
    assert listed(test) == ["Number 39"]
    assert not test.exception


def test_all_but_the_best_go_when_they_were_shown_and_asked_for(app: Opened):
    best, worse, worst = (make(f"MSE {recon}", recon=recon) for recon in (0.01, 0.02, 0.03))
    never, active = make("Never measured"), make("Active", "starting", recon=0.5)
    active.write_status(Status("starting"))
    test = app("train", source="Shapes", run=best.id)
    test.segmented_control(key="room-which").set_value("All but the best").run()
    test.number_input(key="room-count").set_value(1).run()
    test.button(key="room-show").click().run()
    assert re.findall("<li>(.*?)</li>", html(test)) == ["MSE 0.03", "MSE 0.02"]
    assert "**2 runs, 0.0 MB.**" in said(test)
    assert "1 run is active and stays." in said(test)
    assert "1 run was never measured on a whole validation split" in said(test)
    assert worse.path.is_dir()
    test.button(key="room-really").click().run()
    assert not test.exception
    assert [run.path.is_dir() for run in (best, worse, worst, never, active)] == [True, False, False, True, True]
    assert "2 runs deleted" in said(test)


def test_one_that_goes_on_while_the_question_stands_stays(app: Opened):
    old, resumed = make("Old", days_ago=91), make("Resumed", "stopped", days_ago=91)
    test = app("train", source="Shapes", run=old.id)
    test.button(key="room-show").click().run()
    resumed.write_status(Status("starting"))
    test.button(key="room-really").click().run()
    assert not test.exception
    assert (old.path.exists(), resumed.path.exists()) == (False, True)
    assert "1 run deleted" in said(test)
    assert "Resumed is still starting" in said(test)


def test_a_viewer_is_offered_none_of_it(app: Opened):
    make("A run")
    test = app("train", viewer="anne", source="Shapes")
    assert "room-show" not in {button.key for button in test.button}


def test_where_nothing_would_go_nobody_is_asked(app: Opened):
    run = make("The only one", recon=0.01)
    test = app("train", source="Shapes", run=run.id)
    test.button(key="room-show").click().run()
    assert "No run ended 90 days ago or earlier." in said(test)
    test.segmented_control(key="room-which").set_value("All but the best").run()
    test.button(key="room-show").click().run()
    assert "No images have more than 3 runs that can be compared" in said(test)
    assert "room-really" not in {button.key for button in test.button}

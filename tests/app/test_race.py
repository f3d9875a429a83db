"""Beta race, without a browser: how it is started, every state of it, what its controls write, and its link."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer import runs
from explorer.config import TrainConfig
from explorer.presets import FIRST, PRESETS
from explorer.runs import Run, RunError, State, Status
from explorer.runs.rows import Subset, Train
from tests.app.shown import components, html
from tests.rows import measured
from tests.server import end_training

Opened = Callable[..., AppTest]
STEPS = (0, 5, 10)


def contestant(beta: float, state: State, steps: tuple[int, ...] = STEPS, error: RunError | None = None) -> Run:
    """A run folder as a race leaves it, or, in active states, one whose process is this one."""
    run = runs.create(TrainConfig(source="shapes", latent_dim=8, beta=beta), f"Beta race, beta {beta:g}")
    for step in steps[1:]:
        for kind in (Train, Subset):
            run.append_metrics(measured(kind, step, 0.1 / step, kl=1.5))
    Image.fromarray(np.zeros((32, 8 * 32, 3), np.uint8)).save(run.originals_path)
    for step in steps:
        Image.fromarray(np.full((32, 8 * 32, 3), step, np.uint8)).save(run.preview_path(step))
    me = psutil.Process()
    alive = {"pid": me.pid, "pid_started": me.create_time()} if state in runs.ACTIVE else {}
    run.write_status(Status(state, step=steps[-1], total_steps=20, steps_per_epoch=10, error=error, **alive))
    return run


def raced(*contestants: Run) -> str:
    """Makes one race of them, and its name in the address."""
    ids = [run.id for run in contestants]
    for run in contestants:
        run.write_race(ids)
    return ",".join(ids)


def timelapse(test: AppTest) -> dict[str, Any]:
    """What the component of the pictures is sent."""
    (sent,) = (data for c in components(test) if "strips" in (data := json.loads(c.proto.json)))
    return sent


@pytest.fixture
def ended() -> Iterator[None]:
    """Trainers that the test starts are ended with it."""
    yield
    end_training(runs.runs_root())


def test_the_card_starts_a_race(app: Opened, ended: None):
    """From one start: what differs is beta alone, and the titles tell it."""
    test = app("train", source="Shapes")
    test.multiselect(key="race-betas").set_value([0.1, 1e-5]).run()
    test.button(key="race-begin").click().run()
    assert not test.exception
    low, high = sorted(runs.list_runs(), key=lambda run: run.config.beta)
    assert (low.title, high.title) == ("Beta race, beta 1e-5", "Beta race, beta 0.1")
    differing = {name for name, value in low.config.to_json().items() if high.config.to_json()[name] != value}
    assert differing == {"beta"}
    assert low.config.max_steps == PRESETS[FIRST].settings.max_steps
    assert test.query_params["race"] == f"{low.id},{high.id}"
    assert "<h2>Beta race: 1e-5 and 0.1</h2>" in html(test)


def test_the_card_says_how_long_all_of_them_take(app: Opened):
    """4 s, and of each 250 steps of 0.1 s and up to a tenth for watching, and 1.2 s to measure 1,200 images."""
    test = app("train", source="Shapes")
    assert "<h2>Beta race</h2>" in html(test)
    assert "About 1.5 min on this machine." in html(test)
    test.multiselect(key="race-betas").set_value([0.1, 1e-5]).run()
    assert "About 60 s on this machine." in html(test)


def test_one_beta_is_no_race(app: Opened):
    test = app("train", source="Shapes")
    test.multiselect(key="race-betas").set_value([0.1]).run()
    assert test.button(key="race-begin").disabled


@pytest.mark.parametrize(
    ("state", "words", "buttons"),
    [
        ("starting", "step 10 of 20", {"race-pause", "race-step", "race-stop"}),
        ("queued", "step 10 of 20", {"race-pause", "race-step", "race-stop"}),
        ("running", "step 10 of 20", {"race-pause", "race-step", "race-stop"}),
        ("paused", "step 10 of 20", {"race-pause", "race-step", "race-stop"}),
        ("stopped", "step 10 of 20", {"race-resume"}),
        ("failed", "failed at step 10", {"race-resume"}),
        ("finished", "step 10 of 20", set()),
    ],
)
def test_states(app: Opened, state: State, words: str, buttons: set[str]):
    link = raced(contestant(1e-5, state), contestant(0.1, state))
    test = app("train", source="Shapes", race=link)
    assert f'data-state="{state}"' in html(test)
    assert words in html(test)
    keys = {key for button in test.button if (key := button.key or "").startswith("race-")}
    assert {key for key in keys if not key.startswith("race-open")} == buttons
    sent = timelapse(test)
    assert sent["steps"] == list(STEPS)
    assert [row["label"] for row in sent["rows"]] == ["beta 1e-5", "beta 0.1"]


def test_all_are_told(app: Opened):
    contestants = contestant(1e-5, "running"), contestant(0.1, "running")
    test = app("train", source="Shapes", race=raced(*contestants))
    test.button(key="race-pause").click().run()
    assert [run.control().paused for run in contestants] == [True, True]
    assert test.button(key="race-pause").label == "Go on"
    test.button(key="race-stop").click().run()
    assert [run.control().stop for run in contestants] == [True, True]
    assert not test.exception


def test_pictures_stand_at_a_step_that_all_have(app: Opened):
    """Of the slowest: one that has ended stays at its last, and says so."""
    slow, fast = contestant(1e-5, "running", (0, 5)), contestant(0.1, "running", (0, 5, 10))
    failed = contestant(1e-3, "failed", (0,), RunError("The disk is full", "Free some space."))
    test = app("train", source="Shapes", race=raced(slow, failed, fast))
    sent = timelapse(test)
    assert sent["steps"] == [0, 5]
    assert "steps 5 to 10 of 20" in html(test)
    assert "Beta 0.001 failed at step 0: The disk is full. Free some space." in html(test)
    assert (sent["rows"][1]["last"], sent["rows"][1]["ended"]) == (0, "failed at step 0")
    assert all(sent["strips"][-1]["srcs"])


def test_one_that_ended_a_step_before_another_is_not_said_to_stand_with_it(app: Opened):
    test = app("train", source="Shapes", race=raced(contestant(1e-5, "stopped", (0, 9)), contestant(0.1, "stopped")))
    assert "steps 9 to 10 of 20" in html(test)
    assert "Beta 1e-5 stopped at step 9." in html(test)


def test_one_that_is_paused_alone_is_named(app: Opened):
    test = app("train", source="Shapes", race=raced(contestant(1e-5, "paused"), contestant(0.1, "running")))
    assert "1e-5 is paused, and the others wait for it." in html(test)


def test_the_link_shows_what_is_left_and_says_what_is_gone(app: Opened):
    contestants = [contestant(beta, "finished") for beta in (1e-5, 1e-3, 0.1)]
    link = raced(*contestants)
    shutil.rmtree(contestants[1].path)
    test = app("train", source="Shapes", race=link)
    assert "<h2>Beta race: 1e-5 and 0.1</h2>" in html(test)
    assert "1 of its runs has been deleted." in html(test)
    for run in (contestants[0], contestants[2]):
        shutil.rmtree(run.path)
    contestant(0.5, "finished")
    test = app("train", source="Shapes", race=link)
    assert not test.exception
    assert "isn't here" in " ".join(box.value for box in test.info)


@pytest.mark.parametrize("link", ["nonsense", "../../etc,..", ",,,", "20200101-000000-abcd"])
def test_a_bad_race_in_the_address_falls_back(app: Opened, link: str):
    run = runs.create(TrainConfig(source="shapes"), "Still here")
    run.write_status(Status("finished"))
    test = app("train", source="Shapes", race=link)
    assert f"<h2>{run.title}</h2>" in html(test)


def test_there_and_back_between_a_race_and_its_runs(app: Opened):
    """The page opens on the race of the newest run; each of its runs has a page of its own, and a way back."""
    contestants = contestant(1e-5, "finished"), contestant(0.1, "finished")
    link = raced(*contestants)
    test = app("train", source="Shapes")
    assert "<h2>Beta race: 1e-5 and 0.1</h2>" in html(test)
    test.button(key=f"race-open-{contestants[0].id}").click().run()
    assert f"<h2>{contestants[0].title}</h2>" in html(test)
    assert test.query_params["run"] == contestants[0].id
    test.button(key="to-race").click().run()
    assert test.query_params["race"] == link
    assert "run" not in test.query_params
    test.button(key=f"open-{contestants[1].id}").click().run()
    assert f"<h2>{contestants[1].title}</h2>" in html(test)


def test_runs_in_step_do_not_wait_in_line(app: Opened):
    """All of one process train; only those of others wait."""
    raced(contestant(1e-5, "running"), contestant(0.1, "running"))
    test = app("train", source="Shapes")
    assert "running, step 10" in html(test)
    assert "in line" not in html(test)
    assert os.getpid() == runs.list_runs()[0].status().pid

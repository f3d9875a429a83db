"""Train, without a browser: every state that a run can be in, and what its controls write."""

from __future__ import annotations

import base64
import errno
import io
import json
import math
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import psutil
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer import checkpoints, nets, places, runs
from explorer.config import NETWORK_SETTINGS, TrainConfig
from explorer.data import load_image_set
from explorer.presets import PRESETS
from explorer.runs import Run, RunError, State, Status
from explorer.runs.rows import Full, Subset, Train
from explorer.training import process, speed
from explorer.training.loop import run_training
from explorer.ui.train import form, run_view
from tests.app.shown import captions, components, files, html, read
from tests.rows import change, measured
from tests.server import end_training
from tests.systems import refusing
from tests.timed import timed
from tests.unit.training.trained import train

Opened = Callable[..., AppTest]


def said(test: AppTest) -> str:
    boxes = [*test.error, *test.warning, *test.caption, *test.markdown]
    return read("\n".join(box.value for box in boxes))


def make_run(state: State, title: str = "A run", steps: int = 20, error: RunError | None = None) -> Run:
    """A run folder as training leaves it, or, for active states, one whose process is this one."""
    run = runs.create(TrainConfig(source="shapes", latent_dim=8), title)
    for step in range(1, steps + 1):
        for kind in (Train, Subset):
            run.append_metrics(measured(kind, step, 0.1 / step, kl=1.5))
    strip = np.zeros((32, 8 * 32, 3), np.uint8)
    for path in (run.originals_path, run.preview_path(0), run.preview_path(steps)):
        Image.fromarray(strip).save(path)
    process = psutil.Process()
    run.write_status(
        Status(
            state,
            step=steps,
            total_steps=2 * steps,
            steps_per_epoch=10,
            images_per_s=100.0,
            eta_s=5.0,
            ahead=2 if state == "queued" else 0,
            pid=os.getpid() if state in runs.ACTIVE else 0,
            pid_started=process.create_time(),
            error=error,
        )
    )
    return run


def keep_checkpoints(run: Run, *steps: int) -> None:
    """Weights of a fresh net at some steps."""
    net = nets.build("conv_vae", run.config.latent_dim)
    for step in steps:
        run.weights_path(step).parent.mkdir()
        metadata = {"family": "conv_vae", "latent_dim": run.config.latent_dim, "step": step}
        checkpoints.save_weights(run.weights_path(step), net, metadata)


@pytest.fixture
def ended() -> Iterator[None]:
    """Trainers that the test starts are ended with it."""
    yield
    end_training(runs.runs_root())


def test_no_runs_yet_shows_pictures_and_presets(app: Opened):
    test = app("train", source="Shapes")
    assert 'data-picture="probes"' in html(test)
    starts = [button.key for button in test.button if (button.key or "").startswith("start-")]
    assert starts == [f"start-{name}" for name in PRESETS]
    assert not test.get("echarts_chart")


def test_a_preset_starts_with_one_click(app: Opened, ended: None):
    test = app("train", source="Shapes")
    test.button(key="start-quick").click().run()
    assert not test.exception
    (run,) = runs.list_runs()
    assert (run.config, run.title) == (PRESETS["quick"].with_(source="shapes"), "Quick look, beta 0.001")
    assert "<h2>Quick look, beta 0.001</h2>" in html(test)
    assert test.query_params["run"] == run.id


def test_the_pictures_are_the_same_before_and_in_the_run(app: Opened):
    """The page shows those that a run is watched on, of the chosen source; and so does a run that has none yet."""
    before = first_pictures(app("train", source="Shapes"))
    run = process.create(TrainConfig(source="shapes", max_steps=1, batch_size=2, latent_dim=2), "Watched")
    assert np.array_equal(first_pictures(app("train", source="Photos", run=run.id)), before)
    train(run)
    with Image.open(run.originals_path) as strip:
        assert np.array_equal(np.asarray(strip), before)


def test_what_the_folder_of_runs_does_not_promise_is_said(app: Opened, monkeypatch: pytest.MonkeyPatch):
    places.lacks.cache_clear()
    refusing(monkeypatch, os, "fsync", errno.EINVAL, lambda descriptor: os.path.isdir(f"/proc/self/fd/{descriptor}"))
    monkeypatch.setattr(places, "told", lambda: "Runs and downloads are kept in /home/me.")
    shown = captions(app("train", source="Shapes"))
    places.lacks.cache_clear()
    assert "a loss of power may cost the newest checkpoint" in shown
    assert "kept in /home/me" in shown


def first_pictures(test: AppTest) -> np.ndarray:
    """The eight that a page opens with, side by side."""
    shown = re.findall(r'data:image/png;base64,([^"]+)"', html(test))[:8]
    return np.concatenate(
        [np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")) for png in shown], axis=1
    )


def test_every_button_that_starts_says_what(app: Opened):
    test = app("train", source="Shapes")
    labels = [button.label for button in test.button]
    assert len(set(labels)) == len(labels)
    assert {f"Train {preset.title}" for preset in PRESETS.values()} <= set(labels)


def test_every_preset_has_a_question_of_its_own(app: Opened):
    shown = unescape(html(app("train", source="Shapes")))
    questions = [preset.question for preset in PRESETS.values()]
    assert len(set(questions)) == len(questions)
    assert [question for question in questions if not question.endswith("?") or question not in shown] == []


def test_cards_say_how_long_they_take_on_this_machine(app: Opened):
    """4 s, 250 steps of 0.1 s and up to a tenth for watching, twice 1.2 s to measure 1,200 images."""
    test = app("train", source="Shapes")
    assert "About 35 s on this machine." in card(test, "From noise")
    assert "not known" in card(test, "Linear VAE")
    assert "About 35 s on this machine." in said(test)  # in the form
    speed.keep(PRESETS["noise"].settings, timed(0.1, 0.4, busy=True))
    test.run()
    assert "About 30 s to 2 min on this machine, which was busy when it was timed." in card(test, "From noise")
    assert "About 55 min on this machine" in card(test, "Notebook")  # 30,000 steps here, hours on CIFAR-10


def test_what_was_never_timed_is_said_to_be_unknown(app: Opened):
    make_run("running", "First")  # so that nothing is timed now
    test = app("train", source="Shapes", new="run")
    (runs.runs_root() / "speed.json").unlink()
    test.run()
    assert "unknown until its steps are timed" in card(test, "From noise")
    assert "on this machine." not in html(test)


def card(test: AppTest, title: str) -> str:
    """What a preset's card says."""
    return next(text for text in map(unescape, html(test).split("<h2>")) if text.startswith(f"{title}</h2>"))


def test_a_second_start_waits_in_line_and_says_so(app: Opened, ended: None):
    first = make_run("running", "First")
    test = app("train", source="Shapes", new="run")
    assert "waits in line" in said(test)
    choose_preset(test, "quick")
    test.text_input(key="form-Quick look-beta-0.001").set_value("2e-3").run()
    test.button(key="train").click().run()
    assert not test.exception
    second = next(run for run in runs.list_runs() if run.id != first.id)
    assert second.config == PRESETS["quick"].with_(source="shapes", beta=2e-3)
    assert second.title == "Quick look, beta 0.002"
    first.write_status(Status("finished"))


@pytest.mark.parametrize(
    ("state", "words", "buttons"),
    [
        ("starting", "Getting ready", {"pause", "step", "stop"}),
        ("queued", "behind 2 runs", {"pause", "step", "stop"}),
        ("running", "Still improving", {"pause", "step", "stop"}),
        ("paused", "Still improving", {"pause", "step", "stop"}),
        ("stopped", "Stopped at step 20 of 40 while improving", {"resume-run"}),
        ("finished", "Ended while improving", set()),
    ],
)
def test_states(app: Opened, state: State, words: str, buttons: set[str]):
    make_run(state)
    test = app("train")
    assert f'data-state="{state}"' in html(test)
    assert words in html(test)
    keys = {button.key for button in test.button}
    assert buttons <= keys
    assert not ({"pause", "resume-run"} - buttons) & keys
    useless = {button.key for button in test.button if button.disabled} - {"delete", "elsewhere-import"}
    assert useless == ({"pause", "step"} if state == "queued" else set())
    assert "step 20 of 40" in html(test)


def test_a_failed_run_says_why_and_what_to_do(app: Opened):
    make_run("failed", error=RunError("The disk is full.", "Free some <b>space</b>."))
    test = app("train")
    assert "The disk is full. Free some &lt;b&gt;space&lt;/b&gt;." in html(test)
    assert test.button(key="resume-run")


def test_a_killed_trainer_shows_as_failed(app: Opened):
    run = make_run("running")
    run.write_status(Status("running", step=20, pid=max(psutil.pids()) + 100_000))
    test = app("train")
    assert 'data-state="failed"' in html(test)


@pytest.mark.parametrize("address", ["nonsense", "../../etc", "20200101-000000-abcd"])
def test_a_bad_run_in_the_address_is_said_and_put_right(app: Opened, address: str):
    make_run("finished", "Still here")
    test = app("train", run=address)
    shown = "Shown instead: Still here; all that are here stand in the list below."
    (info,) = test.info
    assert info.value.replace("\\", "") == f"The link asks for the run “{address}”, which isn't here. {shown}"
    assert "<h2>Still here</h2>" in html(test)
    [mended] = [each.proto.json for each in test.get("bidi_component") if "mended" in each.proto.json]
    assert json.loads(mended)["mended"] == ""


def test_what_is_asked_of_a_run_that_starts_is_said(app: Opened):
    run = make_run("starting", steps=0)
    test = app("train")
    assert "will pause" not in html(test)
    test.button(key="pause").click().run()
    assert "will pause when it has started" in html(test)
    test.button(key="step").click().run()
    assert "will pause when it has started and taken 1 step" in html(test)
    test.button(key="stop").click().run()
    assert "will stop when it has started" in html(test)
    assert (run.control().paused, run.control().single_steps, run.control().stop) == (True, 1, True)


def test_what_waits_in_line_says_why_it_can_not_be_paused(app: Opened):
    make_run("queued")
    test = app("train")
    assert {test.button(key=key).help for key in ("pause", "step")} == {
        "It waits in line: possible once it is its turn."
    }


def test_the_list_says_of_which_step_an_error_is(app: Opened):
    run = make_run("running")
    run.write_status(replace(run.status(), step=23))
    text = html(app("train"))
    assert "<span>step 23</span><span>validation total 0.0065 at step 20</span>" in text


@pytest.mark.parametrize(("count", "labels"), [(4, ("4 images", "all 4")), (9000, ("128 images", "all 9,000"))])
def test_curves_say_how_many_images_were_measured(app: Opened, count: int, labels: tuple[str, str]):
    run = make_run("finished")
    run.write_environment({"counts": {"train": 16, "validation": count, "test": 2}})
    shown = "".join(str(component.proto) for component in components(app("train")))
    for label in labels:
        assert f"validation, {label}" in shown


def test_a_run_without_settings_explains_itself(app: Opened):
    run = make_run("finished")
    (run.path / "config.json").unlink()
    test = app("train")
    assert "no readable config.json" in said(test)
    assert "settings unreadable" in html(test)


def test_the_address_chooses_the_run_and_open_changes_it(app: Opened):
    older, newer = make_run("finished", "Older"), make_run("finished", "Newer")
    first, second = sorted((older, newer), key=lambda run: run.id)
    test = app("train", run=first.id)
    assert f"<h2>{first.title}</h2>" in html(test)
    test.button(key=f"open-{second.id}").click().run()
    assert f"<h2>{second.title}</h2>" in html(test)
    assert test.query_params["run"] == second.id


def test_ticked_runs_are_drawn_over_each_other(app: Opened):
    chosen = [make_run("finished", title) for title in ("One", "Two")]
    test = app("train")
    before = len(components(test))
    for run in chosen:
        test.checkbox(key=f"tick-{run.id}").check().run()
    assert not test.exception
    assert len(components(test)) == before + 1


def test_a_click_on_step_is_answered_with_the_step(app: Opened, monkeypatch: pytest.MonkeyPatch):
    """Not at the page's next renewal, which no timer brings here."""
    monkeypatch.setattr(run_view, "ANSWER_S", 60.0)
    run = runs.create(TrainConfig(source="shapes", latent_dim=2, batch_size=2, train_images=8), "A run")
    run.update_control(paused=True)
    me = psutil.Process()
    status = Status("running", pid=me.pid, pid_started=me.create_time())
    with ThreadPoolExecutor(1) as threads:
        training = threads.submit(run_training, run, status)
        run.wait(lambda now: now.state == "paused", 60.0)
        test = app("train", source="Shapes")
        for step in (1, 2):
            test.button(key="step").click().run()
            assert f"step {step} of 40" in html(test)
        test.button(key="stop").click().run()
        training.result()
    assert run.status().state == "stopped"


# -- the form --------------------------------------------------------------------------------------------------------


def drawn(test: AppTest) -> dict[str, list[float]]:
    """The lines of the schedules' preview, by their titles."""
    charts = test.get("plotly_chart")
    if not charts:
        return {}
    figure = json.loads(charts[0].proto.spec)
    titles = [annotation["text"] for annotation in figure["layout"]["annotations"]]
    return {title: values(line["y"]) for title, line in zip(titles, figure["data"], strict=True)}


def values(column: Any) -> list[float]:
    """A column of a Plotly figure, which may be packed."""
    if isinstance(column, dict):
        return np.frombuffer(base64.b64decode(column["bdata"]), column["dtype"]).tolist()
    return column


def test_the_form_draws_what_moves(app: Opened):
    test = app("train", source="Shapes")
    choose_preset(test, "quick")
    assert drawn(test).keys() == {"beta", "learning rate"}  # Quick look warms up and decays
    assert set(drawn(test)["beta"]) == {1e-3}
    key = "form-Quick look-beta_schedule-constant"
    test.selectbox(key=key).select("cyclical").run()
    beta = drawn(test)["beta"]
    assert max(beta) == 1e-3
    assert sum(later < earlier for earlier, later in pairwise(beta)) == 3  # four cycles
    test.selectbox(key=key).select("capacity").run()
    assert drawn(test)["KL drawn to, nats an image"][-1] == 200
    test.selectbox(key=key).select("controller").run()
    assert drawn(test).keys() == {"learning rate"}  # what it does to beta depends on the run
    assert "Target: 200 nats an image" in said(test)
    choose_preset(test, "notebook")
    assert not drawn(test)


def choose_preset(test: AppTest, name: str) -> None:
    next(box for box in test.selectbox if box.label == "Preset").set_value(name).run()


def test_every_beta_at_once_asks_for_no_schedule(app: Opened):
    test = app("train", source="Shapes", beta="5")  # beyond what it learns
    choose_preset(test, "conditional")
    assert not test.exception
    assert test.text_input(key="form-Every beta-beta-0.001").value == "0.001"
    assert not [widget for widget in test.selectbox if "beta_schedule" in (widget.key or "")]
    assert "Learns every beta" in said(test)


@pytest.mark.parametrize(
    ("preset", "words", "own"),
    [
        ("autoencoder", "An image goes to a point: no noise, no KL, no beta", {"trunk", "norm"}),
        ("vq", "64 codes of 512 are 399 nats (576 bits) an image", {"codebook_size", "code_dim", "commitment"}),
    ],
)
def test_where_beta_means_nothing_it_is_not_asked_for(app: Opened, ended: None, preset: str, words: str, own: set[str]):
    make_run("running", "First")
    test = app("train", source="Shapes", beta="0.003")
    choose_preset(test, preset)
    assert not test.exception
    assert words in said(test)
    title = PRESETS[preset].title
    widgets = (*test.number_input, *test.text_input, *test.selectbox)
    prefix = f"form-{title}-"
    keys = [widget.key for widget in widgets if (widget.key or "").startswith(prefix)]
    asked = {key.removeprefix(prefix).split("-")[0] for key in keys}
    assert own <= asked
    assert not asked & {"beta", "beta_schedule", "beta_steps", "target_nats"}
    test.button(key="train").click().run()
    run = next(run for run in runs.list_runs() if run.title != "First")
    assert run.title == title
    assert run.config == PRESETS[preset].with_(source="shapes")


def test_a_latent_that_does_not_fit_its_cells_is_explained(app: Opened):
    make_run("finished")
    test = app("train", source="Shapes", new="run")
    choose_preset(test, "spatial")
    test.number_input(key="form-Spatial latent-latent_dim-128").set_value(100).run()
    assert "choose a multiple of 64" in html(test)
    assert "To be changed first: Latent dim, under Network." in html(test)
    assert test.button(key="train").disabled


@pytest.mark.parametrize(
    ("settings", "row", "titles"),
    [
        ({"family": "autoencoder"}, {"kl": math.nan, "active_units": 8}, ["Reconstruction", "Learning rate"]),
        (
            {"family": "vq_vae", "latent_dim": 64, "codebook_size": 4},
            {"kl": 1.386, "perplexity": 3.1, "codes_used": 4, "commitment": 1e-3},
            ["Reconstruction", "Use of codes", "Commitment", "Learning rate", "Gradient"],
        ),
    ],
)
def test_a_family_has_its_own_curves(app: Opened, settings: dict, row: dict, titles: list[str]):
    run = runs.create(TrainConfig(source="shapes", **settings), "Its own")
    of_validation = {"perplexity", "codes_used", "active_units"}
    for step in range(1, 12):
        trained = {name: value for name, value in row.items() if name not in of_validation}
        run.append_metrics(measured(Train, step, 0.01, beta=0.0, grad_norm=0.1, **trained))
        seen = {name: value for name, value in row.items() if name != "commitment"}
        run.append_metrics(measured(Subset, step, 0.01, beta=0.0, **seen))
    if settings["family"] == "vq_vae":
        run.write_latent_use({"step": 11, "code_counts": [1, 2, 3, 4]})
    run.write_status(Status("finished", step=11, total_steps=11))
    test = app("train", source="Shapes")
    assert not test.exception
    shown = "".join(str(component.proto) for component in components(test))
    assert [title for title in titles if title not in shown] == []
    assert "Beta and learning rate" not in shown
    assert ("Use of each code" in shown) == (settings["family"] == "vq_vae")
    assert "not a number" not in html(test)


def test_a_preset_fills_the_form(app: Opened):
    make_run("finished")
    test = app("train", new="run")
    choose_preset(test, "notebook")
    assert test.number_input(key="form-Notebook-epochs-100").value == 100
    assert test.text_input(key="form-Notebook-learning_rate-0.001").value == "0.001"


@pytest.mark.parametrize(
    ("typed", "words"),
    [("abc", "beta is 'abc', which is no number"), ("1000", "Choose a number from 0"), ("nan", "beta is nan")],
)
def test_a_bad_value_is_explained_and_starts_nothing(app: Opened, typed: str, words: str):
    make_run("finished")
    test = app("train", new="run")
    test.text_input(key="form-From noise-beta-0.001").set_value(typed).run()
    assert words in unescape(html(test))
    assert "To be changed first: Beta." in html(test)
    assert test.button(key="train").disabled
    test.text_input(key="form-From noise-beta-0.001").set_value("0.002").run()
    assert 'class="field-error"' not in html(test)
    assert not test.button(key="train").disabled


@pytest.mark.parametrize(
    ("unit", "key", "words"),
    [
        ("max_steps", "form-From noise-max_steps-250", "0 steps. Choose at least 1"),
        ("epochs", "form-From noise-epochs-2", "epochs is 0. Choose a whole number from 1 to 1,000."),
    ],
)
def test_no_length_at_all_is_explained(app: Opened, unit: str, key: str, words: str):
    test = app("train", source="Shapes")
    test.segmented_control(key="form-From noise-counted-max_steps").set_value(unit).run()
    test.number_input(key=key).set_value(0).run()
    assert words in html(test)
    assert "To be changed first: How long." in html(test)
    assert test.button(key="train").disabled


@pytest.mark.parametrize(
    ("settings", "advised"),
    [({}, False), ({"epochs": 20}, True), ({"epochs": 20, "muon_weight_decay": 0.1}, False),
     ({"epochs": 20, "optimiser": "adamw"}, False)],
)  # fmt: skip
def test_a_long_run_of_muon_is_told_of_weight_decay(settings: dict[str, Any], advised: bool):
    words = form.length_words(replace(PRESETS["standard"].settings, **settings), images=40_000)
    assert words.endswith("give it a weight decay of 0.1.") == advised


def test_how_long_is_asked_once_and_told_as_steps_images_and_epochs(app: Opened, ended: None):
    make_run("running", "First")
    test = app("train", source="Shapes", new="run")
    labels = [field.label for field in (*test.number_input, *test.text_input)]
    assert "How long" in labels
    assert not {"Epochs", "Max steps (steps)", "Max steps"} & set(labels)
    images = load_image_set("shapes")
    per_epoch = len(images.indices("train")) // 64
    assert f"250 steps of 64 images: 16,000 images, {250 / per_epoch:.1f} times through the" in said(test)
    test.segmented_control(key="form-From noise-counted-max_steps").set_value("epochs").run()
    epochs = -(-250 // per_epoch)
    test.number_input(key=f"form-From noise-epochs-{epochs}").set_value(3).run()
    assert f"{3 * per_epoch:,} steps of 64 images: {3 * per_epoch * 64:,} images, 3.0 times through" in said(test)
    test.button(key="train").click().run()
    assert not test.exception
    run = next(run for run in runs.list_runs() if run.title != "First")
    assert run.config == PRESETS["noise"].with_(source="shapes", epochs=3, max_steps=0)


def test_the_linear_family_asks_for_what_counts_only(app: Opened, ended: None):
    make_run("running", "First")
    test = app("train", source="Shapes", new="run")
    choose_preset(test, "linear")
    asked = {widget.key for widget in (*test.number_input, *test.text_input)}
    counting = {"latent_dim", "beta", "train_images"}
    assert {key.split("-")[2] for key in asked if key.startswith("form-Linear")} == counting
    test.button(key="train").click().run()
    assert not test.exception
    run = next(run for run in runs.list_runs() if run.title != "First")
    assert run.config == TrainConfig(source="shapes", family="linear_vae", epochs=1, batch_size=512)
    assert run.title == "Linear VAE, beta 0.001"
    assert {button.key for button in test.button} & {"stop", "pause", "step"} == {"stop"}


def test_a_solution_is_numbers_without_curves(app: Opened):
    run = runs.create(TrainConfig(source="shapes", family="linear_vae"), "Solved")
    run.append_metrics(measured(Full, 78, 0.0052, kl=1.711))
    run.write_status(Status("finished", step=78, total_steps=78))
    test = app("train", source="Shapes")
    assert "Solved in closed form" in html(test)
    assert "MSE 0.00520, KL 1.711 nats a dimension (219 nats an image), total 0.00691" in said(test)
    assert not components(test)


@pytest.mark.parametrize("runs_before", [0, 1])
def test_train_at_this_beta(app: Opened, runs_before: int):
    for _ in range(runs_before):
        make_run("finished")
    test = app("train", source="Shapes", beta="0.003")
    assert test.text_input(key="form-Quick look-beta-0.003").value == "0.003"
    assert "sigma" in said(test)


@pytest.mark.parametrize("beta", ["nonsense", "-1", "1e9", "nan"])
def test_a_bad_beta_in_the_address_is_the_presets(app: Opened, beta: str):
    make_run("finished")
    test = app("train", beta=beta)
    assert "form-title" not in {field.key for field in test.text_input}
    test.button(key="new-run").click().run()
    choose_preset(test, "quick")
    assert test.text_input(key="form-Quick look-beta-0.001").value == "0.001"


@pytest.mark.parametrize("state", ["starting", "queued", "running", "paused", "stopped", "failed", "finished"])
def test_the_cards_can_be_reached_whatever_the_run_in_view_does(app: Opened, state: State):
    run = make_run(state)
    test = app("train", source="Shapes")
    test.button(key="new-run").click().run()
    assert not test.exception
    assert [button.key for button in test.button if (button.key or "").startswith("start-")] == [
        f"start-{name}" for name in PRESETS
    ]
    assert not test.button(key="train").disabled
    assert f"<h2>{run.title}</h2>" in html(test)
    test.button(key="form-cancel").click().run()
    assert "start-quick" not in {button.key for button in test.button}
    assert test.button(key="new-run")


# -- branches --------------------------------------------------------------------------------------------------------


def test_branch_from_here(app: Opened, ended: None):
    """From a chosen checkpoint, with the run's settings, in-flight changes before it included, and another beta."""
    parent = make_run("finished", "Parent")
    keep_checkpoints(parent, 5, 20)
    parent.append_metrics(change(3, "learning_rate", 5e-4))
    parent.append_metrics(change(12, "beta", 0.5))
    test = app("train", source="Photos")
    assert test.button(key="branch").label == "Branch from step 20"  # the step shown
    test.button(key="branch").click().run()
    assert not test.exception
    assert test.query_params["branch"] == f"{parent.id}@20"
    choice = test.selectbox(key=f"branch-step-{parent.id}-20")
    assert (choice.options, choice.value) == (["step 5, epoch 0.5", "step 20, epoch 2.0"], 20)
    assert test.text_input(key=f"form-{parent.id}@20-beta-0.5").value == "0.5"
    choice.set_value(5).run()
    group = f"form-{parent.id}@5"
    assert test.text_input(key=f"{group}-learning_rate-0.0005").value == "0.0005"
    assert not any(name in key for key in keys(test) for name in NETWORK_SETTINGS)
    assert "Its weights fix: Convolutional VAE, latent dim 8, norm batch, channels 96." in said(test)
    test.text_input(key=f"{group}-beta-0.001").set_value("0.02").run()
    test.button(key="train").click().run()
    assert not test.exception
    branch = runs.get(test.query_params["run"])
    assert branch.config == replace(parent.config, start_from=f"{parent.id}@5", beta=0.02, learning_rate=5e-4)
    assert branch.title == "Branch, beta 0.02"
    assert "branch" not in test.query_params
    assert "from Parent, step 5" in html(test)
    assert f"--start-from {parent.id}@5" in test.code[0].value


def test_a_branch_asks_for_nothing_that_its_weights_fix(app: Opened, ended: None):
    """Codes and their width least of all; how hard they are pulled to is the objective's."""
    config = PRESETS["vq"].with_(source="shapes", codebook_size=32, code_dim=8)
    parent = runs.create(config, "Codes")
    parent.write_status(Status("finished", step=20, total_steps=20, steps_per_epoch=10))
    net = nets.build(config.family, config.latent_dim, **config.net_options)
    parent.weights_path(20).parent.mkdir()
    metadata = {"family": config.family, "latent_dim": config.latent_dim, "options": config.net_options, "step": 20}
    checkpoints.save_weights(parent.weights_path(20), net, metadata)
    test = app("train", run=parent.id, branch=f"{parent.id}@20")
    assert "Its weights fix: VQ-VAE, latent dim 64, codebook size 32, code dim 8." in said(test)
    group = f"form-{parent.id}@20-"
    asked = {key.removeprefix(group).split("-")[0] for key in keys(test) if key.startswith(group)}
    assert "commitment" in asked
    assert not asked & NETWORK_SETTINGS
    test.button(key="train").click().run()
    assert not test.exception
    branch = runs.get(test.query_params["run"])
    assert branch.config == replace(config, start_from=f"{parent.id}@20")
    assert branch.start_path.read_bytes() == parent.weights_path(20).read_bytes()


def keys(test: AppTest) -> list[str]:
    """Of all fields of forms."""
    return [field.key or "" for field in (*test.number_input, *test.text_input, *test.selectbox)]


def test_the_branch_form_can_be_left(app: Opened):
    run = make_run("finished")
    keep_checkpoints(run, 5)
    test = app("train", run=run.id, branch=f"{run.id}@5")
    test.button(key="form-cancel").click().run()
    assert "branch" not in test.query_params
    assert "form-cancel" not in {button.key for button in test.button}


@pytest.mark.parametrize("step", ["", "7", "../..", "99999999999"])
def test_a_checkpoint_that_is_gone_gives_way_to_the_newest(app: Opened, step: str):
    run = make_run("finished")
    keep_checkpoints(run, 5, 20)
    test = app("train", run=run.id, branch=f"{run.id}@{step}")
    assert test.selectbox(key=f"branch-step-{run.id}-20").value == 20


@pytest.mark.parametrize("branch", ["nonsense", "@5", "20200101-000000-abcd@5"])
def test_a_bad_branch_in_the_address_opens_no_form(app: Opened, branch: str):
    keep_checkpoints(make_run("finished"), 5)
    test = app("train", branch=branch)
    assert "form-cancel" not in {button.key for button in test.button}


def test_a_step_whose_weights_are_gone_leads_to_one_that_is_kept(app: Opened):
    run = make_run("finished")
    keep_checkpoints(run, 5)
    Image.open(run.originals_path).save(run.preview_path(5))
    test = app("train")
    assert "branch" not in {button.key for button in test.button}  # the newest is shown, step 20
    go = test.button(key="go-to-kept")
    assert go.label == "Go to step 5 to branch from it"
    go.click().run()
    (data,) = [json.loads(c.proto.json) for c in components(test) if c.proto.component_name.endswith("timelapse")]
    assert (data["go"][1], data["kept"], data["run"]) == (5, [5], run.id)


def test_a_folder_run_is_compared_on_its_own_images(app: Opened, tmp_path: Path):
    folder = tmp_path / "own"
    folder.mkdir()
    for i in range(20):
        Image.new("RGB", (32, 32), (i, 0, 0)).save(folder / f"{i}.png")
    run = runs.create(TrainConfig(source="folder", data_path=str(folder), latent_dim=8), "Own images")
    keep_checkpoints(run, 1)
    run.write_status(Status("finished", step=1, total_steps=1))
    (link,) = [link for link in app("train", run=run.id).get("page_link") if "Compare" in link.proto.label]
    query = dict(parse_qsl(link.proto.query_string))
    assert query == {"model": run.id, "source": "Folder"}
    assert str(tmp_path) not in link.proto.query_string
    test = app("compare", **query)
    assert not test.error
    assert test.session_state["shown_source"] == ("folder", str(folder))


def test_no_checkpoint_no_branch(app: Opened):
    make_run("finished")
    assert "branch" not in {button.key for button in app("train").button}


# -- the controls ----------------------------------------------------------------------------------------------------


def test_pause_step_stop(app: Opened):
    run = make_run("running")
    test = app("train")
    test.button(key="pause").click().run()
    assert run.control().paused
    assert test.button(key="pause").label == "Resume"
    test.button(key="step").click().run()
    assert run.control().single_steps == 1
    test.button(key="pause").click().run()
    assert not run.control().paused
    test.button(key="stop").click().run()
    assert run.control().stop
    assert test.button(key="pause").disabled


def test_beta_and_learning_rate_in_flight(app: Opened):
    run = make_run("running")
    test = app("train")
    assert run.control().beta is None
    test.select_slider(key=f"beta-{run.id}-0").set_value(0.01).run()
    test.select_slider(key=f"learning_rate-{run.id}-0").set_value(5e-4).run()
    assert (run.control().beta, run.control().learning_rate) == (0.01, 5e-4)
    run.update_control(beta=0.1)  # another viewer
    test.run()
    assert test.select_slider(key=f"beta-{run.id}-1").value == 0.1
    assert run.control().beta == 0.1


# -- what can be done with a run -------------------------------------------------------------------------------------


def test_rename(app: Opened):
    run = make_run("finished")
    test = app("train")
    test.text_input(key=f"title-{run.id}").set_value("  New   *name*  ").run()
    assert run.title == "New *name*"
    assert "<h2>New *name*</h2>" in html(test)
    test.text_input(key=f"title-{run.id}").set_value("   ").run()
    assert "Give it 1 to 80 characters" in said(test)
    assert run.title == "New *name*"


@pytest.mark.parametrize("link", ["{id}", "Before (yours)", "Before (yours) {id}", "After (yours)"])
def test_links_open_a_run_by_its_id_and_by_former_titles(app: Opened, link: str):
    run = make_run("finished", "Before")
    keep_checkpoints(run, 20)
    run.rename("After")
    test = app("compare", model=link.format(id=run.id), source="Shapes")
    assert test.selectbox(key="model").value == run.id


def test_delete_asks_first(app: Opened):
    run = make_run("finished")
    test = app("train", source="Shapes")
    test.button(key="delete").click().run()
    assert run.path.is_dir()
    test.button(key="delete-really").click().run()
    assert not test.exception
    assert not run.path.exists()


def test_an_active_run_is_not_deleted(app: Opened):
    run = make_run("finished")
    test = app("train")
    test.button(key="delete").click().run()
    run.write_status(replace(run.status(), state="running", pid=os.getpid()))  # resumed while the question stood
    test.button(key="delete-really").click().run()
    assert "Stop it first" in said(test)
    assert run.path.is_dir()
    assert test.button(key="delete").disabled


def test_what_a_run_takes_and_the_command_that_repeats_it(app: Opened):
    run = make_run("finished")
    keep_checkpoints(run, 5, 20)
    test = app("train")
    assert f"{run.size_bytes() / 1e6:.1f} MB on disk, 2 checkpoints" in said(test)
    assert test.code[0].value == "python -m explorer train --source shapes --latent-dim 8"


def test_downloads(app: Opened):
    make_run("finished")
    test = app("train")
    assert files(test) == ["Settings (JSON)", "Metrics (CSV)", "Metrics (Parquet)"]

"""What a viewer's pages show and do: they look, choose and drag, and neither start, change nor take away anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer import lessons, models, runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import Run, Status
from explorer.training import process
from explorer.ui.shell import deeds, permissions
from explorer.ui.shell.things import THINGS
from tests.app.shown import files, html
from tests.server import end_training
from tests.unit.training.trained import train

Opened = Callable[..., AppTest]


@pytest.fixture
def ended() -> Iterator[None]:
    yield
    end_training(runs.runs_root())


@pytest.fixture
def two_may_train(monkeypatch: pytest.MonkeyPatch, ended: None) -> None:
    monkeypatch.setattr(permissions, "_students_may_train", 2)


def paused_run() -> Run:
    """One that counts as active."""
    run = runs.create(TrainConfig(source="shapes", latent_dim=8), "The teacher's")
    run.write_status(Status("starting", total_steps=10))
    return run


def keys(test: AppTest) -> set[str]:
    buttons = {button.key for button in test.button if button.key}
    return buttons | {str(each.key) for each in (*test.text_input, *test.select_slider, *test.multiselect)}


@pytest.mark.parametrize("address", [{}, {"new": "run"}, {"beta": "0.01"}])
def test_on_train_a_viewer_sees_the_run_and_no_way_to_touch_it(app: Opened, address: dict[str, str]) -> None:
    run = paused_run()
    test = app("train", viewer="anne", source="Shapes", run=run.id, **address)
    assert not test.exception
    assert "<h2>The teacher" in html(test)
    assert keys(test) <= {f"open-{run.id}"}
    assert not files(test)
    assert not run.control().stop


def test_a_viewer_without_runs_to_see_sees_where_training_leads(app: Opened) -> None:
    test = app("train", viewer="anne", source="Shapes")
    assert not keys(test)
    assert any("What training leads to" in caption.value for caption in test.caption)


def test_the_branch_in_a_link_opens_no_form_for_a_viewer(app: Opened) -> None:
    run = process.create(TrainConfig(source="shapes", max_steps=1, batch_size=2, latent_dim=2), "Trained")
    train(run)
    asked = {"run": run.id, "branch": f"{run.id}@1", "source": "Shapes"}
    assert "train" in keys(app("train", **asked))
    assert "train" not in keys(app("train", viewer="anne", **asked))


def test_a_viewer_sees_only_the_own_runs_stop(app: Opened, two_may_train: None) -> None:
    run = paused_run()
    test = app("train", viewer="anne", source="Shapes", run=run.id)
    assert "stop" not in keys(test)
    run.write_owner(permissions.marked("anne"))
    test = app("train", viewer="anne", source="Shapes", run=run.id)  # as after a reload
    assert {"stop"} <= keys(test)
    assert not {"pause", "step", "new-run-title"} & keys(test)
    test.button(key="stop").click().run()
    assert run.control().stop
    assert "stop" not in keys(app("train", viewer="ben", source="Shapes", run=run.id))


def test_viewers_may_start_short_runs_up_to_a_number(app: Opened, two_may_train: None) -> None:
    test = app("train", viewer="anne", source="Shapes")
    starts = {key for key in keys(test) if key.startswith("start-")}
    assert starts == {f"start-{name}" for name in ("noise", "quick", "linear")}
    assert not {"race-begin", "time-again", "form-title"} & keys(test)
    for viewer in ("anne", "ben", "cleo"):
        test = app("train", viewer=viewer, source="Shapes", new="run")
        test.button(key="start-noise").click().run()
        assert not test.exception
    assert len(runs.list_runs()) == 2
    assert "2 runs of this class are in line already" in test.error[0].value
    assert {run.owner for run in runs.list_runs()} == {permissions.marked(name) for name in ("anne", "ben")}


def test_a_long_run_of_a_viewer_is_refused_whatever_the_form_says(app: Opened, two_may_train: None) -> None:
    test = app("train", viewer="anne", source="Shapes", beta="0.01")
    length = next(field for field in test.number_input if field.label == "How long")
    length.set_value(5000).run()
    test.button(key="train").click().run()
    assert "too long for a class" in test.error[0].value
    assert not runs.list_runs()


def as_viewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "role", lambda: "viewer")


@pytest.mark.parametrize(
    "deed",
    [
        lambda run: deeds.train(TrainConfig(source="shapes")),
        lambda run: deeds.race([(run.config, "A"), (run.config, "B")]),
        lambda run: deeds.resume(run),
        lambda run: deeds.stop(run),
        lambda run: deeds.pause(run, True),
        lambda run: deeds.step(run),
        lambda run: deeds.change(run, "beta", 1.0),
        lambda run: deeds.rename(run, "Mine"),
        lambda run: deeds.delete(run),
        lambda run: deeds.delete_all([run]),
        lambda run: deeds.keep_newest_weights([run]),
        lambda run: deeds.weights(run),
        lambda run: deeds.settings(run),
        lambda run: deeds.place("/etc"),
        lambda run: deeds.keep_upload("a.zip", b""),
        lambda run: deeds.read_again("photos", ""),
        lambda run: deeds.download_cifar10(),
        lambda run: deeds.cancel_download(),
        lambda run: deeds.measure(models.shipped()[0]),
        lambda run: deeds.time_steps(),
        lambda run: deeds.import_model(b"", "a.pt", "", "", None),
        lambda run: deeds.remove_model(models.shipped()[0]),
        lambda run: deeds.save_lesson(lessons.listed(THINGS)[0][0]),
    ],
)
def test_no_deed_is_done_for_a_viewer(deed: Callable[[Run], object], monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs.create(TrainConfig(source="shapes", latent_dim=8), "The teacher's")
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*")}
    as_viewer(monkeypatch)
    with pytest.raises(ExplorerError, match="Only the teacher"):
        deed(run)
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*")} == before
    assert runs.list_runs() == [run]


def test_a_viewers_page_loads_from_no_path_but_a_runs(app: Opened, tmp_path: Path) -> None:
    """A run's pictures show its images anyway; a path that a viewer brings along, however it got there, is refused."""
    for k in range(12):
        (tmp_path / "pets").mkdir(exist_ok=True)
        Image.fromarray(np.full((40, 40, 3), 20 * k, np.uint8)).save(tmp_path / "pets" / f"{k}.png")
    folder = str(tmp_path / "pets")
    test = app("start", viewer="anne", source="Folder")
    test.session_state["folder_path"] = folder
    test.run()
    assert test.session_state["shown_source"] == ("photos", "")
    assert "Only the teacher" in test.sidebar.error[0].value
    assert folder not in test.sidebar.error[0].value
    runs.create(TrainConfig(source="folder", data_path=folder), "On pets")
    test.run()
    assert test.session_state["shown_source"] == ("folder", folder)
    assert not [button for button in test.sidebar.button if button.label == "Read it again"]

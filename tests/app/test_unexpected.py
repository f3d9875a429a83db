"""An error that nobody foresaw is explained where it is, and takes nothing else down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer import lessons, runs
from explorer.analysis import passage
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import Run, Status
from explorer.ui.interpolate import pair
from explorer.ui.shell import cache
from tests.app import shown
from tests.conftest import unforeseen

Opened = Callable[..., AppTest]
LOST = "Nothing is lost"


def divide(*_args: Any, **_kwargs: Any) -> Any:
    raise ZeroDivisionError("1 / 0")


def refuse(*_args: Any, **_kwargs: Any) -> Any:
    raise ExplorerError("This can't be had", "Choose another one.")


def explained(test: AppTest, caplog: pytest.LogCaptureFixture) -> str:
    """The one thing that the page says went wrong; the log tells of it, under its number."""
    assert not test.exception
    [said] = [error.value for error in test.error]
    [told] = unforeseen(caplog)
    caplog.clear()
    assert f"error **{told.removeprefix('Error ')[:6]}**" in said
    return said


def ways_on(test: AppTest) -> list[str]:
    return [link.proto.label for link in test.get("page_link")]


def test_in_a_part_of_a_page(app: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    test, viewer = app("start", source="Shapes"), app("start", viewer="anne", source="Shapes")
    with monkeypatch.context() as patched:
        patched.setattr(passage, "send", divide)
        test.query_params["seed"] = viewer.query_params["seed"] = "4"
        said = explained(test.run(), caplog)
        assert "Something on Start went wrong that nobody foresaw" in said
        assert LOST in said
        assert any("Compare" in label for label in ways_on(test))  # the rest of the page stands below it
        assert "The server\u2019s log" in said
        assert "tell the teacher" in explained(viewer.run(), caplog)
    again = next(button for button in test.button if button.label == "Try again")
    assert not again.click().run().error
    assert shown.components(test)
    assert test.query_params["seed"] == "4"


def test_in_a_page_around_its_parts(app: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    test = app("lessons", source="Shapes")
    with monkeypatch.context() as patched:
        patched.setattr(lessons, "listed", divide)
        assert LOST in explained(test.run(), caplog)
        assert "To Start" in ways_on(test)
        assert test.selectbox(key="source").value == "shapes"
    assert not test.run().error


def test_beside_a_page(app: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    """Images that fail to load: photos stand in."""
    test = app("start", source="Shapes")
    with monkeypatch.context() as patched:
        load = cache.image_set
        patched.setattr(cache, "image_set", lambda key, path: divide() if key == "shapes" else load(key, path))
        assert LOST in explained(test.run(), caplog)
        assert any("Until then: Photos" in caption.value for caption in test.sidebar.caption)
        assert shown.components(test)
    assert not test.run().error


def test_in_a_callback(app: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    """The page is drawn, and says at its head what went wrong, until it is closed or something else is done."""
    test = app("interpolate", source="Shapes")
    with monkeypatch.context() as patched:
        patched.setattr(pair.address, "write", divide)
        assert LOST in explained(test.button(key="shuffle").click().run(), caplog)
        assert shown.components(test)
        test.run()
        assert test.error
        assert not test.button(key="callback-said-close").click().run().error
        test.button(key="shuffle").click().run()
        assert test.error
        caplog.clear()
    assert not test.button(key="shuffle").click().run().error
    assert test.query_params["index_a"]


def test_what_a_callback_says_stays_on_its_page(app: Opened, monkeypatch: pytest.MonkeyPatch):
    test = app("interpolate", source="Shapes")
    monkeypatch.setattr(pair.address, "write", refuse)
    test.button(key="shuffle").click().run()
    assert [error.value for error in test.error] == ["**This can't be had**  \nChoose another one."]
    assert not test.switch_page("explorer/pages/claims.py").run().error


def test_in_what_is_done_to_a_run(app: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    """There it is not said that nothing is lost."""
    run = runs.create(TrainConfig(source="shapes"), "Mine")
    run.write_status(Status(state="stopped", step=1))
    test = app("train", source="Shapes", run=run.id)
    monkeypatch.setattr(Run, "rename", divide)
    said = explained(test.text_input(key=f"title-{run.id}").set_value("Yours").run(), caplog)
    assert "\u201cRename\u201d on Train failed" in said
    assert LOST not in said

"""A lesson's bar, and the page that lists lessons and makes them, without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer import lessons
from explorer.errors import ExplorerError
from explorer.lessons import Choice, Estimate, Lesson, Step
from explorer.ui.components import lesson as bar
from explorer.ui.shell import deeds, permissions
from explorer.ui.shell.things import THINGS
from tests.app.shown import html

App = Callable[..., AppTest]
SHORT = Lesson(
    "short",
    "Short",
    2,
    "Two things.",
    (
        Step("start?source=shapes&image=2", ("Look.", "See."), "latent", Choice("Which?", ("a", "b"), "b", "B is.")),
        Step("claims?claim=blur", ("And this.",)),
    ),
)


def shown(test: AppTest) -> dict[str, Any] | None:
    """What the bar was sent."""
    sent = [each.proto.json for each in test.get("bidi_component") if each.proto.component_name == "lesson"]
    return json.loads(sent[0]) if sent else None


def said(test: AppTest) -> str:
    return "\n".join(each.value for each in (*test.main.info, *test.main.error)).replace("\\", "")


def button(test: AppTest, label: str) -> Any:
    return next(each for each in test.button if each.label == label)


@pytest.fixture
def short() -> Lesson:
    lessons.write(SHORT, THINGS)
    return SHORT


def test_a_step_stands_on_its_page_with_the_ways_to_its_neighbours(app: App, short: Lesson) -> None:
    first = shown(app("start", source="shapes", image="2", lesson="short"))
    assert first
    assert [first["at"], first["of"], first["title"], first["point"]] == [1, 2, "Short", "latent"]
    assert first["sentences"] == ["Look.", "See."]
    assert first["back"] is None
    assert first["next"] == "claims?claim=blur&lesson=short&lesson-step=2"
    last = shown(app("claims", claim="blur", lesson="short", **{"lesson-step": "2"}))
    assert last
    assert [last["next"], last["question"]] == ["lessons", None]
    assert last["back"] == "start?source=shapes&image=2&lesson=short&lesson-step=1"


def test_a_lesson_stays_on_where_another_page_is_gone_to(app: App, short: Lesson) -> None:
    test = app("claims", lesson="short", **{"lesson-step": "2"})
    test.query_params.clear()
    test.switch_page("explorer/pages/lessons.py").run()
    assert (shown(test) or {})["at"] == 2
    assert [test.query_params[name] for name in ("lesson", "lesson-step")] == ["short", "2"]
    assert shown(app("claims")) is None


def test_a_link_to_a_lesson_that_cannot_be_had_is_explained(app: App, short: Lesson) -> None:
    test = app("claims", lesson="moon")
    assert "asks for the lesson \u201cmoon\u201d, which isn't here." in said(test)
    assert shown(test) is None
    test = app("claims", lesson="short", **{"lesson-step": "9"})
    assert "the step \u201c9\u201d, which is no number from 1 to 2. Shown instead: 1." in said(test)
    assert (shown(test) or {})["at"] == 1
    (lessons.folder() / "torn.toml").write_text("title = 3")
    test = app("claims", lesson="torn")
    assert "torn.toml: title is 3" in said(test)
    assert shown(test) is None


def test_questions_go_to_the_browser_with_their_truth_where_it_stands() -> None:
    assert bar.question(Choice("Which?", ("a", "b", "c"), "b", "So.")) == {
        "ask": "Which?", "why": "So.", "answers": ["a", "b", "c"], "slides": False, "truth": "b", "at": 1,
    }  # fmt: skip
    asked = bar.question(Estimate("Where?", 1e-5, 0.1, "beta", 0.001, "So.", logarithmic=True))
    assert [asked["answers"][0], asked["answers"][-1], asked["truth"], asked["at"]] == [
        "beta 1e-5", "beta 0.1", "beta 0.001", 0.5,
    ]  # fmt: skip


def test_lessons_are_listed_with_the_ways_into_them_and_what_is_wrong_with_files(app: App, short: Lesson) -> None:
    (lessons.folder() / "torn.toml").write_text("title = 3")
    test = app("lessons")
    ways = [link.proto.label for link in test.main.get("page_link")]
    assert [way for way in ways if way.startswith("Begin")] == [
        "Begin What a VAE does", "Begin The price of a nat", "Begin Why is it blurry?", "Begin Short",
    ]  # fmt: skip
    assert "torn.toml: title is 3" in said(test)


def test_a_lesson_is_recorded_written_saved_and_taken_up_again(app: App) -> None:
    test = app("lessons")
    button(test, "Make it").click().run()
    test.switch_page("explorer/pages/claims.py")
    test.query_params["claim"] = "blur"
    test.run()
    button(test, "Record this page").click().run()
    test.query_params.clear()
    test.switch_page("explorer/pages/start.py").run()
    button(test, "Record this page").click().run()
    test.query_params.clear()
    test.switch_page("explorer/pages/lessons.py").run()
    assert not test.exception
    first = [str(each.key) for each in test.text_input if str(each.key).startswith("first-")]
    test.text_input(key="draft-title").set_value("My way")
    test.text_input(key="draft-sentence").set_value("What is seen.")
    for key in first:
        test.text_input(key=key).set_value(f"Look at {key}.")
    test.selectbox(key=first[1].replace("first", "point")).set_value("latent").run()
    button(test, "Save on this machine").click().run()
    assert not said(test)
    saved = lessons.find("my-way", THINGS)
    assert [step.link for step in saved.steps] == ["claims?claim=blur", "start?source=photos"]
    assert [step.point for step in saved.steps] == ["", "latent"]
    test.selectbox(key="draft-of").set_value("my-way").run()
    button(test, "Make it").click().run()
    button(test, "Down: step 1").click().run()
    button(test, "Remove step 2").click().run()
    button(test, "Save on this machine").click().run()
    assert [step.link for step in lessons.find("my-way", THINGS).steps] == ["start?source=photos"]


def test_what_is_not_finished_is_said_and_not_saved(app: App) -> None:
    test = app("claims")
    test.switch_page("explorer/pages/lessons.py").run()
    button(test, "Make it").click().run()
    test.switch_page("explorer/pages/claims.py").run()
    button(test, "Record this page").click().run()
    test.switch_page("explorer/pages/lessons.py").run()
    test.text_input(key="draft-title").set_value("Mine").run()
    button(test, "Save on this machine").click().run()
    assert "mine.toml: sentence is empty" in said(test)
    assert "mine" not in lessons.paths()


def test_only_the_teacher_makes_lessons(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "role", lambda: "viewer")
    test = app("lessons")
    assert "Make it" not in [each.label for each in test.button]
    assert len(test.main.get("page_link")) > 3
    with pytest.raises(ExplorerError, match="Only the teacher"):
        deeds.save_lesson(SHORT)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("name", sorted(path.stem for path in lessons.SHIPPED.glob("*.toml")))
def test_a_sheet_shows_every_step_and_the_truths_at_the_end(app: App, name: str) -> None:
    lesson = lessons.find(name, THINGS)
    test = app("lessons", sheet=name)
    assert not said(test)
    words = unescape(html(test))
    for step in lesson.steps:
        assert " ".join(step.sentences) in words
    *_, truths = words.partition("What is true")
    for question in (step.question for step in lesson.steps if step.question):
        assert question.why in truths
    pictures = len(re.findall(r'data-picture="sheet-\d+"', words)) + len(test.get("plotly_chart"))
    assert pictures == len(lesson.steps)


def test_a_sheet_of_a_lesson_that_is_not_here_shows_the_list(app: App) -> None:
    test = app("lessons", sheet="moon")
    assert "the sheet of the lesson \u201cmoon\u201d, which isn't here. Shown instead: the list." in said(test)
    assert "Begin What a VAE does" in [link.proto.label for link in test.main.get("page_link")]

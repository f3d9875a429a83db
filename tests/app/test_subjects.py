"""The first pictures where there is no CIFAR-10: whole subjects, and links to other images as they always were."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.data import SUBJECTS, load_image_set
from tests import every_beta
from tests.app.shown import captions, components, data_of, version
from tests.unit.data import small_cifar10

App = Callable[..., AppTest]
pytestmark = pytest.mark.usefixtures("few")

NAMES = ("astronaut", "cat", "cup", "rocket", "motorcycle", "pagoda", "dahlia", "photographer")


def sent(test: AppTest) -> str:
    """The page's picture, as a text that is another one when anything of it changes."""
    found = [json.dumps(data_of(each)) for each in components(test)]
    picture = next((each for each in found if "sprite" in each or "strip" in each), None)
    return picture or version(test, "reconstructions")


def start_names(test: AppTest) -> list[str]:
    return [image["name"] for image in json.loads(sent(test))["images"]]


def test_start_opens_on_subjects_and_goes_on_to_others(app: App) -> None:
    test = app("start")
    subjects = load_image_set("photos").subjects
    assert subjects
    assert tuple(start_names(test)) == subjects.names
    assert "split" not in test.query_params


def test_beta_opens_on_subjects_and_shuffles_to_others(app: App) -> None:
    test = app("beta")
    assert test.selectbox(key="split").value == SUBJECTS
    given = next(data for each in components(test) if "stops" in (data := data_of(each)))
    assert [name.partition(", ")[2] for name in given["names"]] == list(NAMES)
    assert test.selectbox(key="class").disabled
    assert test.number_input(key="seed").disabled
    next(button for button in test.button if button.label == "Shuffle").click().run()
    assert test.selectbox(key="split").value == "validation"
    assert not test.number_input(key="seed").disabled


def test_compare_opens_on_subjects(app: App) -> None:
    test = app("compare")
    assert "8 of 10 whole subjects, which are in no split." in captions(test)
    assert test.selectbox(key="order").disabled
    first = version(test, "reconstructions")
    test.selectbox(key="split").select("validation").run()
    assert test.query_params["split"] == "validation"
    assert version(test, "reconstructions") != first
    test.selectbox(key="split").select(SUBJECTS).run()
    assert version(test, "reconstructions") == first


@pytest.mark.parametrize("page", ["blur", "interpolate"])
def test_blur_and_interpolate_open_on_subjects(app: App, page: str) -> None:
    test = app(page)
    assert test.selectbox(key="split").value == SUBJECTS
    assert sent(test) == sent(app(page, split=SUBJECTS)) != sent(app(page, split="validation"))


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("start", {"image": "3"}),
        ("start", {"seed": "5", "image": "2"}),
        ("beta", {"seed": "5"}),
        ("compare", {"class": "cat"}),
        ("compare", {"order": "worst first"}),
        ("blur", {"image": "3"}),
        ("interpolate", {"index_a": "3", "index_b": "7"}),
        ("interpolate", {"class_a": "cat"}),
    ],
)
def test_a_link_from_before_there_were_subjects_shows_what_it_did(app: App, page: str, query: dict[str, str]) -> None:
    old = app(page, **query)
    assert sent(old) == sent(app(page, split="validation", **query))
    assert not old.main.info
    old.run()
    assert sent(old) == sent(app(page, split="validation", **query)), "the address says it now"


def test_a_number_beside_subjects_is_of_a_subject(app: App) -> None:
    assert json.loads(sent(app("start", split=SUBJECTS, image="3")))["image"] == 3
    assert start_names(app("start", split=SUBJECTS, image="3"))[3] == "rocket"
    ends = [
        end["note"] for end in json.loads(sent(app("interpolate", split=SUBJECTS, index_a="2", index_b="3")))["ends"]
    ]
    assert [end.partition(",")[0] for end in ends] == ["cup", "rocket"]


def test_subjects_are_not_asked_for_where_cifar10_is(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_EXPLORER_CIFAR10", str(small_cifar10.write_folder(tmp_path, "binary")))
    test = app("compare", split=SUBJECTS)
    assert test.selectbox(key="split").options == ["train", "validation", "test"]
    assert test.selectbox(key="split").value == "validation"
    assert not test.main.info
    assert "split" not in test.query_params


@pytest.mark.parametrize("page", ["start", "beta", "compare", "blur", "interpolate"])
def test_what_a_model_has_learnt_of_them_is_said(app: App, page: str) -> None:
    said = "learnt from patches of the photographs that astronaut, cat, cup"
    mine = every_beta.make_run("Mine", source="photos")
    asked = {"models": f"{mine.id}@0.001"} if page == "blur" else {"model": mine.id}
    assert said in captions(app(page, **asked))
    assert said not in captions(app(page, **asked, split="validation"))
    assert said not in captions(app(page))


def test_the_sidebar_says_whose_they_are(app: App) -> None:
    captions = app("train").sidebar.caption
    (caption,) = [each for each in captions if "Pages open on 10 whole subjects, in no split." in each.value]
    assert "CC BY 2.0" in caption.help


@pytest.mark.parametrize(("source", "shown"), [("Shapes", "test"), ("Photos", SUBJECTS)])
def test_a_split_holds_on_the_next_page_and_subjects_open_each(app: App, source: str, shown: str) -> None:
    test = app("compare", source=source, split="test")
    del test.query_params["split"]
    test.switch_page("explorer/pages/interpolate.py").run()
    assert test.selectbox(key="split").value == shown
    assert test.query_params["split"] == shown
    test.selectbox(key="split").select("validation").run()
    assert test.selectbox(key="split").value == "validation"

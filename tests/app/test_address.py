"""What links say, and what is said of links that ask for what isn't there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer import models
from explorer.data import SOURCES
from explorer.ui.shell.pages import PAGES
from tests.app.shown import components
from tests.app.test_sidebar import pictures, shown

App = Callable[..., AppTest]
pytestmark = pytest.mark.usefixtures("few")


@pytest.fixture(autouse=True)
def at_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sits at it may be asked for a path."""
    monkeypatch.setattr(type(st.context), "ip_address", None)


def said(test: AppTest) -> str:
    return "\n".join(note.value for note in test.main.info).replace("\\", "")


@pytest.mark.parametrize(
    ("page", "query", "expected"),
    [
        ("start", {"model": "../x"}, "the model \u201c../x\u201d, which isn't here. Shown instead: beta 0.001."),
        ("start", {"image": "10"}, "the image \u201c10\u201d, which is no number from 0 to 9. Shown instead: 0."),
        ("start", {"seed": "-3"}, "the seed \u201c-3\u201d, which is no number from 0 to 9,999. Shown instead: 0."),
        ("compare", {"split": "val"}, "the split \u201cval\u201d, which isn't here. Shown instead: validation."),
        ("compare", {"class": "unicorn"}, "the class \u201cunicorn\u201d, which isn't here. Shown instead: all."),
        ("compare", {"source": "moon"}, "the source \u201cmoon\u201d, which isn't here. Shown instead: Photos."),
        ("interpolate", {"t": "nan"}, "the position \u201cnan\u201d, which is none from 0 to 1"),
        ("interpolate", {"index_a": "-4"}, "the image A \u201c-4\u201d, which is no number from 0 up."),
        ("blur", {"models": "gone"}, "the models \u201cgone\u201d, which isn't here. Shown instead: "),
    ],
)
def test_what_a_link_cannot_have_is_said_and_leaves_the_address(
    app: App, page: str, query: dict[str, str], expected: str
) -> None:
    test = app(page, **({"source": "Shapes"} | query))
    assert expected in said(test)
    assert said(test).count("The link asks for") == 1
    [mended] = [each.proto.json for each in test.get("bidi_component") if "mended" in each.proto.json]
    assert set(parse_qs(json.loads(mended)["mended"])) - {"split"} == {"source"} - set(query)
    assert not test.error


def test_a_link_that_can_be_had_is_not_talked_about(app: App) -> None:
    test = app("compare", source="Shapes", split="validation", seed="3", order="random", error="absolute")
    assert not said(test)
    assert test.number_input(key="seed").value == 3


@pytest.mark.parametrize("key", ["shapes", "photos"])
def test_a_source_opens_by_its_key_and_by_its_title(app: App, key: str) -> None:
    assert shown(app("train", source=key)) == (key, "")
    assert shown(app("train", source=SOURCES[key].title)) == (key, "")


def test_a_model_without_noise_is_named_where_only_others_are_shown(app: App) -> None:
    test = app("start", source="Shapes", model="cifar10-autoencoder")
    assert "\u201ccifar10-autoencoder\u201d, which has no noise, so there is nothing to draw from." in said(test)


def test_what_stands_at_a_default_moves_along_with_it() -> None:
    def page() -> None:
        import streamlit as st

        from explorer.ui.shell import address

        default = {"few": 2, "many": 10}[st.radio("There is", ["few", "many"])]
        counts = {2: "two", 5: "five", 10: "ten"}
        n = st.segmented_control("N", list(counts), default=default, **address.choice("n", "number", counts, default))
        st.write(f"{n} of {dict(st.query_params)}")

    test = AppTest.from_function(page).run()

    def seen(there_is: str) -> str:
        return test.radio[0].set_value(there_is).run().markdown[0].value

    assert seen("many") == "10 of {}"
    assert seen("few") == "2 of {}"
    test.button_group[0].set_value(5).run()
    assert [seen(each)[0] for each in ("many", "few")] == ["5", "5"]
    test.button_group[0].set_value(10).run()
    assert seen("many").startswith("10 of")
    assert seen("few") == "2 of {}"


def test_a_link_to_own_pictures_names_them_where_they_are_not(app: App, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "pets")
    test = app("compare", source="Folder")
    test.sidebar.text_input(key="folder_path").set_value(str(folder)).run()
    assert shown(test) == ("folder", str(folder))
    assert test.query_params["images"] == "pets, 12 pictures"
    assert str(tmp_path) not in str(test.query_params)
    assert not said(test)
    elsewhere = app("compare", source="Folder", images="pets, 12 pictures")
    assert shown(elsewhere) == ("photos", "")
    assert "\u201cpets, 12 pictures\u201d, which no address brings along. Shown instead: Photos." in said(elsewhere)
    elsewhere.sidebar.selectbox(key="source").set_value("shapes").run()
    assert not said(elsewhere)
    assert "images" not in elsewhere.query_params


def test_start_leads_to_every_page(app: App) -> None:
    links = [link.proto.label for link in app("start", source="Shapes").get("page_link")]
    assert links == [f"**{page.title}** {page.invitation}" for page in PAGES[1:]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_a_file(page) -> None:
    assert (Path(__file__).parents[2] / page.path).is_file()


def test_the_components_of_a_page_are_its_own(app: App) -> None:
    assert len(components(app("start", source="Shapes"))) == 1


def test_a_page_that_is_come_to_again_shows_what_its_address_says(app: App) -> None:
    test = app("start", source="Shapes", model="cifar10-beta-1e-1")
    assert test.selectbox(key="model").value == "cifar10-beta-1e-1"
    for page in ("compare", "interpolate", "start"):
        test.query_params.clear()
        test.query_params["source"] = "Shapes"
        test.switch_page(f"explorer/pages/{page}.py").run()
        assert test.selectbox(key="model").value == models.DEFAULT

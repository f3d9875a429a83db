"""Latents, without a browser."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer import models
from explorer.analysis.latents import cloud, disentanglement, layouts
from explorer.data import ImageSet, Split, load_image_set
from explorer.data.shapes import RANGES
from explorer.ui.shell import sidebar
from tests.app.shown import captions, components, data_of, files, html, read

Opened = Callable[..., AppTest]


@pytest.mark.parametrize("source", ["Photos", "Shapes"])
def test_opens_with_a_map(app: Opened, source: str):
    test = app("latents", source=source)
    assert f"validation images of {source}" in captions(test)
    assert test.segmented_control(key="view").value == "map"


def test_an_address_says_which_images(app: Opened):
    test = app("latents", source="Photos", of="test", n="500")
    assert "500 of 800 test images of Photos" in captions(test)
    test.selectbox(key="n").set_value(200).run()
    assert "200 of 800 test images of Photos" in captions(test)


def map_of(test: AppTest) -> dict[str, Any]:
    """What the component that draws the map is sent."""
    (found,) = (each for each in components(test) if each.proto.component_name == "latent_map")
    data: dict[str, Any] = data_of(found)
    return data


def rows(test: AppTest) -> list[str]:
    return re.findall(r'row-label row-\d+"><span>([^<]*)', html(test))


def said(test: AppTest) -> str:
    return " ".join(each.value for each in test.markdown)


def test_a_place_is_chosen_at_first_and_what_is_there_is_said(app: Opened):
    test = app("latents", source="Shapes", n="200", model=models.DEFAULT)
    sent = map_of(test)
    assert sent["view"]["place"]
    assert "The cross-hair stands out towards" in captions(test)
    keys = [each["key"] for each in sent["colourings"]]
    assert keys == ["class", "mse", "nats", "sharpness", *(f"factor-{name}" for name in RANGES)]
    assert rows(test) == ["Nearest in the latent", "Most like what is decoded, in pixels"]
    assert "the nearest of 200 images is" in said(test)
    assert "98 of 100 draws of the prior are 9.7 to 13.0 long" in said(test)


@pytest.mark.parametrize(
    ("query", "axes"),
    [
        ({"plane": "principal"}, ["principal direction 1 (", "principal direction 2 ("]),
        ({"plane": "dimensions", "across": "3", "up": "11"}, ["dimension 3", "dimension 11"]),
        ({"plane": "images", "picks": "0-5-9"}, ["from ", "towards "]),
        ({"plane": "classes", "class_from": "1", "class_to": "4"}, ["from square to cross", "across, where both vary"]),
    ],
)
def test_an_address_says_which_plane(app: Opened, query: dict[str, str], axes: list[str]):
    names = map_of(app("latents", source="Shapes", n="200", **query))["plane"]["names"]
    assert all(name.startswith(start) for name, start in zip(names, axes, strict=True))


def test_another_plane_forgets_the_place_and_a_choice_of_one_image_is_kept(app: Opened):
    test = app(
        "latents", source="Shapes", n="200", plane="images", at="1_2", zoom="0_0_3", image="100", model=models.DEFAULT
    )
    assert map_of(test)["view"]["place"] == [1, 2]
    taken = test.button(key="take-1").click().run()
    assert "at" not in taken.query_params
    picked = [taken.number_input(key=f"pick-{slot}").value for slot in range(3)]
    assert "-".join(map(str, picked)) in taken.query_params["picks"]
    assert taken.button(key="take-1").disabled
    other = taken.selectbox(key="plane").set_value("principal").run()
    assert "principal" in other.query_params["plane"]
    assert "zoom" not in other.query_params


def test_a_selection_is_told_of_and_goes_on_to_compare_and_blur(app: Opened):
    area = "-100_-100_-100_100_0_100_0_-100"
    test = app("latents", source="Shapes", n="200", area=area)
    count, of = re.findall(r"\*\*(\d+) of (\d+) images selected", said(test))[0]
    assert of == "200"
    assert 0 < int(count) < 200
    assert rows(test)[0] == "Selection"
    assert "They were chosen by where they lie" in said(test)
    assert files(test) == ["CSV"]
    (link,) = (each for each in test.get("page_link") if "Compare" in each.proto.label)
    query = dict(parse_qsl(link.proto.query_string))
    assert query["split"] == "validation"
    there = app("compare", **query)
    assert f"8 picked of 1,200 validation images: {', '.join(f'{int(n):,}' for n in query['picked'].split('-'))}" in (
        captions(there)
    )


def test_all_of_a_kind_are_selected(app: Opened):
    test = app("latents", source="Shapes", n="200", kind="2")
    assert re.search(r"square (\d+) of \1\.", said(test))
    assert "chosen by where they lie" not in said(test)


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ({"plane": "round"}, "plane"),
        ({"plane": "images", "picks": "1-2"}, "three images"),
        ({"plane": "dimensions", "across": "999"}, "dimension"),
        ({"beside": "atlas"}, "layout"),
    ],
)
def test_an_address_that_asks_for_nonsense_is_told_so(app: Opened, query: dict[str, str], refused: str):
    test = app("latents", source="Photos", n="200", **query)
    assert any(f"The link asks for the {refused}" in each.value for each in test.info)
    assert map_of(test)["count"] == 200


def test_a_second_layout_shows_the_same_selection(app: Opened):
    test = app("latents", source="Photos", n="200", beside="tsne", area="-99_-99_-99_99_99_99_99_-99")
    sent = map_of(test)
    assert [each["key"] for each in sent["layouts"]] == ["tsne"]
    assert "no point can be decoded" in sent["layouts"][0]["note"]
    assert "**200 of 200 images selected" in said(test)


def test_too_many_images_for_a_second_layout_leave_the_map_as_it_is(app: Opened, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(layouts, "MOST", 100)
    test = app("latents", source="Photos", n="200", of="test", beside="tsne")
    assert "t-SNE of 200 images would take" in test.error[0].value
    assert map_of(test)["layouts"] == []


def test_an_autoencoder_has_a_map_but_no_prior(app: Opened):
    test = app("latents", source="Photos", n="200", model="cifar10-autoencoder")
    assert "no prior" in said(test)
    assert [each["key"] for each in map_of(test)["colourings"]] == ["class", "mse", "sharpness"]


def test_prior_shows_what_is_decoded_where_no_image_lies(app: Opened):
    test = app("latents", source="Photos", view="holes", n="200", model="cifar10-linear-1e-3", dimension="7")
    said = captions(test)
    assert "the prior" in read(test.markdown[0].value)
    assert "holes**: places where no more than 1 in 20 of these images lies" in read(test.markdown[0].value)
    assert "takes ln 200 = 5.3 nats at most" in said
    assert "says nothing more" in said
    charts = " ".join(each.proto.spec for each in test.get("plotly_chart"))
    assert "Dimension 7 of z" in charts
    test.selectbox(key="dimension").set_value("farthest").run()
    assert "Dimension 7 of z" not in " ".join(each.proto.spec for each in test.get("plotly_chart"))


@pytest.mark.parametrize(
    ("model", "why"), [("cifar10-autoencoder", "has no prior"), ("cifar10-vq-64", "is no Gaussian")]
)
def test_what_has_no_gaussian_prior_says_so(app: Opened, model: str, why: str):
    test = app("latents", source="Photos", view="holes", n="200", model=model)
    assert why in test.info[0].value


VQ = "cifar10-vq-64"


def painting(test: AppTest) -> dict[str, Any]:
    """What the component that paints is sent."""
    (found,) = (each for each in components(test) if each.proto.component_name == "code_grid")
    data: dict[str, Any] = data_of(found)
    return data


def test_codes_open_on_what_the_address_says(app: Opened):
    test = app(
        "latents",
        source="Shapes",
        n="200",
        view="Codes",
        model=VQ,
        a="3",
        b="5",
        cells="0-1.7_9.b",
        code="12",
        sort="use",
    )
    sent = painting(test)
    cells = [7, 7, *[None] * 7, -1, *[None] * 54]
    assert sent["opened"] == {"a": 3, "b": 5, "cells": cells, "code": 12, "order": "use"}
    assert (sent["model"], sent["size"], sent["count"]) == (VQ, 64, 200)
    assert sum(sent["cells"]) == 200 * 64
    assert "200 of" in captions(test)
    assert files(test) == ["PNG"]


def test_an_address_without_sense_paints_nothing(app: Opened):
    test = app("latents", source="Shapes", n="200", view="Codes", model=VQ, a="900", cells="1.64")
    assert painting(test)["opened"]["cells"] == [None] * 64
    assert "cells 0 to 63 with codes below 64" in test.info[0].value


def test_a_model_without_a_view_leads_on(app: Opened):
    test = app("latents", source="Shapes", n="200", model=VQ)
    assert "between two codes there is nothing" in test.info[0].value
    one = next(button for button in test.button if button.label == "Codes of VQ-VAE, 64 codes")
    one.click().run()
    assert test.segmented_control(key="view").value == "codes"
    assert painting(test)["model"] == VQ
    test = app("latents", source="Shapes", n="200", view="Codes")
    assert "no codes" in test.info[0].value
    assert [button.label for button in test.button if "of" in button.label] == [
        "Map of Shapes, beta 0.005",
        "Codes of Shapes, VQ-VAE, 64 codes",
    ]
    next(button for button in test.button if button.label.startswith("Codes of")).click().run()
    assert painting(test)["model"] == "shapes-vq-64"


def factors(app: Opened, **query: str) -> AppTest:
    return app("latents", **({"view": "factors", "source": "Shapes", "n": "500"} | query))


def test_factors_by_dimension_and_scores_of_two_models_that_learnt_shapes(app: Opened, monkeypatch: pytest.MonkeyPatch):
    """At first of two betas; each has a map, and the table a column."""
    monkeypatch.setattr(disentanglement, "ROUNDS", 1)  # of 20, each of which takes as long
    test = factors(app)
    maps = re.findall(r"<caption>(.*?)</caption>", html(test))
    assert len(maps) == 2
    assert all(title.startswith("Shapes, beta") for title in maps)
    assert html(test).count('<tr><th scope="row">') == 24
    assert [title in html(test).partition('aria-label="Scores"')[2] for title in maps] == [True, True]
    assert "Measured on 500 of 1,200 validation images of Shapes" in captions(test)
    test.selectbox(key="against").set_value("none").run()
    assert re.findall(r"<caption>(.*?)</caption>", html(test)) == maps[:1]
    assert test.query_params["against"] == "none"


def test_where_no_factor_is_known_a_button_leads_to_shapes(app: Opened, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(disentanglement, "ROUNDS", 1)
    test = factors(app, source="Photos")
    assert "nobody wrote down" in test.info[0].value
    assert "<caption>" not in html(test)
    next(button for button in test.button if button.label == "See it on Shapes").click().run()
    assert "validation images of Shapes" in captions(test)
    assert test.query_params["source"] == "Shapes"


def test_codes_and_few_images_are_not_measured(app: Opened):
    test = factors(app, model="cifar10-vq-64")
    assert "no dimensions" in test.info[0].value
    assert "nobody wrote down" in factors(app, source="Photos", model="cifar10-vq-64").info[0].value  # one way, not two
    test = factors(app, n="200")
    assert "200 images are too few" in test.info[0].value


def test_beta_moves_the_images_under_the_map_and_the_selection_stays(app: Opened):
    area = {"area": "-100_-100_-100_100_0_100_0_-100", "area-beta": "0.001"}
    query = {"source": "Photos", "n": "200", "model": "cifar10-conditional", **area}
    here = app("latents", **query)
    sent = map_of(here)
    assert sent["stops"]["betas"][0] == 1e-5
    assert sent["stops"]["betas"][-1] == 0.1
    assert 1e-3 in sent["stops"]["betas"]
    assert "Beta 0.001: KL " in captions(here)
    there = app("latents", beta="0.1", **query)
    assert "Beta 0.1: KL " in captions(there)
    chosen = [re.findall(r"\*\*(\d+) of 200 images selected", said(test)) for test in (here, there)]
    assert chosen[0] == chosen[1] != []
    lengths = [float(re.findall(r"all images ([\d.]+) from theirs", said(test))[0]) for test in (here, there)]
    assert lengths[1] < lengths[0] / 2


def test_of_many_classes_those_chosen_have_a_colour_and_the_others_are_grey(
    app: Opened, monkeypatch: pytest.MonkeyPatch
):
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 20
    pixels = rng.integers(0, 256, (80, 3, 32, 32), dtype=np.uint8)
    splits: dict[Split, np.ndarray] = {"train": np.arange(20), "validation": np.arange(20, 80), "test": np.arange(0)}
    many = ImageSet("folder", "Many", pixels, labels, tuple(f"kind {i}" for i in range(20)), splits)
    monkeypatch.setattr(sidebar, "chosen_images", lambda: many)
    test = app("latents")
    assert map_of(test)["colourings"][0]["categories"] == [*(f"kind {i}" for i in range(10)), "10 others"]
    test.multiselect(key="classes-in-colour").set_value(["17", "3"]).run()
    assert map_of(test)["colourings"][0]["categories"] == ["kind 17", "kind 3", "18 others"]
    assert test.query_params["classes"] == "17-3"
    test = app("latents", classes="17-99")
    assert any("classes in colour" in each.value for each in test.info)
    assert map_of(test)["colourings"][0]["categories"][0] == "kind 0"


def test_a_picture_of_ones_own_has_a_place_on_the_map(app: Opened):
    test = app("latents", source="Photos", n="200", plane="principal")
    buffer = io.BytesIO()
    Image.new("RGB", (48, 48), (200, 60, 40)).save(buffer, "png")
    test.file_uploader(key="map-photo").upload("mine.png", buffer.getvalue(), "image/png").run()
    assert "Nearest yours in the latent" in rows(test)
    assert "<figcaption>your picture</figcaption>" in html(test)
    assert "<figcaption>decoded from its own latent</figcaption>" in html(test)
    place = re.findall(r"where the map has it, (-?[\d.]+), (-?[\d.]+):", html(test))[0]
    test.button(key="walk-to-own").click().run()
    assert map_of(test)["view"]["place"] == pytest.approx([float(value) for value in place], abs=0.01)


def test_a_marked_image_is_shown_decoded_from_its_own_latent_too(app: Opened):
    test = app("latents", source="Photos", n="200", image="7")
    (version,) = re.findall(r'data-picture="image" data-version="(\w+)"', html(test))
    assert "to its own latent</figcaption>" in html(test)
    test.query_params["image"] = "8"
    assert re.findall(r'data-picture="image" data-version="(\w+)"', html(test.run())) != [version]


def test_a_plane_through_images_has_them_in_sight_by_name(app: Opened):
    test = app("latents", source="Photos", n="200", plane="images", picks="3-5-9")
    sent = map_of(test)
    (a, b, c), found = sent["landmarks"], cloud_of(3, 5, 9)
    assert [each[0] for each in (a, b, c)] == ["A", "B", "C"]
    assert a[1:] == pytest.approx([0, 0], abs=1e-3)
    assert b[1:] == pytest.approx([np.linalg.norm(found[1] - found[0]), 0], abs=1e-3)
    assert np.hypot(*c[1:]) == pytest.approx(np.linalg.norm(found[2] - found[0]), rel=1e-4)
    assert sent["view"]["place"] == pytest.approx([b[1] / 2, 0], abs=1e-2)
    assert "half way from **A** to **B**" in captions(test)


def cloud_of(*numbers: int) -> np.ndarray:
    """Where validation images of Photos lie under the default model."""
    images = load_image_set("photos")
    pixels = images.images[images.indices("validation")[list(numbers)]]
    return cloud.encode(models.load_model(models.get(models.DEFAULT)), pixels).mu


def test_beta_has_one_slider_where_the_map_has_its_own(app: Opened):
    asked = {"source": "Photos", "n": "200", "model": "cifar10-conditional", "model-beta": "0.01"}
    test = app("latents", **asked)
    assert map_of(test)["beta"] == 0.01
    assert not test.select_slider
    assert app("latents", view="directions", **asked).select_slider(key="model-beta").value == 0.01


def test_what_was_moved_of_one_model_is_nothing_of_another(app: Opened):
    asked = {"view": "directions", "source": "Photos", "n": "200", "moved": f"{models.DEFAULT}~4_1.5"}
    assert sliders(app("latents", **asked))["state"]["at"] == "4_1.5"
    assert sliders(app("latents", model="cifar10-beta-1e-2", **asked))["state"]["at"] == ""


def sliders(test: AppTest) -> dict:
    return next(data for data in map(data_of, components(test)) if "state" in data)

"""Latents, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.shown import captions, components, data_of, files, read

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


def test_prior_shows_what_is_decoded_where_no_image_lies(app: Opened):
    test = app("latents", source="Photos", view="prior", n="200", model="cifar10-linear-1e-3", dimension="7")
    said = captions(test)
    assert "% of the prior is holes" in read(test.markdown[0].value)
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
    test = app("latents", source="Photos", view="prior", n="200", model=model)
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
        "Map of beta 0.001",
        "Codes of VQ-VAE, 512 codes",
    ]
    next(button for button in test.button if button.label.startswith("Codes of")).click().run()
    assert painting(test)["model"] == "cifar10-vq-512"


def sliders(test: AppTest) -> dict[str, Any]:
    """What the sliders through a latent are sent."""
    (found,) = (each for each in components(test) if each.proto.component_name == "latent_sliders")
    data: dict[str, Any] = data_of(found)
    return data


def test_sliders_are_of_the_dimensions_with_most_kl_and_those_asked_for(app: Opened):
    test = app("latents", source="Shapes", n="200", view="Directions", also="126", moved="4_0.5*126_-2", start="mean")
    sent = sliders(test)
    nats = [float(row["note"][0].split()[0]) for row in sent["rows"]]
    assert len(nats) == 17
    assert nats[:16] == sorted(nats[:16], reverse=True)
    assert sent["rows"][16]["name"] == "dimension 126"
    assert any("background" in line for row in sent["rows"] for line in row["note"])
    state = sent["state"]
    assert (state["image"], state["at"], state["also"]) == ("mean", "4_0.5*126_-2", "126")
    assert [image["key"] for image in sent["images"]] == [*map(str, range(10)), "mean"]
    assert sent["nearest"]["count"] == 8


def test_attributes_say_how_well_they_are_told_and_leave_out_what_is_not_there(app: Opened):
    test = app("latents", source="Shapes", n="500", view="Directions", along="Attributes")
    rows = {row["name"]: row["note"] for row in sliders(test)["rows"]}
    assert rows["circle to square: linear probe"][0].startswith("told right for")
    assert rows["background, cyan to red"][0].startswith("R\u00b2 0.9")
    assert "decoded, 1 SD moves it by" in rows["brightness, dark to bright"][1]
    assert "rotation, cosine" not in rows
    assert "rotation, cosine" in captions(test)
    test.selectbox(key="class-to").set_value("star").run()
    assert "circle to star: linear probe" in [row["name"] for row in sliders(test)["rows"]]
    test.segmented_control(key="along").set_value("local").run()
    assert sliders(test)["rows"][0]["note"][0].endswith("% of pixels' change")
    test.segmented_control(key="along").set_value("sum").run()
    sent = sliders(test)
    (row,) = sent["rows"]
    assert (row["at_rest"], row["fixed"]) == (1, [-2, 2])
    assert row["name"] == " \u2212 ".join(sent["images"][i]["name"] for i in (1, 2))


def test_an_autoencoders_dimensions_are_ordered_by_variance(app: Opened):
    test = app("latents", source="Photos", n="200", view="Directions", model="cifar10-autoencoder")
    variance = [float(row["note"][0].removeprefix("variance ")) for row in sliders(test)["rows"]]
    assert variance == sorted(variance, reverse=True)
    assert "an autoencoder has no prior" in captions(test)
    assert sliders(test)["images"][0]["name"] == "astronaut"


def test_directions_refuse_what_is_none(app: Opened):
    test = app("latents", source="Photos", n="200", view="Directions", start="own", moved="4_nan", also="9999*x")
    said = " ".join(each.value for each in test.info)
    assert "which only who uploaded it has" in said
    assert "4\\_nan" in said
    assert (sliders(test)["state"]["image"], sliders(test)["state"]["at"]) == ("0", "")
    assert len(sliders(test)["rows"]) == 16

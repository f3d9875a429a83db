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

"""Latents, without a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.shown import captions, read

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

"""Latents, without a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.shown import captions

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

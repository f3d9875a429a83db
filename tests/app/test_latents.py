"""Latents, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from explorer.analysis.latents import disentanglement
from tests.app.shown import captions, html

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


def disentangled(app: Opened, **query: str) -> AppTest:
    return app("latents", **({"view": "disentangled", "source": "Shapes", "n": "500"} | query))


def test_factors_by_dimension_and_scores_of_two_models_that_learnt_shapes(app: Opened, monkeypatch: pytest.MonkeyPatch):
    """At first of two betas; each has a map, and the table a column."""
    monkeypatch.setattr(disentanglement, "ROUNDS", 1)  # of 20, each of which takes as long
    test = disentangled(app)
    maps = re.findall(r"<caption>(.*?)</caption>", html(test))
    assert len(maps) == 2
    assert all(title.startswith("Shapes, beta") for title in maps)
    assert html(test).count('<tr><th scope="row">') == 24
    assert [title in html(test).partition('aria-label="Scores"')[2] for title in maps] == [True, True]
    assert "Measured on 500 of 1,200 validation images of Shapes" in captions(test)
    test.selectbox(key="beside").set_value("none").run()
    assert re.findall(r"<caption>(.*?)</caption>", html(test)) == maps[:1]
    assert test.query_params["beside"] == "none"


def test_where_no_factor_is_known_a_link_leads_to_shapes(app: Opened):
    test = disentangled(app, source="Photos")
    assert "nobody wrote down" in test.info[0].value
    (link,) = test.get("page_link")
    assert link.proto.query_string == "view=disentangled&source=shapes"
    assert "<caption>" not in html(test)


def test_codes_and_few_images_are_not_measured(app: Opened):
    test = disentangled(app, model="cifar10-vq-64")
    assert "no dimensions that could each stand for a factor" in test.info[0].value
    test = disentangled(app, n="200")
    assert "200 images are too few" in test.info[0].value

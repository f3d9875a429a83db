"""Samples, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.shown import html, version

Opened = Callable[..., AppTest]


def rows(test: AppTest) -> list[str]:
    return re.findall(r'row-label row-\d+"><span>([^<]*)', html(test))


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("model", ["cifar10-beta-1e-3", "cifar10-autoencoder", "cifar10-vq-64"])
def test_a_model_s_priors_stand_side_by_side_below_what_its_decoder_does_at_best(app: Opened, model: str):
    test = app("samples", source="Shapes", model=model)
    assert rows(test)[0] == "Reconstructions"
    assert len(rows(test)) >= 3 - (model == "cifar10-autoencoder")
    before = version(test, "side")
    test.number_input(key="draw").set_value(2).run()
    assert version(test, "side") != before

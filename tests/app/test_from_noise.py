"""From noise to picture, without a browser."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer import models
from explorer.analysis.from_noise import Way
from explorer.ui.samples import from_noise as view
from tests.app.shown import captions, components, data_of, files
from tests.made_priors import made

Opened = Callable[..., AppTest]
MODEL = "shapes-beta-1e-4"
SIZES = {"width": 16, "depth": 1, "heads": 2}


def scene(test: AppTest) -> dict[str, Any]:
    """What the pictures on their way are sent."""
    (found,) = (each for each in components(test) if each.proto.component_name == "from_noise")
    data: dict[str, Any] = data_of(found)
    return data


def opened(app: Opened, **query: str) -> AppTest:
    return app("samples", source="Shapes", view="noise", **{"model": MODEL, **query})


def test_a_flow_is_shown_as_the_address_says(app: Opened):
    run = made(models.get(MODEL), "flow", classes=6, **SIZES)
    said = {"draw": "7", "draw-me": "a square", "guidance": "3", "steps": "12", "t": "0.5", "guess": "1", "sample": "3"}
    test = opened(app, **said)
    sent = scene(test)
    assert (sent["model"], sent["prior"], sent["cells"]) == (MODEL, run.id, 0)
    assert sent["classes"] == ["circle", "square", "triangle", "star", "cross", "ring"]
    assert sent["state"] == {
        "draw": 7, "label": "square", "guidance": 3, "steps": 12, "time": 0.5, "guess": True, "picture": 3,
    }  # fmt: skip
    assert sent["told"]
    assert "12 steps lead to the samples" in captions(test)
    assert not test.info
    assert files(test)[-2:] == ["GIF", "Filmstrip as PNG"]


def test_what_it_opens_with_is_told_once(app: Opened):
    """Else each touch would be answered by a touch more, and Back by what it has just undone."""
    made(models.get(MODEL), "flow", classes=6, **SIZES)
    assert not scene(opened(app))["told"]
    assert scene(opened(app, **{"draw": "1", "draw-me": "each"}))["told"]


def test_what_an_address_cannot_have_is_refused(app: Opened):
    made(models.get(MODEL), "flow", classes=6, **SIZES)
    test = opened(app, **{"draw-me": "cow", "guidance": "9", "steps": "101", "t": "nan"})
    refused = " ".join(each.value for each in test.info)
    for word in ("cow", "9", "101", "nan"):
        assert word in refused
    state = scene(test)["state"]
    assert (state["label"], state["guidance"], state["steps"], state["time"]) == ("each", 2, 20, 1)


def test_codes_have_a_way_of_their_own(app: Opened):
    made(models.get("shapes-vq-64"), "autoregressive", classes=6, **SIZES)
    test = opened(app, model="shapes-vq-64")
    assert (scene(test)["cells"], scene(test)["most"], scene(test)["state"]["steps"]) == (64, 64, 64)
    assert "row by row" in captions(test)
    test.button[0].click().run()  # side by side
    assert "Codes that are drawn one by one" in captions(test)


def test_a_model_without_says_why_and_where_to_go(app: Opened):
    test = opened(app, model="cifar10-autoencoder")
    (said,) = test.info
    assert "no prior yet that goes a way to its samples" in said.value
    assert [link.proto.label for link in test.get("page_link")] == ["Train one: Flow matching"]


@pytest.mark.parametrize(("guess", "moments"), [(False, 5), (True, 40)])
def test_files_hold_the_way_as_it_is_seen(guess: bool, moments: int):
    rng = np.random.default_rng(0)
    pictures, guesses = (rng.integers(0, 255, (moments, 8, 32, 32, 3), np.uint8) for _ in range(2))
    way = Way([i / (moments - 1) for i in range(moments)], pictures, guesses)
    film = Image.open(io.BytesIO(view.gif(lambda: way, guess)))
    assert film.size == (4 * (4 * 32 + 3 * 2), 4 * (2 * 32 + 2))
    assert getattr(film, "n_frames", 1) == 2 * min(moments, view.FILM) - 2
    sheet = np.asarray(Image.open(io.BytesIO(view.strip(lambda: way, [], "a title", guess))).convert("RGB"))
    last = (guesses if guess else pictures)[-1, 7].repeat(4, 0).repeat(4, 1)  # at the lower right
    below = sheet[-136:, -136:]
    assert any(np.array_equal(below[y : y + 128, x : x + 128], last) for y in range(8) for x in range(8))

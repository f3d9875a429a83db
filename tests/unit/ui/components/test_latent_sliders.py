"""What the sliders through a latent are sent."""

from __future__ import annotations

import base64
from dataclasses import replace

import numpy as np

from explorer import models
from explorer.analysis.latents.directions import Direction
from explorer.ui.components import latent_sliders
from explorer.ui.components.latent_sliders import Start

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(2, 4)).astype(np.float32)
STARTS = [
    Start(key, f"image {key}", RNG.integers(0, 256, (3, 32, 32), np.uint8), z)
    for key, z in zip(("0", "mean"), Z, strict=True)
]
WAY = Direction("bright", "brightness", np.array([0, 0.6, 0, 0.8], np.float32), 1.0, 2.0, -3.0, 5.0, 2.0, "one\ntwo")
DIMENSION = Direction("1", "dimension 1", np.array([0, 1, 0, 0], np.float32), 0.5, 1.0, -2.0, 2.0, dimension=1)


def floats(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4")


def test_ways_are_sent_in_their_units():
    model = models.get(models.DEFAULT)
    data = latent_sliders.payload(model, STARTS, [WAY, DIMENSION], "here")
    way, dimension = data["rows"]
    np.testing.assert_array_equal(floats(way["step"]), 2 * WAY.vector)
    np.testing.assert_allclose(way["here"], Z @ WAY.vector / 2, rtol=1e-5)
    assert [way[name] for name in ("mean", "std", "low", "high")] == [0.5, 1.0, -1.5, 2.5]
    assert way["note"] == ["one", "two"]
    assert (dimension["dimension"], dimension["step"]) == (1, None)
    np.testing.assert_allclose(dimension["here"], Z[:, 1], rtol=1e-5)
    np.testing.assert_array_equal(floats(data["mu"]).reshape(2, 4), Z)
    assert (data["width"], data["model"], data["beta"]) == (4, models.DEFAULT, None)


def test_a_model_of_every_beta_is_asked_at_its_own():
    model = next(each for each in models.shipped() if each.conditional)
    at = [latent_sliders.payload(replace(model, beta=beta), STARTS, [WAY], "") for beta in (1e-3, 1e-2)]
    assert [data["beta"] for data in at] == [1e-3, 1e-2]
    assert at[0]["version"] != at[1]["version"]

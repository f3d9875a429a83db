"""What the browser is given to move through beta."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.analysis.beta_words import Lesson
from explorer.analysis.sweep import Sweep
from explorer.nets import BETA_STOPS
from explorer.ui.charts.rate_distortion import Curve
from explorer.ui.components import tradeoff

B, N, D = len(BETA_STOPS), 2, 5


def random_sweep(seed: int = 0) -> Sweep:
    rng = np.random.default_rng(seed)
    share = np.linspace(1, 0, B, dtype=np.float32)[:, None]
    kl = share * np.array([0.1, 4, 2, 0.06, 3], dtype=np.float32)
    frames = rng.integers(0, 256, (B, N, 32, 32, 3), dtype=np.uint8)
    return Sweep(np.array(BETA_STOPS), frames, 0.01 + rng.random((B, N)), rng.random((B, N)), np.ones(N), kl)


def curve() -> Curve:
    return Curve(np.array([1e-5, 1e-1]), np.array([1000.0, 10.0]), np.array([0.001, 0.1]), "somewhere")


def sheet(swept: Sweep, **more: Any) -> tuple[dict[str, Any], np.ndarray]:
    originals = np.random.default_rng(9).integers(0, 256, (N, 32, 32, 3), dtype=np.uint8)
    lessons = [Lesson("End", BETA_STOPS[-1], "Look.")]
    return tradeoff.sheet(originals, ["a", "b"], swept, curve(), lessons, **more), originals


def test_one_sprite_holds_originals_and_a_frame_a_stop():
    swept = random_sweep()
    data, originals = sheet(swept)
    kind, encoded = data["sprite"].split(",", 1)
    assert kind == "data:image/png;base64"
    sprite = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))
    assert sprite.shape == (N * 32, (1 + B) * 32, 3)
    cells = sprite.reshape(N, 32, 1 + B, 32, 3).swapaxes(1, 2)
    assert np.array_equal(cells[:, 0], originals)
    assert np.array_equal(cells[:, 1:].swapaxes(0, 1), swept.frames)


def test_dimensions_keep_the_order_of_the_smallest_beta_and_go_dark_one_by_one():
    data = sheet(random_sweep())[0]
    stops = data["stops"]
    assert stops[0]["kl"] == pytest.approx([4, 3, 2, 0.1, 0.06], rel=1e-3)
    in_use = [sum(nats > data["in_use_nats"] for nats in stop["kl"]) for stop in stops]
    assert in_use == sorted(in_use, reverse=True)
    assert (in_use[0], in_use[-1]) == (5, 0)
    assert stops[0]["lit"] == "5 of 5 dimensions in use: more than 0.01 nats each"
    assert {count for count in in_use} >= {5, 4, 3}


def test_numbers_have_their_units():
    stop = sheet(random_sweep())[0]["stops"][BETA_STOPS.index(1e-3)]
    beta, rate, error, sharpness, _ = stop["facts"]
    assert beta[0] == "0.001"
    assert beta[1].startswith("sigma ")
    assert rate[0].endswith(" nats")
    assert rate[1].endswith(" bits")
    assert "dB" in error[0]
    assert error[1].startswith("MSE ")
    assert "of original" in sharpness[0]


def test_marks_lie_on_the_curve():
    data, _ = sheet(random_sweep(), calibrated=1e-3)
    notebook, calibrated = data["marks"]
    assert notebook["nats"] == pytest.approx(100) == calibrated["nats"]
    assert notebook["mse"] == pytest.approx(0.01)
    assert [mark["label"] for mark in sheet(random_sweep())[0]["marks"]] == ["the notebook's 0.001"]
    assert len(data["curve"]) == B
    assert data["lessons"] == [{"name": "End", "stop": B - 1, "words": "Look."}]


def test_version_is_that_of_what_is_shown():
    versions = [sheet(random_sweep())[0], sheet(random_sweep(1))[0], sheet(random_sweep(), floor=0.004)[0]]
    assert len({data["version"] for data in versions}) == 3
    assert versions[0]["version"] == sheet(random_sweep())[0]["version"]

"""What the browser is given to move through beta."""

from __future__ import annotations

import base64
import io
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.analysis.beta_words import Lesson, Lessons
from explorer.analysis.over_beta import Drawn, OverBeta
from explorer.analysis.prior_gap import Gap
from explorer.nets import BETA_STOPS
from explorer.ui import components
from explorer.ui.charts.rate_distortion import Curve
from explorer.ui.components import tradeoff
from explorer.ui.components.tradeoff import Gaps, View

B, N, D, S = len(BETA_STOPS), 2, 5, 3


def random_swept(seed: int = 0) -> OverBeta:
    rng = np.random.default_rng(seed)
    share = np.linspace(1, 0, B, dtype=np.float32)[:, None]
    kl = share * np.array([0.1, 4, 2, 0.06, 3], dtype=np.float32)
    frames = rng.integers(0, 256, (B, N, 32, 32, 3), dtype=np.uint8)
    return OverBeta(np.array(BETA_STOPS), frames, 0.01 + rng.random((B, N)), rng.random((B, N)), np.ones(N), kl)


def curve() -> Curve:
    return Curve(np.array([1e-5, 1e-1]), np.array([1000.0, 10.0]), np.array([0.001, 0.1]), "somewhere")


def random_draws() -> Drawn:
    rng = np.random.default_rng(5)
    return Drawn(rng.normal(size=(S, D)).astype(np.float32), rng.integers(0, 256, (B, S, 32, 32, 3), dtype=np.uint8))


def sheet(swept: OverBeta, gaps: Gaps | None = None, **more: Any) -> tuple[dict[str, Any], np.ndarray]:
    originals = np.random.default_rng(9).integers(0, 256, (N, 32, 32, 3), dtype=np.uint8)
    lessons = Lessons((Lesson("End", BETA_STOPS[-1], BETA_STOPS[-3], BETA_STOPS[-1]),), tuple(map(str, range(B))))
    gaps = gaps or Gaps({}, "too few images")
    return tradeoff.sheet(originals, ["a", "b"], swept, random_draws(), curve(), lessons, gaps, **more), originals


def test_one_sprite_holds_originals_a_frame_a_stop_and_below_them_the_samples():
    swept = random_swept()
    data, originals = sheet(swept)
    kind, encoded = data["sprite"].split(",", 1)
    assert kind == "data:image/png;base64"
    sprite = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))
    assert sprite.shape == ((N + S) * 32, (1 + B) * 32, 3)
    cells = sprite.reshape(N + S, 32, 1 + B, 32, 3).swapaxes(1, 2)
    assert np.array_equal(cells[:N, 0], originals)
    assert np.array_equal(cells[:N, 1:].swapaxes(0, 1), swept.frames)
    assert data["samples"] == S
    assert np.array_equal(cells[N:, 1:].swapaxes(0, 1), random_draws().frames)


def test_dimensions_keep_the_order_of_the_smallest_beta_and_go_dark_one_by_one():
    data = sheet(random_swept())[0]
    stops = data["stops"]
    assert stops[0]["kl"] == pytest.approx([4, 3, 2, 0.1, 0.06], rel=1e-3)
    in_use = [sum(nats > data["in_use_nats"] for nats in stop["kl"]) for stop in stops]
    assert in_use == sorted(in_use, reverse=True)
    assert (in_use[0], in_use[-1]) == (5, 0)
    assert stops[0]["lit"] == "5 of 5 dimensions in use: more than 0.01 nats each, these 2 images"
    assert {count for count in in_use} >= {5, 4, 3}


def test_facts_have_their_units():
    swept, stop = random_swept(), BETA_STOPS.index(1e-3)
    facts = sheet(swept)[0]["stops"][stop]["facts"]
    assert facts["sigma"] == f"{(3072 / D * 1e-3 / 2) ** 0.5:.3f}"
    assert facts["nats"] == f"{swept.nats[stop]:,.0f}"
    assert facts["bits"] == f"{swept.nats[stop] / np.log(2):,.0f}"
    assert facts["used"].endswith(" of 5")
    assert facts["sharpness"] == f"{swept.sharpness[stop]:.2f}"


def test_every_number_has_its_place_and_every_slot_its_number():
    sent = sheet(random_swept())[0]
    read = components.read("tradeoff.html")
    facts = {*sent["stops"][0]["facts"], "beta"}  # the slider's own
    assert {*re.findall(r'data-fact="(\w+)"', read)} <= facts
    assert {*re.findall(r'data-of="(\w+)"', read)} == sent["terms"].keys()
    for word in sent["terms"].values():
        assert {*re.findall(r"\{(\w+)\}", word["says"])} <= facts
    assert sent["terms"]["psnr"]["says"].endswith("Here it is {psnr}, the mean of all {count} images.")


def test_two_numbers_say_what_they_are_of():
    swept, gaps = random_swept(), Gaps({b: Gap(b, 0.9, 0.8, 500) for b in BETA_STOPS}, "500 validation images")
    lost, gap = (sheet(swept, gaps)[0]["numbers"][name] for name in ("lost", "gap"))
    mse = swept.mse[3].mean()
    assert lost["words"][3][0] == f"{100 * mse**0.5:.1f} %"
    assert lost["words"][3][1:] == (f"off a pixel value; MSE {mse:.4f},", f"{swept.psnr[3]:.1f} dB")
    assert lost["of"] == "these 2 images, from the mean of z"
    assert max(lost["way"]) == 1
    assert gap["words"][3] == ("90 of 100", "pairs with a reconstruction; 50 is guessing")
    assert gap["of"] == "500 validation images"
    assert gap["way"] == [0.8] * B


def test_a_gap_is_unknown_where_it_was_not_measured():
    gap = sheet(random_swept())[0]["numbers"]["gap"]
    assert {big for big, _ in gap["words"]} == {"unknown"}
    assert (gap["of"], gap["way"]) == ("too few images", None)
    some = sheet(random_swept(), Gaps({1e-3: Gap(1e-3, 0.9, 0.8, 500)}, "so far"))[0]["numbers"]["gap"]
    assert some["words"][BETA_STOPS.index(1e-3)][0] == "90 of 100"
    assert (some["words"][0][0], some["way"]) == ("not yet", None)


def test_what_is_told_of_an_earlier_turn_counts_no_more():
    at, state = View(1e-3, ""), SimpleNamespace(told={"turn": 3, "beta": 0.0099, "chosen": "x"})
    assert tradeoff.told(state, 3, at) == View(0.01, "x")
    assert tradeoff.told(state, 4, at) is None
    assert tradeoff.told(None, 0, at) is None
    assert tradeoff.told(SimpleNamespace(told={"turn": 4, "beta": None, "chosen": "y"}), 4, at) == View(1e-3, "y")


def test_marks_lie_on_the_curve():
    data, _ = sheet(random_swept(), calibrated=1e-3)
    notebook, calibrated = data["marks"]
    assert notebook["nats"] == pytest.approx(100) == calibrated["nats"]
    assert notebook["mse"] == pytest.approx(0.01)
    assert [mark["label"] for mark in sheet(random_swept())[0]["marks"]] == ["the notebook's 0.001"]
    assert len(data["curve"]) == B
    assert data["lessons"] == [{"name": "End", "stop": B - 1, "first": B - 3, "last": B - 1}]
    assert [stop["words"] for stop in data["stops"]] == list(map(str, range(B)))


def test_the_autoencoders_error_is_said_in_the_unit_of_either_axis():
    floor = sheet(random_swept(), floor=0.0039)[0]["floor"]
    assert floor["label"] == {"mse": "autoencoder, no rate: 0.0039", "psnr": "autoencoder, no rate: 24.1 dB"}


def test_version_is_that_of_what_is_shown():
    versions = [sheet(random_swept())[0], sheet(random_swept(1))[0], sheet(random_swept(), floor=0.004)[0]]
    assert len({data["version"] for data in versions}) == 3
    assert versions[0]["version"] == sheet(random_swept())[0]["version"]

"""What the browser is given to walk on."""

from __future__ import annotations

import base64
import io
import math
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from explorer.analysis.latents import place, plane
from explorer.analysis.latents.cloud import Cloud
from explorer.analysis.latents.colourings import Colouring
from explorer.live.shelf import SHELF
from explorer.ui.components import latent_map
from explorer.ui.components.latent_map import CORNERS, Layout, MapData, Stops, View

N, WIDTH = 300, 6
RNG = np.random.default_rng(0)
MU = RNG.normal(size=(N, WIDTH)).astype(np.float32)
CLOUD = Cloud(MU, np.ones_like(MU), np.ones_like(MU), np.ones(N, np.float32))
AXES = plane.principal(CLOUD)
CROWD = place.crowd(MU)
DATA = MapData(
    [f"cat {i}" for i in range(N)],
    AXES,
    AXES.coordinates(MU),
    AXES.beside(MU),
    CROWD,
    [(1.0, "near"), (math.inf, "far")],
    "an average",
    "some-model",
    None,
    10,
    None,
    [Colouring("class", "Class", np.arange(N) % 8, tuple(f"kind {i}" for i in range(8)))],
)
CORNER = ((0, 0), (1, 0), (1, 1))


def floats(text: str, *shape: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(shape)


def test_a_browser_knows_the_latent_of_each_place_and_how_far_it_is_from_each_image():
    data = latent_map.payload(DATA)
    origin, u, v = (floats(data["plane"][axis], WIDTH) for axis in ("origin", "u", "v"))
    coordinates, beside = floats(data["coordinates"], N, 2), floats(data["beside"], N)
    x, y = 0.7, -1.3
    away = np.hypot(np.hypot(coordinates[:, 0] - x, coordinates[:, 1] - y), beside)
    np.testing.assert_allclose(away, np.linalg.norm(origin + x * u + y * v - MU, axis=1), rtol=1e-4)
    assert data["verdicts"] == [(1.0, "near"), (None, "far")]


def test_colours_are_of_kinds_or_on_a_scale():
    numbers = Colouring("error", "Error", np.array([math.nan, *np.linspace(0, 1, N - 1)]), unit="MSE")
    kinds, scale = latent_map.payload(replace(DATA, colourings=[*DATA.colourings, numbers]))["colourings"]
    assert len(kinds["colours"]) == len(kinds["categories"]) == 8
    assert scale["categories"] == []
    assert (scale["low"], scale["high"]) == pytest.approx((0.02, 0.98))
    assert scale["beyond"] == [True, True]
    assert np.isnan(floats(scale["values"], N)[0])


def test_a_cloud_at_every_beta_keeps_its_places_to_a_pixel():
    places, beside = RNG.normal(size=(3, N, 2)).astype(np.float32), RNG.uniform(size=(3, N)).astype(np.float32)
    stops = latent_map.payload(replace(DATA, stops=Stops([1e-4, 1e-3, 1e-2], places, beside, [CROWD] * 3)))["stops"]
    shares = np.frombuffer(base64.b64decode(stops["places"]), "<u2").reshape(3, N, 3) / 65535
    found = stops["low"] + shares * np.subtract(stops["high"], stops["low"])
    np.testing.assert_allclose(found, np.concatenate([places, beside[..., None]], axis=-1), atol=1e-4)
    assert stops["words"] == ["0.0001", "0.001", "0.01"]
    apart, x, y, beside_middle, core = stops["crowds"][0]
    assert (apart, core) == (CROWD.apart, CROWD.core)
    np.testing.assert_allclose([x, y], AXES.coordinates(CROWD.middle), atol=1e-6)
    assert beside_middle == pytest.approx(0, abs=1e-3)  # the principal plane goes through it


def test_another_plane_another_layout_or_another_colour_is_another_version():
    datas = [
        DATA,
        replace(DATA, coordinates=DATA.coordinates + 1),
        replace(DATA, layouts=[Layout("tsne", "t-SNE", DATA.coordinates)]),
        replace(DATA, colourings=[Colouring("class", "Class", np.arange(N) % 7, tuple(f"kind {i}" for i in range(8)))]),
    ]
    versions = [latent_map.payload(data)["version"] for data in [*datas, DATA]]
    assert len(set(versions)) == 4
    assert versions[0] == versions[-1]


def test_every_picture_lies_on_a_sheet_unchanged():
    pixels = RNG.integers(0, 256, (N, 3, 32, 32), dtype=np.uint8)
    made = latent_map.pictures(pixels)
    sheets = [np.asarray(Image.open(io.BytesIO(content)).convert("RGB")) for _, content in made.sheets]
    for i in (0, 255, 256, 299):
        sheet = sheets[i // 256]
        row, column = divmod(i % 256, sheet.shape[1] // 32)
        shown = sheet[32 * row : 32 * row + 32, 32 * column : 32 * column + 32]
        assert np.array_equal(shown, pixels[i].transpose(1, 2, 0))
    assert len(made.small[1]) < sum(len(content) for _, content in made.sheets) / 10
    sent = made.sent()
    assert all(name in SHELF._kept for name in [sent["small"], *sent["sheets"]])


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"place": [1, 2.5]}, View(place=(1.0, 2.5))),
        ({"place": [1], "image": N, "polygon": "all", "zoom": [1, math.inf, 2], "category": -1}, View()),
        ({"polygon": [[0, 0], [1, 0], [1, 1]] * 20, "drawnOn": "tsne"}, View(polygon=CORNER * 8, drawn_on="tsne")),
        ({"image": 7, "category": 2, "colour": "error"}, View(image=7, category=2, colour="error")),
        ({"beta": 0.01, "lattice": True}, View(beta=0.01, lattice=True)),
    ],
)  # fmt: skip
def test_what_a_browser_says_it_looks_at_is_taken_as_far_as_it_makes_sense(said: dict, found: View):
    state = type("State", (), {"view": {"version": "1", **said}})()
    st.session_state["map"], st.session_state["map-version"] = state, "1"
    assert latent_map.looked_at("map", N) == found
    assert len(found.polygon) <= CORNERS
    st.session_state["map-version"] = "2"
    assert latent_map.looked_at("map", N) is None

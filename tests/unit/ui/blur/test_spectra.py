"""Charts of blur: their numbers, and who stands beside whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer import models
from explorer.analysis.blur import Blur
from explorer.analysis.measures import MEASURES
from explorer.measured_codecs import CodecRow
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.blur import spectra
from explorer.ui.charts import figures
from explorer.units import bytes_to_nats

ORIGINAL = tuple((1 / np.arange(1, 17) ** 2).tolist())
SHARP = Blur(
    10, {"mse": 0.01, "psnr": 20.0, "ssim": 0.8, "sharpness": 0.5, "half_power": 0.25, "nats": 100.0, "entropy": None},
    ORIGINAL, ORIGINAL, tuple(0 * np.array(ORIGINAL)),
)  # fmt: skip
MODEL = models.get(models.DEFAULT)


def but(**values: float | None) -> Blur:
    """`SHARP` with other values."""
    return replace(SHARP, values=SHARP.values | values)


def model(family: str, title: str) -> Model:
    return replace(MODEL, family=family, title=title)


def test_models_of_one_family_differ_by_shade_dash_and_mark():
    shown = [model(family, family) for family in ("residual_vae", "linear_vae", "residual_vae", "residual_vae")]
    a, b, *others = (line.style for line in spectra.lines(shown, [SHARP] * 4))
    for part in ("colour", "dash", "symbol", "border"):
        assert len({getattr(style, part) for style in (a, *others)}) == 3, part
    assert a.colour == FAMILIES["residual_vae"].colour
    assert b.colour == FAMILIES["linear_vae"].colour
    assert b.dash == a.dash


def test_tables_hold_what_is_drawn():
    half = replace(but(half_power=None, nats=None), spectrum=tuple(v / 2 for v in ORIGINAL))
    shown = spectra.lines([model("residual_vae", "a"), model("autoencoder", "b")], [SHARP, half])
    figure, table = spectra.kept(shown)
    assert table["b, of the originals' power"] == pytest.approx([0.5] * 16)
    assert list(figure.data[1].y) == table["b, of the originals' power"]
    figure, table = spectra.spectrum(shown, [(shown[0], np.ones(16))])
    assert table["a, samples, power"] == [1.0] * 16
    by_rate = spectra.by_rate([(line.model, line.blur) for line in shown], MEASURES["half_power"])
    for chart in (spectra.kept(shown), by_rate):
        assert figures.to_csv(chart[1]).count(b"\n") == 1 + len(next(iter(chart[1].values())))


def test_who_has_no_rate_is_a_line_across():
    measured = [(model("residual_vae", "a"), SHARP), (model("autoencoder", "b"), but(nats=None))]
    figure, table = spectra.by_rate(measured, MEASURES["sharpness"])
    assert [shape.y0 for shape in figure.layout.shapes] == [0.5]
    assert table["Rate, nats"] == [100.0, None]
    assert any("no rate" in (trace.name or "") for trace in figure.data)


def test_who_was_not_measured_so_is_left_out():
    without = replace(SHARP, values={"nats": 50.0})
    measured = [(model("residual_vae", "a"), SHARP), (model("residual_vae", "b"), without)]
    figure, table = spectra.by_rate(measured, MEASURES["ssim"])
    assert [list(trace.y) for trace in figure.data] == [[0.8]]
    assert table["SSIM, at most 1"] == [0.8, None]


def test_codecs_stand_beside_models_and_lossless_ones_in_the_table_alone():
    jpeg = CodecRow(
        "jpeg", "JPEG, quality 10", 10, 1_000, 70.6, 363.5, 298.3, {"sharpness": 0.4, "nats": 391.5}, 0.0045
    )
    png = CodecRow("png", "PNG", None, 1_000, 2188.1, 2294.7, 57.0, {"sharpness": 1.0, "nats": 12133.7}, 0.0)
    figure, table = spectra.by_rate([(model("residual_vae", "a"), SHARP)], MEASURES["sharpness"], [jpeg, png])
    assert [trace.name for trace in figure.data] == ["Residual VAE", "JPEG"]
    assert list(figure.data[1].x) == pytest.approx([bytes_to_nats(70.6)])
    assert "298 of them head" in figure.data[1].text[0]
    assert table["model"] == ["a", "JPEG, quality 10", "PNG"]
    assert table["Rate, bytes"] == pytest.approx([100 / (8 * np.log(2)), 70.6, 2188.1], rel=1e-3)
    assert table["of them head"] == [None, 298.3, 57.0]

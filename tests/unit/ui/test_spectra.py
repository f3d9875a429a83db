"""Charts of blur: their numbers, and who stands beside whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer import models
from explorer.analysis.blur import Blur
from explorer.models import Model
from explorer.ui import spectra
from explorer.ui.components import saved

ORIGINAL = tuple((1 / np.arange(1, 17) ** 2).tolist())
SHARP = Blur(10, 0.01, 20.0, 0.8, 0.5, 0.25, ORIGINAL, ORIGINAL, tuple(0 * np.array(ORIGINAL)), 100.0)
MODEL = models.get(models.DEFAULT)


def model(family: str, title: str) -> Model:
    return replace(MODEL, family=family, title=title)


def test_models_of_one_family_differ_by_dash_and_share_a_colour():
    shown = [model("residual_vae", "a"), model("linear_vae", "b"), model("residual_vae", "c")]
    a, b, c = spectra.lines(shown, [SHARP] * 3)
    assert (a.colour, a.dash) != (c.colour, c.dash)
    assert a.colour == c.colour != b.colour
    assert b.dash == a.dash


def test_tables_hold_what_is_drawn():
    half = replace(SHARP, spectrum=tuple(v / 2 for v in ORIGINAL), half_power=None, nats=None)
    shown = spectra.lines([model("residual_vae", "a"), model("autoencoder", "b")], [SHARP, half])
    figure, table = spectra.kept(shown)
    assert table["b, of the originals' power"] == pytest.approx([0.5] * 16)
    assert list(figure.data[1].y) == table["b, of the originals' power"]
    figure, table = spectra.spectrum(shown, [(shown[0], np.ones(16))])
    assert table["a, pictures of the prior, power"] == [1.0] * 16
    for chart in (spectra.kept(shown), spectra.by_rate([(line.model, line.blur) for line in shown], "half_power")):
        assert saved.to_csv(chart[1]).count(b"\n") == 1 + len(next(iter(chart[1].values())))


def test_who_has_no_rate_is_a_line_across():
    measured = [(model("residual_vae", "a"), SHARP), (model("autoencoder", "b"), replace(SHARP, nats=None))]
    figure, table = spectra.by_rate(measured, "sharpness")
    assert [shape.y0 for shape in figure.layout.shapes] == [0.5]
    assert table["rate, nats an image"] == [100.0, None]
    assert any("no rate" in (trace.name or "") for trace in figure.data)


def test_the_curve_is_read_at_the_same_rate():
    at = [replace(SHARP, nats=nats, sharpness=value) for nats, value in ((10.0, 0.1), (1000.0, 0.5))]
    measured = [(model("conditional_vae", "every"), blur) for blur in at]
    measured += [(model("vq_vae", "codes"), replace(SHARP, nats=100.0, sharpness=0.6))]
    measured += [(model("residual_vae", "beyond"), replace(SHARP, nats=2000.0))]
    measured += [(model("autoencoder", "none"), replace(SHARP, nats=None))]
    (found,) = spectra.at_same_rate(measured, "sharpness")
    assert (found.model.title, found.value, found.nats) == ("codes", 0.6, 100.0)
    assert found.curve == pytest.approx(0.05**0.5)  # half way between 0.1 and 0.5 on logarithmic axes
    assert spectra.at_same_rate(measured[2:], "sharpness") == []

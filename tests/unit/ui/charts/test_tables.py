"""Tables of measures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.analysis.blur import Blur
from explorer.analysis.measures import Reconstruction
from explorer.ui.charts import tables


@pytest.fixture
def measured() -> list[tables.Measured]:
    """The same two images, once with little error and once with more."""
    rng = np.random.default_rng(0)
    x = rng.random((2, 3, 32, 32), dtype=np.float32)
    noise = rng.normal(0, 0.02, x.shape).astype(np.float32)
    found = []
    for title, scale in (("near", 1), ("<far>", 3)):
        x_hat = (x + scale * noise).astype(np.float32)
        found.append(tables.Measured(title, Reconstruction(x, x_hat, np.full((2, 4), 10.0, np.float32)), 7))
    return found


def test_the_better_mean_stands_out(measured):
    table = tables.quality_table(["data:,a", "data:,b"], measured)
    mse = f"{measured[0].made.mse.mean():.4f}"
    assert f'<td class="better"><b>{mse}</b></td>' in table
    assert "&lt;far&gt;" in table
    assert "<far>" not in table


def test_a_single_model_is_better_than_none(measured):
    table = tables.quality_table(["data:,a", "data:,b"], measured[:1])
    assert "better" not in table
    assert table.count("<td><b>40</b></td>") == 1  # nats
    assert "<b>58</b>" in table  # bits


def test_columns_hold_every_image_and_no_infinity(measured):
    endless = tables.Measured("point", replace(measured[0].made, kl=np.full((2, 4), np.inf)), 7)
    found = tables.columns([measured[1], endless], ["a", "b"])
    assert {len(column) for column in found.values()} == {4}
    assert found["model"] == ["<far>", "<far>", "point", "point"]
    assert found["image"] == ["a", "b"] * 2
    assert found["MSE, pixels 0 to 1"][:2] == pytest.approx(measured[1].made.mse, rel=1e-4)
    assert found["Rate, nats"] == [40.0, 40.0, None, None]


def test_facts_have_their_units(measured):
    facts = dict(tables.facts(measured[0].made)[1])
    assert facts["PSNR"].endswith(" dB")
    assert facts["Rate"] == "40 nats"
    assert facts["MSE"] == f"{measured[0].made.mse[1]:.4f}"


def test_a_table_of_models_has_what_any_of_them_has():
    none = tuple([1.0] * 16)
    values: list[dict[str, float | None]] = [{"mse": 0.01, "nats": None}, {"mse": 0.02, "ssim": 0.5}]
    rated = [tables.Rated(f"<{i}>", "red", Blur(9, each, none, none, none)) for i, each in enumerate(values)]
    table = tables.models_table(rated)
    assert "&lt;0&gt;" in table
    assert ">SSIM <small>" in table
    assert "PSNR" not in table  # neither was measured so
    assert "Rate" not in table  # neither has one
    assert table.count("<small>not measured</small>") == 1  # the first knew no SSIM yet


def test_conventions_name_the_same_beta_in_other_codes():
    table = tables.conventions(0.001, 128)
    for value in ("<b>0.001</b>", "<b>0.024</b>", "<b>0.012</b>", "<b>7.81e-6</b>", "<b>sigma 0.11</b>"):
        assert value in table

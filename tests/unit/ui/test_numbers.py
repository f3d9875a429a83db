"""Tables of measures."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis import quality
from explorer.ui import numbers


@pytest.fixture
def measured() -> list[numbers.Measured]:
    """The same two images, once with little error and once with more."""
    rng = np.random.default_rng(0)
    x = rng.random((2, 3, 32, 32), dtype=np.float32)
    noise = rng.normal(0, 0.02, x.shape).astype(np.float32)
    found = []
    for title, scale in (("near", 1), ("<far>", 3)):
        x_hat = (x + scale * noise).astype(np.float32)
        found.append(numbers.Measured(title, quality.measure(x, x_hat), np.full(2, 40.0)))
    return found


def test_the_better_mean_stands_out(measured):
    table = numbers.quality_table(["data:,a", "data:,b"], measured)
    mse = f"{measured[0].quality.mse.mean():.4f}"
    assert f'<td class="better"><b>{mse}</b></td>' in table
    assert "&lt;far&gt;" in table
    assert "<far>" not in table


def test_a_single_model_is_better_than_none(measured):
    table = numbers.quality_table(["data:,a", "data:,b"], measured[:1])
    assert "better" not in table
    assert table.count("<td><b>40</b></td>") == 1  # nats
    assert "<b>58</b>" in table  # bits


def test_columns_hold_every_image_and_no_infinity(measured):
    endless = numbers.Measured("point", measured[0].quality, np.full(2, np.inf))
    found = numbers.columns([measured[1], endless])
    assert {len(column) for column in found.values()} == {4}
    assert found["model"] == ["<far>", "<far>", "point", "point"]
    assert found["image"] == [1, 2, 1, 2]
    assert found["MSE"][:2] == pytest.approx(measured[1].quality.mse, rel=1e-4)
    assert found["Rate, nats"] == [40.0, 40.0, None, None]


@pytest.mark.parametrize(("beta", "text"), [(0.001, "0.001"), (1e-5, "1e-5"), (0.0, "0"), (1.5e-5, "1.5e-5")])
def test_beta_is_written_short(beta: float, text: str):
    assert numbers.beta_text(beta) == text


def test_conventions_name_the_same_beta_in_other_codes():
    table = numbers.conventions(0.001, 128)
    for value in ("<b>0.001</b>", "<b>0.024</b>", "<b>0.012</b>", "<b>7.81e-6</b>", "<b>sigma 0.11</b>"):
        assert value in table

"""What charts say of a sweep's trials."""

from __future__ import annotations

import math
from typing import Any

import pytest

from explorer.ui.sweep import charts
from explorer.ui.sweep.charts import Dot


def dots(*mse: float, **values: Any) -> tuple[Dot, ...]:
    """Trials of one seed each, with the same values, of these errors."""
    return tuple(Dot(i, (*values.items(), ("seed", i)), 2 * each, 100.0 + i, each) for i, each in enumerate(mse))


def axes(shown: tuple[Dot, ...], *names: str, compare: bool = True) -> dict[str, Any]:
    figure, _ = charts.parallel(shown, names, compare)
    return {axis.label: axis for axis in figure.data[0].dimensions}


@pytest.mark.parametrize(
    "mse",
    [
        (0.001558, 0.002006, 0.002007),
        (0.003172, 0.003173),
        (0.003172, 0.003172),
        (0.0, 0.01),
        (0.009, 0.11),
        (1e-5, 3e-2, 0.5),
    ],
)  # fmt: skip
def test_measured_axes_have_true_heights_and_true_ticks(mse: tuple[float, ...]):
    axis = axes(dots(*mse), "seed")["MSE"]
    logarithmic = min(mse) > 0 and max(mse) / min(mse) >= 10
    of = math.log10 if logarithmic else float
    assert list(axis.values) == [of(each) for each in mse]
    assert len(axis.ticktext) >= 2
    assert [of(float(words)) for words in axis.ticktext] == pytest.approx(list(axis.tickvals), abs=1e-12)
    low, high = axis.range
    assert all(low <= height <= high for height in (*axis.values, *axis.tickvals))


def test_each_value_of_a_setting_has_its_words_at_its_place():
    shown = tuple(
        dot._replace(values=(("beta", beta),))
        for dot, beta in zip(dots(1, 2, 3), (0.1234561, 0.1234562, 1.0), strict=True)
    )
    axis = axes(shown, "beta")["beta"]
    assert list(axis.ticktext) == ["0.1234561", "0.1234562", "1.0"]
    assert list(axis.values) == list(axis.tickvals) == [0, 1, 2]


def test_the_axis_that_gives_the_colour_says_so():
    shown = dots(0.1, 0.2)
    assert [label for label in axes(shown, "seed") if "colour" in label] == ["validation<br>total<br>(colour)"]
    assert [label for label in axes(shown, "seed", compare=False) if "colour" in label] == ["MSE<br>(colour)"]


def test_single_trials_lie_over_their_mean_and_the_number_of_seeds_is_said():
    shown = (*dots(0.1, 0.2, beta=0.1), *dots(0.5, beta=0.2))
    figure, _ = charts.plane(shown)
    mean, single = figure.data
    assert mean.name == "mean of 2 seeds ± a standard deviation"
    assert (mean.marker.symbol, mean.marker.size > single.marker.size) == ("circle-open", True)
    assert (list(mean.y), list(single.y)) == (pytest.approx([0.15]), [0.1, 0.2, 0.5])
    assert list(mean.error_y.array) == pytest.approx([0.0707], abs=1e-4)

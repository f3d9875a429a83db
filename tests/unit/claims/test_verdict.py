"""The one rule."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.claims.verdict import Finding, decide


@pytest.mark.parametrize(
    ("effects", "verdict"),
    [
        ([], "not measured"),
        ([0.5], "undecided"),  # a seed is no spread
        ([0.10, 0.11, 0.12], "holds"),
        ([0.012, 0.011, 0.013], "undecided"),  # the band reaches down to 1 %
        ([0.0, 0.001, -0.001], "fails"),  # the same, well measured
        ([-0.10, -0.11, -0.12], "fails"),
        ([-0.3, 0.1, 0.5], "undecided"),
    ],
)
def test_one_rule(effects: list[float], verdict: str):
    assert decide(effects) == verdict


def test_the_band_is_two_standard_deviations():
    finding = Finding("holds", "", (0.1, 0.2, 0.3), 3)
    assert finding.band == pytest.approx((0.2 - 2 * np.std([0.1, 0.2, 0.3], ddof=1), 0.4))


@pytest.mark.parametrize(
    ("effects", "words"),
    [((), ""), ((-0.014,), "-1.4 %"), ((0.1, 0.2, 0.3), "+20.0 % ± 20.0 %"), ((0.12, 0.12), "+12.0 % ± 0.0 %")],
)
def test_an_effect_in_words(effects: tuple[float, ...], words: str):
    assert Finding("undecided", "", effects, 0).effect == words

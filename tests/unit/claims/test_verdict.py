"""The one rule."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.claims.verdict import Case, Finding, decide


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
    assert Case((0.1, 0.2, 0.3)).band == pytest.approx((0.2 - 2 * np.std([0.1, 0.2, 0.3], ddof=1), 0.4))


@pytest.mark.parametrize(
    ("effects", "words"),
    [((), ""), ((-0.014,), "-1.4 %"), ((0.1, 0.2, 0.3), "+20.0 % ± 20.0 %"), ((0.12, 0.12), "+12.0 % ± 0.0 %")],
)
def test_an_effect_in_words(effects: tuple[float, ...], words: str):
    assert Case(effects).effect == words


YES, NO, UNSURE = (0.1, 0.1), (-0.1, -0.1), (0.2, -0.2)


@pytest.mark.parametrize(
    ("cases", "verdict", "answer"),
    [
        ([], "not measured", "not measured"),
        ([Case(YES)], "holds", "holds"),
        ([Case(NO, "here"), Case(NO, "there")], "fails", "fails"),
        ([Case(YES, "here"), Case(NO, "there")], "depends", "depends: holds here, fails there"),
        (
            [Case(YES, "at 1"), Case(NO, "at 2"), Case(UNSURE, "at 3"), Case(NO, "at 4")],
            "depends",
            "depends: holds at 1, fails at 2 and at 4, undecided at 3",
        ),
    ],
)
def test_cases_that_differ_have_no_common_verdict(cases: list[Case], verdict: str, answer: str):
    finding = Finding(cases=cases)
    assert (finding.verdict, finding.answer) == (verdict, answer)

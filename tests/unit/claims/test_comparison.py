"""Trials beside each other, and numbers in words."""

from __future__ import annotations

import pytest

from explorer.claims.comparison import at_rate, listed, more, paired
from explorer.claims.evidence import Trial


def test_an_error_at_a_rate_is_read_on_a_logarithmic_scale():
    curve = [(300.0, 0.004), (100.0, 0.016)]
    assert at_rate(curve, 200.0) == pytest.approx(0.008)
    assert at_rate(curve, 100.0) == pytest.approx(0.016)
    assert at_rate(curve, 99.0) is None
    assert at_rate(curve[:1], 300.0) is None


def test_pairs_have_the_same_seed():
    first, second = ([Trial(f"{seed}", "", {"seed": seed}, {}, {}) for seed in seeds] for seeds in ((0, 1, 2), (2, 0)))
    assert [(a.name, b.name) for a, b in paired(first, second)] == [("0", "0"), ("2", "2")]


@pytest.mark.parametrize(("share", "words"), [(0.021, "2.1 % higher"), (-0.0041, "0.4 % lower")])
def test_more_or_less(share: float, words: str):
    assert more(share) == words
    assert more(share, "more") == words.replace("higher", "more").replace("lower", "less")


@pytest.mark.parametrize(("parts", "words"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_lists(parts: list[str], words: str):
    assert listed(parts) == words

"""Trials beside each other, and numbers in words."""

from __future__ import annotations

import pytest

from explorer.claims.comparison import listed, more, paired
from explorer.claims.evidence import Trial


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

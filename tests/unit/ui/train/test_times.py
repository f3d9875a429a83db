"""Seconds as one says them."""

from __future__ import annotations

import pytest

from explorer.ui.train.times import roughly


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "5 s"),
        (32, "30 s"),
        (87, "85 s"),
        (88, "1.5 min"),
        (299, "5 min"),
        (569, "9.5 min"),
        (570, "10 min"),
        (5399, "90 min"),
        (5400, "1.5 hours"),
        (10_000, "2.8 hours"),
    ],
)
def test_roughly(seconds: float, words: str):
    assert roughly(seconds) == words

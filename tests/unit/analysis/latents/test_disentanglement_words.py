"""Disentanglement, in words."""

from __future__ import annotations

import numpy as np

from explorer.analysis.latents import disentanglement_words as words
from explorer.analysis.latents.disentanglement import Dci, Scores
from explorer.data.imageset import Factor

NOTHING = np.zeros(1)
HUE, SIZE, X = Factor("hue", NOTHING, period=1.0), Factor("size", NOTHING), Factor("x", NOTHING)


def test_factors_are_looked_for_where_they_are_told_best():
    share = np.array([[0.3, 0.28, 0.1, 0.0], [0.05, 0.03, 0.0, 0.0], [0.0, 0.1, 0.0, 0.5]])
    said = words.where(share, (HUE, SIZE, X), [7, 3, 5, 0])
    assert said == "Look for **hue** in 7 and 3, **x** in 0. No dimension tells a tenth of size."
    assert words.where(share[:1], (HUE,), [7, 3, 5, 0]) == "Look for **hue** in 7 and 3."
    assert words.where(share[1:2], (SIZE,), [7, 3, 5, 0]) == "No dimension tells a tenth of size."
    everywhere = words.where(np.full((1, 6), 0.2), (HUE,), list(range(6)))
    assert everywhere == "Look for **hue** in 0, 1, 2 and 3 more."


def test_what_a_circle_can_not_reach_is_said_where_there_is_one():
    assert words.circles((SIZE, X)) == ""
    assert "of hue, which is a circle, two dimensions" in words.circles((HUE, X))
    assert "of hue and turn, each of which is a circle" in words.circles((HUE, Factor("turn", NOTHING, period=6.3)))


def test_each_score_has_its_own_number():
    importance = np.array([[1.0, 0.0], [0.5, 0.5]])
    found = Scores(np.array([0.2, 0.4]), np.array([0.1, 0.0]), Dci(importance, np.array([0.6, 0.8])), 0.9, 0.7)
    assert [score.value for score in words.each(found)] == [
        np.mean([0.2, 0.4]), 0.05, found.dci.disentanglement, found.dci.completeness, 0.7, 0.9, 0.7,
    ]  # fmt: skip
    assert "By guessing: 0.50." in words.each(found)[5].says

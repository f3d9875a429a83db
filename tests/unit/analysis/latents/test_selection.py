"""What is said of a selection is what libraries say."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from explorer.analysis.latents import selection, selection_words
from explorer.analysis.latents.colourings import Colouring

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(200, 12)).astype(np.float32)
CHOSEN = np.arange(200) < 30
Z[CHOSEN, 4] += 2
Z[:, 7] = 1.5  # collapsed: all the same


def test_a_polygon_with_a_dent_holds_what_is_in_it():
    square_without_its_right = [(0.0, 0.0), (2.0, 0.0), (1.0, 1.0), (2.0, 2.0), (0.0, 2.0)]
    points = np.array([[0.5, 1.0], [1.8, 1.0], [1.5, 0.2], [1.5, 1.8], [-0.1, 1.0], [0.5, 2.1]])
    np.testing.assert_array_equal(
        selection.inside(square_without_its_right, points), [True, False, True, True, False, False]
    )


def test_what_tells_them_apart_is_scikit_learns_area_under_the_curve():
    told = selection.tell_apart(Z, CHOSEN)
    theirs = [roc_auc_score(CHOSEN, column) for column in Z.T]
    np.testing.assert_allclose(told.auc, theirs, atol=1e-9)
    assert told.order[0] == 4
    assert told.auc[7] == 0.5
    assert told.effect[7] == 0
    assert told.effect[4] == pytest.approx(2, abs=0.4)


@pytest.mark.parametrize("n", [8, 40])
def test_chance_alone_reaches_what_is_said_in_5_of_100_draws_or_fewer(n: int):
    rng = np.random.default_rng(1)
    z = rng.normal(size=(100, 30)).astype(np.float32)
    best, told = [], None
    for _ in range(300):
        chosen = np.zeros(100, bool)
        chosen[rng.permutation(100)[:n]] = True
        told = selection.tell_apart(z, chosen)
        best.append(np.abs(told.auc - 0.5).max() + 0.5)
    assert told
    assert 0.01 <= np.mean(np.array(best) > told.by_chance) <= 0.07


def test_dimensions_in_words_name_those_beyond_chance_only():
    words = selection_words.dimensions(selection.tell_apart(Z, CHOSEN), by_place=False)
    assert words.startswith("Dimensions that tell these 30 from the other 170: 4 (higher, AUC 0.9")
    assert "the best of 12 reaches 0.6" in words
    assert "take no number" not in words
    few = selection_words.dimensions(selection.tell_apart(Z, np.arange(200) < 3), by_place=True)
    assert "With so few images (3) take no number here for sure." in few
    assert "the axes of the map are among what tells them apart" in few


def test_classes_in_words_say_of_how_many():
    labels = np.array([0, 0, 1, 2])
    assert selection_words.classes(labels[:3], labels, ["cat", "dog", "frog"]) == "cat 2 of 2, dog 1 of 1."
    many = np.arange(40) % 20
    words = selection_words.classes(many[:20], many, [f"c{i}" for i in range(20)])
    assert words.endswith("c5 1 of 2, and 14 of 14 other classes.")


def test_spread_and_the_most_typical():
    z = np.array([[0, 0], [2, 0], [1, 0.5], [1, -0.5]], np.float32)
    assert selection.spread(z) == pytest.approx((1 + 1 + 0.5 + 0.5) / 4)
    assert set(selection.most_typical(z, 2).tolist()) == {2, 3}
    assert "50 %" in selection_words.spread(1.0, 2.0, 4)
    assert selection_words.spread(0.0, 2.0, 1) == "One image has no spread."


def test_a_table_holds_each_image_with_units():
    colourings = [
        Colouring("class", "Class", np.array([0, 1]), ("cat", "dog")),
        Colouring("nats", "Rate", np.array([210.5, 180.25], np.float32), unit="nats"),
    ]
    made = selection.table(
        np.array([12, 7]), ["cat", "dog, small"], ["across", "up"], np.array([[1.5, -2], [0, 1]]), colourings
    )
    rows = list(csv.reader(io.StringIO(made.decode())))
    assert rows == [
        ["image", "class", "across", "up", "Rate, nats"],
        ["12", "cat", "1.5", "-2", "210.5"],
        ["7", "dog, small", "0", "1", "180.25"],
    ]
    np.testing.assert_allclose(selection.mean_image(np.full((2, 3, 32, 32), 51, np.uint8)), 0.2)

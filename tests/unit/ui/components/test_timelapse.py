"""Which of a run's pictures go to the browser."""

from __future__ import annotations

import itertools

import pytest

from explorer.ui.components.timelapse import common_steps, nearest, spread


@pytest.mark.parametrize("most", [2, 5, 48])
def test_spread_keeps_the_ends(most: int):
    steps = list(range(0, 2400, 10))
    kept = spread(steps, most)
    assert len(kept) == most
    assert (kept[0], kept[-1]) == (0, 2390)
    gaps = [b - a for a, b in itertools.pairwise(kept)]
    assert max(gaps) - min(gaps) <= 10


def test_few_steps_all_go():
    assert spread([0, 3], 48) == [0, 3]


@pytest.mark.parametrize(("wanted", "found"), [(None, 30), (0, 0), (16, 20), (99, 30), ("20", 30)])
def test_nearest(wanted: object, found: int):
    assert nearest([0, 10, 20, 30], wanted) == found


def test_runs_are_shown_at_steps_that_all_have_pictures_of():
    assert common_steps([[0, 5, 9], [0, 5, 8], [0, 5]], [True, True, True]) == [0, 5]
    assert common_steps([[0, 5, 9], [0, 5], [0, 5, 9]], [True, False, True]) == [0, 5, 9]  # one ended at 5
    assert common_steps([[0, 5], []], [True, False]) == [0, 5]  # failed before its first picture
    assert common_steps([[0, 5], []], [True, True]) == []  # not there yet
    assert common_steps([[0, 5, 9], [0, 6, 9]], [False, False]) == [0, 9]

"""Which of a run's pictures go to the browser."""

from __future__ import annotations

import itertools

import pytest

from explorer.ui.components.timelapse import nearest, spread


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

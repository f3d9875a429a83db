"""The words and effects of a spatial latent, on trials whose effects are known beforehand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from explorer.claims.verdict import Finding
from tests import claims_rows

Found = Callable[..., Finding]


@pytest.mark.parametrize(("mse", "verdict"), [(0.009, "holds"), (0.0102, "fails")])
def test_spatial(mse: float, verdict: str, found: Found):
    finding = found("spatial", [row for seed in range(3) for row in claims_rows.spatial(seed, mse)])
    flat = (0.0064 * 0.016) ** 0.5  # 200 nats are half way from 100 to 400
    assert finding.verdict == verdict
    assert finding.cases[0].effects == pytest.approx([1 - mse / flat] * 3)
    words = f"With 128 numbers each, at 200 nats an image MSE {mse:.5f} with the layout, {flat:.5f} without."
    assert finding.sentence == words


def test_rates_that_do_not_overlap_decide_nothing(found: Found):
    finding = found("spatial", claims_rows.spatial(0, 0.009, nats=500.0))
    assert finding.verdict == "not measured"
    assert "don't overlap" in finding.sentence


def test_seeds_that_disagree_decide_nothing(found: Found):
    rows = [row for seed, mse in enumerate((0.007, 0.010, 0.013)) for row in claims_rows.spatial(seed, mse)]
    assert found("spatial", rows).verdict == "undecided"

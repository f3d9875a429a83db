"""The words and effects of generalising, on trials whose effects are known beforehand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from explorer.claims import CLAIMS
from explorer.claims.verdict import Finding
from tests import claims_rows

Found = Callable[..., Finding]


@pytest.mark.parametrize(("gaps", "verdict"), [((0.002, 0.001), "holds"), ((0.001, 0.001), "fails")])
def test_generalise(gaps: tuple[float, float], verdict: str, found: Found):
    finding = found("generalise", [row for seed in range(3) for row in claims_rows.generalise(seed, gaps)])
    assert finding.verdict == verdict
    assert finding.effects == pytest.approx([(gaps[0] - gaps[1]) / 0.004] * 3)
    assert f"{gaps[0]:.5f} against {gaps[1]:.5f} on 4,000 images ({verdict})" in finding.words
    each = "25.0 % higher, 25.0 % higher and 25.0 % higher"  # 0.005 beside 0.004
    assert finding.words.endswith(f"On unseen images the VAE's error ends {each}; each at its best, {each}.")
    assert finding.measured == len(CLAIMS["generalise"].trials)

"""The words and effects of training for longer, on trials whose effects are known beforehand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from explorer.claims import CLAIMS
from explorer.claims.verdict import Finding
from tests import claims_rows

Found = Callable[..., Finding]


@pytest.mark.parametrize(("last", "verdict"), [(0.004, "holds"), (0.005, "fails"), (0.006, "fails")])
def test_longer(last: float, verdict: str, found: Found):
    rows = [row for seed in range(3) for row in claims_rows.longer(seed, (0.005, 0.005, last))]
    finding = found("longer", rows)
    kl = 0.001 * 215 / 128
    assert finding.verdict == verdict
    assert finding.cases[0].effects == pytest.approx([1 - (last + kl) / (0.005 + kl)] * 3)
    assert finding.measured == len(CLAIMS["longer"].trials)

"""The words and effects of schedules, on trials whose effects are known beforehand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from explorer.claims.verdict import Finding
from tests import claims_rows

Found = Callable[..., Finding]


@pytest.mark.parametrize(("mses", "verdict"), [((0.0065, 0.0065), "holds"), ((0.007, 0.00693), "fails")])
def test_schedule(mses: tuple[float, float], verdict: str, found: Found):
    finding = found("schedule", [row for seed in range(3) for row in claims_rows.schedule(seed, mses)])
    assert finding.verdict == verdict
    assert finding.cases[0].effects == pytest.approx([1 - np.mean(mses) / (0.006 * 0.008) ** 0.5] * 3)

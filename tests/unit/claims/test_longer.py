"""The words and effects of training for longer, on trials whose effects are known beforehand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from explorer.claims import CLAIMS
from explorer.claims.verdict import Finding
from tests import claims_rows

Found = Callable[..., Finding]


@pytest.mark.parametrize(
    ("last", "on_all", "verdict"),
    [(0.004, 0.004, "holds"), (0.005, 0.006, "fails"), (0.006, 0.004, "depends"), (0.006, 0.006, "fails")],
)
def test_longer(last: float, on_all: float, verdict: str, found: Found):
    rows = [
        row for seed in range(3) for row in claims_rows.longer(seed, (0.005, 0.005, last), (0.005, 0.005, on_all))
    ]  # fmt: skip
    finding = found("longer", rows)
    kl = 0.001 * 215 / 128
    assert finding.verdict == verdict
    for case, ended in zip(finding.cases, (last, on_all), strict=True):
        assert case.effects == pytest.approx([1 - (ended + kl) / (0.005 + kl)] * 3)
    assert [case.where for case in finding.cases] == ["on 4,000 images", "on all 40,000 images"]
    assert finding.measured == len(CLAIMS["longer"].trials)


def test_longer_on_few_images_alone(found: Found):
    rows = [row for row in claims_rows.longer(0, (0.005, 0.004, 0.003), (0.1,) * 3) if "all images" not in row["name"]]
    finding = found("longer", rows)
    assert [case.where for case in finding.cases] == ["on 4,000 images"]
    assert "all 40,000" not in finding.sentence

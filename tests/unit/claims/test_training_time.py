"""The words and effects of training time, on trials whose effects are known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.claims.evidence import read
from explorer.claims.training_time import common_threshold, seconds_to
from explorer.claims.verdict import Finding
from tests import claims_rows

Found = Callable[..., Finding]


def test_seconds_to_an_error(tmp_path: Path):
    (auto, *_) = read([claims_rows.write(tmp_path / "rows.json", claims_rows.time(0, 1.0))])
    errors, seconds = auto.looks["validation_recon"], auto.looks["seconds"]
    assert seconds_to(auto, errors[2]) == pytest.approx(seconds[2])
    assert seconds_to(auto, (errors[1] * errors[2]) ** 0.5) == pytest.approx((seconds[1] + seconds[2]) / 2)
    assert seconds_to(auto, 1.0) == 0.0
    assert seconds_to(auto, 0.001) is None
    assert common_threshold([auto]) == 0.009
    assert common_threshold([]) is None


@pytest.mark.parametrize(("slower", "verdict"), [(1.5, "holds"), (1.0, "fails"), (0.7, "fails")])
def test_time(slower: float, verdict: str, found: Found):
    finding = found("time", [row for seed in range(3) for row in claims_rows.time(seed, slower)])
    assert finding.verdict == verdict
    assert finding.cases[0].effects == pytest.approx([slower - 1] * 3)
    assert f"takes 30.0 s, the VAE at beta 0.001 {30 * slower:.1f} s, both means over seeds;" in finding.sentence


def test_the_sentence_says_the_effect_that_decides(found: Found):
    finding = found(
        "time", [row for seed, slower in enumerate((1.5, 1.2, 0.9)) for row in claims_rows.time(seed, slower)]
    )
    assert finding.effect.startswith("+20.0 %")
    assert "the mean of each seed's difference is 20.0 % more." in finding.sentence

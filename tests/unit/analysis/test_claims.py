"""Verdicts, on trials whose effects are known beforehand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from explorer.analysis import claims
from explorer.analysis.claims import CLAIMS, Evidence, Finding, Sharpness
from explorer.errors import ExplorerError
from tests import claims_rows
from tests.claims_rows import Row


def found(claim: str, tmp_path: Path, rows: Sequence[Row], cards: Sequence[Sharpness] = ()) -> Finding:
    trials = claims.read([claims_rows.write(tmp_path / "measured.json", rows)])
    return CLAIMS[claim].find(Evidence(trials, cards))


@pytest.mark.parametrize(
    ("effects", "verdict"),
    [
        ([], "not measured"),
        ([0.5], "undecided"),  # a seed is no spread
        ([0.10, 0.11, 0.12], "holds"),
        ([0.012, 0.011, 0.013], "undecided"),  # the band reaches down to 1 %
        ([0.0, 0.001, -0.001], "fails"),  # the same, well measured
        ([-0.10, -0.11, -0.12], "fails"),
        ([-0.3, 0.1, 0.5], "undecided"),
    ],
)
def test_one_rule(effects: list[float], verdict: str):
    assert claims.decide(effects) == verdict


def test_the_band_is_two_standard_deviations():
    finding = Finding("holds", "", (0.1, 0.2, 0.3), 3)
    assert finding.band == pytest.approx((0.2 - 2 * np.std([0.1, 0.2, 0.3], ddof=1), 0.4))


def test_seconds_to_an_error(tmp_path: Path):
    (auto, *_) = claims.read([claims_rows.write(tmp_path / "rows.json", claims_rows.time(0, 1.0))])
    errors, seconds = auto.looks["validation_recon"], auto.looks["seconds"]
    assert claims.seconds_to(auto, errors[2]) == pytest.approx(seconds[2])
    assert claims.seconds_to(auto, (errors[1] * errors[2]) ** 0.5) == pytest.approx((seconds[1] + seconds[2]) / 2)
    assert claims.seconds_to(auto, 1.0) == 0.0
    assert claims.seconds_to(auto, 0.001) is None
    assert claims.common_threshold([auto]) == 0.009
    assert claims.common_threshold([]) is None


@pytest.mark.parametrize(("sharpness", "verdict"), [(0.2, "holds"), (0.3, "fails"), (0.4, "fails")])
def test_blur(sharpness: float, verdict: str, tmp_path: Path):
    rows = [row for seed in range(3) for row in claims_rows.generalise(seed, (0.001, 0.001), (0.3, sharpness))]
    finding = found("blur", tmp_path, rows)
    assert finding.verdict == verdict
    assert finding.effects == pytest.approx([1 - sharpness / 0.3] * 3)
    assert finding.measured == CLAIMS["blur"].trials
    assert f"VAE keeps {sharpness:.3f} of the originals' sharpness, the autoencoder 0.300" in finding.words


def test_what_shipped_models_say_of_blur(tmp_path: Path):
    """Codes beside a VAE at as many nats; VAEs of some betas beside the autoencoder."""
    curve = ((320.0, 0.16), (500.0, 0.04))
    cards = [
        *(Sharpness("every beta", "conditional_vae", 0.001, nats, sharp) for nats, sharp in curve),
        Sharpness("codes", "vq_vae", 0.0, 400.0, 0.12),
    ]
    assert found("blur", tmp_path, [], cards).words == "At 400 nats an image a VQ-VAE keeps 0.120, a VAE 0.080."
    cards = [
        *(Sharpness("", "residual_vae", beta, 100.0, sharp) for beta, sharp in ((0.1, 0.1), (0.001, 0.3), (0.01, 0.2))),
        Sharpness("", "autoencoder", 0.0, None, 0.4),
    ]
    assert found("blur", tmp_path, [], cards).words == (
        "Of the shipped models the autoencoder keeps 0.400, VAEs 0.300 at beta 0.001, 0.200 at beta 0.01 and 0.100 at "
        "beta 0.1."
    )


@pytest.mark.parametrize(("gaps", "verdict"), [((0.002, 0.001), "holds"), ((0.001, 0.001), "fails")])
def test_generalise(gaps: tuple[float, float], verdict: str, tmp_path: Path):
    finding = found("generalise", tmp_path, [row for seed in range(3) for row in claims_rows.generalise(seed, gaps)])
    assert finding.verdict == verdict
    assert finding.effects == pytest.approx([(gaps[0] - gaps[1]) / 0.004] * 3)
    assert f"{gaps[0]:.5f} against {gaps[1]:.5f} on 4,000 images ({verdict})" in finding.words
    each = "25.0 % higher, 25.0 % higher and 25.0 % higher"  # 0.005 beside 0.004
    assert finding.words.endswith(f"On unseen images the VAE's error ends {each}; each at its best, {each}.")
    assert finding.measured == CLAIMS["generalise"].trials


@pytest.mark.parametrize(("slower", "verdict"), [(1.5, "holds"), (1.0, "fails"), (0.7, "fails")])
def test_time(slower: float, verdict: str, tmp_path: Path):
    finding = found("time", tmp_path, [row for seed in range(3) for row in claims_rows.time(seed, slower)])
    assert finding.verdict == verdict
    assert finding.effects == pytest.approx([slower - 1] * 3)
    assert f"30.0 s for the autoencoder, {30 * slower:.1f} s for the VAE" in finding.words


@pytest.mark.parametrize(("mse", "verdict"), [(0.009, "holds"), (0.0102, "fails")])
def test_spatial(mse: float, verdict: str, tmp_path: Path):
    finding = found("spatial", tmp_path, [row for seed in range(3) for row in claims_rows.spatial(seed, mse)])
    flat = (0.0064 * 0.016) ** 0.5  # 200 nats are half way from 100 to 400
    assert finding.verdict == verdict
    assert finding.effects == pytest.approx([1 - mse / flat] * 3)
    assert finding.words == f"At 200 nats an image MSE {mse:.5f} with the layout, {flat:.5f} without."


def test_rates_that_do_not_overlap_decide_nothing(tmp_path: Path):
    finding = found("spatial", tmp_path, claims_rows.spatial(0, 0.009, nats=500.0))
    assert finding.verdict == "not measured"
    assert "don't overlap" in finding.words


@pytest.mark.parametrize(("last", "verdict"), [(0.004, "holds"), (0.005, "fails"), (0.006, "fails")])
def test_longer(last: float, verdict: str, tmp_path: Path):
    rows = [row for seed in range(2) for row in claims_rows.longer(seed, (0.005, 0.005, last))]
    finding = found("longer", tmp_path, rows)
    kl = 0.001 * 215 / 128
    assert finding.verdict == verdict
    assert finding.effects == pytest.approx([1 - (last + kl) / (0.005 + kl)] * 2)
    assert finding.measured == CLAIMS["longer"].trials


@pytest.mark.parametrize(("mses", "verdict"), [((0.0065, 0.0065), "holds"), ((0.007, 0.00693), "fails")])
def test_schedule(mses: tuple[float, float], verdict: str, tmp_path: Path):
    finding = found("schedule", tmp_path, [row for seed in range(3) for row in claims_rows.schedule(seed, mses)])
    assert finding.verdict == verdict
    assert finding.effects == pytest.approx([1 - np.mean(mses) / (0.006 * 0.008) ** 0.5] * 3)


def test_seeds_that_disagree_decide_nothing(tmp_path: Path):
    rows = [row for seed, mse in enumerate((0.007, 0.010, 0.013)) for row in claims_rows.spatial(seed, mse)]
    assert found("spatial", tmp_path, rows).verdict == "undecided"


@pytest.mark.parametrize("claim", CLAIMS)
def test_part_of_the_trials_is_no_error(claim: str, tmp_path: Path):
    rows = claims_rows.everything()
    for count in range(0, len(rows), 5):
        finding = found(claim, tmp_path, rows[:count])
        assert finding.words or not finding.effects
    assert found(claim, tmp_path, []).verdict == "not measured"


def test_what_is_read(tmp_path: Path):
    broken = claims_rows.longer(0, (0.005, 0.005, 0.005))[0]
    del broken["validation"]
    rows = [*claims_rows.spatial(3, 0.009), broken | {"error": "Training broke at step 7"}]
    of_schedules = [
        {"name": "cyclical, seed 1", "command": "", "validation": {"recon": 0.007, "kl": 2.0, "total": 0.009}}
    ]
    files = [
        claims_rows.write(tmp_path / "one.json", rows),
        tmp_path / "none.json",
        claims_rows.write(tmp_path / "two.json", of_schedules),
    ]
    evidence = Evidence(claims.read(files))
    assert len(evidence.trials) == 4
    assert {trial["seed"] for trial in evidence.of("spatial")} == {3}
    (cycles,) = evidence.of("schedule", beta_schedule="cyclical")
    assert (cycles["seed"], cycles["beta"], cycles.nats) == (1, 0.001, 256.0)


@pytest.mark.parametrize("text", ["[{", '[{"name": "no seed"}]', json.dumps([{"claim": "time"}])])
def test_a_damaged_file_is_named(text: str, tmp_path: Path):
    (tmp_path / "measured.json").write_text(text)
    with pytest.raises(ExplorerError, match=r"measured\.json"):
        claims.read([tmp_path / "measured.json"])

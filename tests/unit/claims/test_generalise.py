"""The words and effects of generalising, on trials whose effects are known beforehand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from explorer.claims import CLAIMS, evidence
from explorer.claims.verdict import Finding
from tests import claims_rows

Found = Callable[..., Finding]


ERRORS = {"holds": 0.003, "fails": 0.005}  # of a VAE, beside 0.004 of an autoencoder


@pytest.mark.parametrize(
    ("by_size", "answer"),
    [
        (("holds", "holds", "holds"), "holds"),
        (("fails", "fails", "fails"), "fails"),
        (
            ("holds", "fails", "fails"),
            "depends: holds with 500 images, fails with 4,000 images and with all 40,000 images",
        ),
    ],
)
def test_the_verdict_is_that_of_unseen_images_at_each_size(by_size: tuple[str, ...], answer: str, found: Found):
    errors = [ERRORS[verdict] for verdict in by_size]
    finding = found("generalise", [row for seed in range(3) for row in claims_rows.generalise(seed, vae=errors)])
    assert finding.answer == answer
    assert [case.verdict for case in finding.cases] == list(by_size)
    for case, error in zip(finding.cases, errors, strict=True):
        assert case.effects == pytest.approx([1 - error / 0.004] * 3)
    assert finding.measured == len(CLAIMS["generalise"].trials)


@pytest.mark.parametrize("gaps", [(0.002, 0.001), (0.001, 0.002)])
def test_a_smaller_gap_is_no_better_error(gaps: tuple[float, float], found: Found):
    finding = found("generalise", [row for seed in range(3) for row in claims_rows.generalise(seed, gaps)])
    assert finding.verdict == "fails"
    assert f"ends at {gaps[1]:.5f} against {gaps[0]:.5f}" in finding.more


def test_the_figure_agrees_with_the_verdict():
    """As measured: the VAE's curve ends below the autoencoder's where it generalises better, and only there."""
    measured = evidence.collect(evidence.MEASURED)
    cases = CLAIMS["generalise"].find(measured).cases
    for panel, case in zip(CLAIMS["generalise"].figure(measured).panels, cases, strict=True):
        auto, vae = (
            next(mark.y[-1] for mark in panel.marks if mark.name == f"{net}, unseen" and not mark.faint)
            for net in ("autoencoder", "VAE")
        )
        assert auto is not None
        assert vae is not None
        assert {"holds": vae < auto, "fails": vae > auto}[case.verdict], case

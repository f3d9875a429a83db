"""What every claim promises: a new one is tried here as soon as it is registered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from explorer.claims import CLAIMS, evidence
from explorer.claims.drawing import to_plotly
from explorer.claims.evidence import Evidence
from explorer.claims.figure import Figure
from explorer.claims.verdict import Claim
from explorer.config import TrainConfig
from tests import claims_rows

every = pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)


def check(figure: Figure) -> None:
    """That a figure can be drawn, and its numbers taken away."""
    assert len({len(column) for column in figure.table.values()}) == 1
    for panel in figure.panels:
        for mark in panel.marks:
            assert len(mark.x) == len(mark.y)
            assert len(mark.labels) in (0, len(mark.x))
    drawn = to_plotly(figure)
    assert len(drawn.data) == sum(len(panel.marks) for panel in figure.panels)
    assert drawn.layout.title.text == figure.title


@every
def test_it_says_what_it_is(claim: Claim):
    assert re.fullmatch("[a-z]+", claim.key)
    assert claim.question.endswith("?")
    assert claim.quote
    assert claim.experiment.endswith(".")
    assert claim.effect
    assert not claim.effect.endswith(".")
    assert claim.command.endswith(f" {claim.key}")


@every
def test_it_has_trials(claim: Claim):
    assert claim.trials
    for name, config in claim.trials.items():
        assert name.endswith(f", seed {config.seed}")
        assert config.precision == ("float32" if "longer: all images" in name else "bfloat16")


def test_one_name_is_one_trial():
    found: dict[str, TrainConfig] = {}
    for claim in CLAIMS.values():
        for name, config in claim.trials.items():
            assert found.setdefault(name, config) == config


@every
def test_without_evidence_it_says_nothing(claim: Claim):
    finding = claim.find(Evidence())
    assert (finding.verdict, finding.sentence, finding.more, finding.measured) == ("not measured", "", "", 0)
    assert claim.figure(Evidence()).empty
    check(claim.figure(Evidence()))


@every
def test_part_of_the_trials_is_no_error(claim: Claim, tmp_path: Path):
    rows = claims_rows.everything()
    for count in (*range(0, len(rows), 7), len(rows)):
        some = Evidence(evidence.read([claims_rows.write(tmp_path / "rows.json", rows[:count])]))
        finding = claim.find(some)
        assert finding.sentence or not finding.cases
        check(claim.figure(some))
    assert finding.effect
    assert not claim.figure(some).empty


@every
def test_what_was_measured_is_shown(claim: Claim):
    measured = evidence.collect(evidence.MEASURED)
    finding = claim.find(measured)
    assert finding.measured <= len(claim.trials)
    assert finding.sentence or not finding.measured
    check(claim.figure(measured))
    assert not (finding.measured and claim.figure(measured).empty)

"""What a log comes to."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from explorer.runs import Run
from explorer.runs.metrics import Metrics
from explorer.runs.rows import AtBeta, Full, Row, Subset
from explorer.runs.summary import Summary
from tests.rows import EACH, measured


def of(*rows: Row, checkpoint: int | None = None) -> Summary:
    return Summary.of(Metrics(rows), 1e-3, 1e-4, checkpoint)


def test_a_summary_says_what_its_log_says():
    assert of() == Summary(beta=1e-3, learning_rate=1e-4)
    found = of(*EACH[:5])
    assert (found.step, found.rows, found.beta, found.learning_rate) == (2, 5, 1e-3, 0.01)
    assert (found.subset, found.full, found.at, found.changes) == (EACH[1], EACH[2], (EACH[3],), (EACH[4],))


def test_a_summary_comes_back_as_it_was_written(run: Run):
    assert run.summary() == Summary(beta=0.002, learning_rate=1e-3)
    written = of(*EACH[:5], checkpoint=2)
    run.write_summary(written)
    assert run.summary() == written
    path = run.path / "summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"colour": "red"}))
    assert run.summary() == written


@pytest.mark.parametrize("change", [{"step": "two"}, {"full": {"kind": "train"}}, {"at": 3}, {"subset": [1]}])
def test_a_damaged_summary_is_made_up_for_by_the_log(run: Run, change: dict):
    run.append_metrics(measured(Full, 7))
    run.write_summary(of(measured(Full, 3)))
    assert run.summary().step == 3
    path = run.path / "summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert run.summary().step == 7


def test_the_validation_error_is_that_on_the_whole_split_once_it_is_known():
    first, last = measured(Full, 10, 0.2), measured(Full, 20, 0.1)
    assert of().validation_error is None
    assert of(measured(Subset, 5)).validation_error == measured(Subset, 5)
    assert of(measured(Subset, 5), first, last, measured(Subset, 25)).validation_error == last
    assert of(first, measured(Full, 20, math.nan)).validation_error == first


def test_the_latest_is_of_either_kind():
    assert of().latest is None
    assert of(measured(Full, 10), measured(Subset, 12)).latest == measured(Subset, 12)
    assert of(measured(Subset, 12), measured(Full, 12)).latest == measured(Full, 12)


def test_at_each_beta_the_last_one_counts():
    rows = [measured(AtBeta, step, 1 / step, beta=beta) for step in (1, 2) for beta in (0.1, 0.2)]
    assert of(*rows).at == tuple(rows[2:])


def test_weights_have_the_measurement_that_goes_with_them(run: Run):
    """A run is measured after its newest checkpoint too: that is of weights that are not there any more."""
    rows = [measured(Full, step) for step in (10, 20, 30)]
    for row in rows:
        run.append_metrics(row)
    for checkpoint in (20, 25):
        for summary in (of(*rows, checkpoint=checkpoint), of(*rows[:2]).after_checkpoint(checkpoint).after(rows[2])):
            run.write_summary(summary)
            assert run.measured_at(checkpoint) == rows[1]
            assert run.measured_at(15) == rows[0]  # the newest checkpoint proves unreadable
            assert run.measured_at(30) == rows[2]
    assert replace(of(*rows).after_checkpoint(30), checkpoint=None) == replace(of(*rows), full_at_checkpoint=rows[2])

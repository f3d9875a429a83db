"""Rows of a log: what is written is what is read, whatever stands between."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.runs import Run
from explorer.runs.metrics import (
    ENOUGH,
    KINDS,
    LOGS,
    AtBeta,
    Full,
    Metrics,
    Resumed,
    Row,
    Subset,
    Summary,
    Train,
    append_row,
    read_log,
)
from tests.rows import change, measured

EACH: list[Row] = [
    measured(Train, 1, grad_norm=0.25, commitment=0.5),
    measured(Subset, 1, kl_median=0.5, active_units=3),
    measured(Full, 2, codes_used=7, perplexity=5.5),
    measured(AtBeta, 2, beta=0.1, relative=0.9),
    change(2, "learning_rate", 0.01),
    Resumed(step=2, time=3.0),
]


def steps(metrics: Metrics) -> list[int]:
    return [row.step for row in metrics.rows]


def test_what_is_written_is_read(run: Run):
    for row in EACH:
        run.append_metrics(row)
    found = run.metrics()
    assert found.rows == EACH
    assert {type(row) for row in EACH} == set(KINDS.values())
    assert [found.train, found.subset, found.full, found.at, found.changes] == [[row] for row in EACH[:5]]
    assert found.damaged == 0


def test_what_is_no_number_is_written_so_that_json_knows_it(run: Run):
    run.append_metrics(measured(Train, 1, math.inf, kl=math.nan))
    assert "null" in (run.path / "metrics.jsonl").read_text()
    (row,) = run.metrics().train
    assert math.isnan(row.recon)
    assert math.isnan(row.kl)


def test_a_log_is_read_on_from_where_it_was_left(run: Run):
    assert run.metrics().rows == []
    run.append_metrics(measured(Train, 1))
    first = run.metrics()
    assert run.metrics() is first
    run.append_metrics(measured(Train, 2))
    assert steps(run.metrics()) == [1, 2]
    assert run.metrics().rows[0] is first.rows[0]
    assert steps(first) == [1]  # what was handed out does not change


def test_a_torn_last_line_waits_until_it_is_whole(run: Run):
    whole = json.dumps(measured(Train, 2).to_json()) + "\n"
    run.append_metrics(measured(Train, 1))
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write(whole[:20])
        file.flush()
        assert (steps(run.metrics()), run.metrics().damaged) == ([1], 0)
        file.write(whole[20:])
    assert (steps(run.metrics()), run.metrics().damaged) == ([1, 2], 0)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"3",
        b"{}",
        b'{"kind": "unheard of", "step": 1, "time": 0}',
        b'{"kind": ["train"], "step": 1, "time": 0}',
        b'{"kind": "resumed"}',
        b'{"kind": "resumed", "step": 1.5, "time": 0}',
        b'{"kind": "resumed", "step": true, "time": 0}',
        b'{"kind": "resumed", "step": 1, "time": "now"}',
        b'{"kind": "change", "step": 1, "time": 0, "what": "colour", "value": 1}',
        b'{"kind": "change", "step": 1, "time": 0, "what": "beta", "value": 1' + b"0" * 400 + b"}",
        b"[" * 100_000,
    ],
)
def test_a_damaged_line_is_skipped_and_counted(run: Run, line: bytes):
    run.append_metrics(measured(Train, 1))
    with open(run.path / "metrics.jsonl", "ab") as file:
        file.write(line + b"\n")
    run.append_metrics(measured(Train, 2))
    assert (steps(run.metrics()), run.metrics().damaged) == ([1, 2], 1)
    run.append_metrics(measured(Train, 3))
    assert (steps(run.metrics()), run.metrics().damaged) == ([1, 2, 3], 1)


def test_keys_of_later_versions_are_passed_over(run: Run):
    stored = measured(Train, 1).to_json()
    (run.path / "metrics.jsonl").write_text(json.dumps(stored | {"colour": "red"}) + "\n")
    assert run.metrics().rows == [measured(Train, 1)]


def test_another_log_in_its_place_is_read_from_the_start(tmp_path: Path):
    path = tmp_path / "log"
    for step in (1, 2, 3):
        append_row(path, measured(Train, step))
    assert steps(read_log(path)) == [1, 2, 3]
    path.unlink()
    for step in range(11, 20):
        append_row(path, measured(Train, step))
    assert steps(read_log(path)) == list(range(11, 20))
    path.write_text("")
    assert steps(read_log(path)) == []


def test_more_logs_than_are_kept_are_all_read(tmp_path: Path):
    for i in range(2 * LOGS):
        append_row(tmp_path / str(i), measured(Train, i))
    for _ in range(2):
        assert [steps(read_log(tmp_path / str(i))) for i in range(2 * LOGS)] == [[i] for i in range(2 * LOGS)]


def test_resuming_undoes_later_steps(run: Run):
    for step in (1, 2, 3, 4):
        run.append_metrics(measured(Train, step))
        run.preview_path(step).touch()
    assert steps(run.metrics()) == [1, 2, 3, 4]
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write('{"torn')
    run.resume_metrics(2)
    run.append_metrics(measured(Train, 3, 0.25))
    found = run.metrics()
    assert [(row.kind, row.step) for row in found.rows] == [("train", 1), ("train", 2), ("resumed", 2), ("train", 3)]
    assert found.train[-1].recon == 0.25
    assert found.damaged == 0
    assert Metrics(found.rows).rows == found.rows
    assert run.preview_steps() == [1, 2]


def test_what_holds_at_a_step_is_what_was_changed_before_it():
    metrics = Metrics([change(5, "beta", 0.1), change(5, "learning_rate", 0.2), change(9, "beta", 0.3)])
    assert metrics.changed(before=5) == {}
    assert metrics.changed(before=6) == {"beta": 0.1, "learning_rate": 0.2}
    assert metrics.changed() == {"beta": 0.3, "learning_rate": 0.2}


def test_the_validation_curve_is_never_mixed_of_both():
    subset: list[Row] = [measured(Subset, step) for step in range(30)]
    full: list[Row] = [measured(Full, step) for step in range(ENOUGH)]
    assert Metrics([*subset, *full[:-1]]).validation == subset
    assert Metrics([*subset, *full]).validation == full


# -- the summary -------------------------------------------------------------------------------------------------------


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

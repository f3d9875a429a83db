"""Rows of a log: what is written is what is read, whatever stands between."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from explorer.runs import Run
from explorer.runs.metrics import ENOUGH, LOGS, Metrics, append_row, read_log
from explorer.runs.rows import KINDS, Full, Row, Subset, Train
from tests.rows import EACH, change, measured


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

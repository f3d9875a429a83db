"""What goes to the browser to be drawn: thinned, in columns, and read a piece at a time."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from explorer.config import TrainConfig
from explorer.runs import Run, Status, create
from explorer.ui.components import curves


def row(step: int, total: float | None = 0.5, kind: str = "train", **more: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "step": step,
        "recon": total,
        "kl": 1.0,
        "total": total,
        "beta": 1e-3,
        "learning_rate": 1e-3,
    } | more


def test_short_lines_stay_whole():
    rows = [row(step) for step in range(50)]
    assert curves.thin(rows, most=50) == rows
    assert curves.thin([], most=50) == []


def test_thinned_lines_keep_ends_order_and_spikes():
    rows = [row(step, math.sin(step / 500)) for step in range(10_001)]
    rows[7003]["total"], rows[2001]["total"] = 9.0, -9.0
    thinned = curves.thin(rows, most=300)
    steps = [r["step"] for r in thinned]
    assert 250 <= len(thinned) <= 300
    assert steps[0] == 0
    assert steps[-1] == 10_000
    assert steps == sorted(set(steps))
    assert {7003, 2001} <= set(steps)


def test_thinned_lines_keep_what_is_no_number():
    rows = [row(step) for step in range(5000)]
    rows[1234]["total"] = None
    assert 1234 in [r["step"] for r in curves.thin(rows, most=100)]


def test_columns_of_each_kind():
    rows = [row(1, 0.123456), row(1, None, kind="subset"), {"kind": "change", "step": 1, "what": "beta", "value": 0.01}]
    tables = curves.tables(rows)
    assert tables["train"]["total"] == [0.1235]
    assert tables["subset"]["total"] == [None]
    assert tables["full"]["step"] == []


def test_a_conditional_net_has_a_line_a_beta():
    rows = [row(1, kind="at", beta=beta, relative=0.9) for beta in (1e-4, 0.1)]
    tables = curves.tables(rows)
    panels = {panel.key: panel for panel in curves.conditional_panels(8, [1e-4, 0.1])}
    for key in ("recon", "kl", "relative"):
        lines = panels[key].lines
        assert [line.label for line in lines] == ["beta 0.0001", "beta 0.1"]
        assert all(len(tables[line.table][line.column]) == 1 for line in lines)
    assert tables["at 0.1"]["relative"] == [0.9]
    assert "beta" not in [line.column for line in panels["controls"].lines]


def test_changes_become_marks_one_a_step():
    changes = [
        {"kind": "change", "step": step, "what": what, "value": value}
        for step, what, value in ((5, "beta", 0.01), (5, "learning_rate", 2e-3), (9, "beta", 0.0))
    ]
    assert [(mark.step, mark.label) for mark in curves.marks([row(1), *changes])] == [
        (5, "beta 0.01, learning rate 0.002"),
        (9, "beta 0"),
    ]


def branch_of(parent: Run, step: int) -> Run:
    parent.weights_path(step).parent.mkdir(exist_ok=True)
    parent.weights_path(step).touch()
    return create(TrainConfig(start_from=f"{parent.id}@{step}"), f"Branch at {step}")


def test_ancestors_stand_before_step_0():
    parent = create(TrainConfig(), "The parent, whose title is rather long")
    for step in range(10, 110, 10):
        parent.append_metrics(row(step, kind="train"))
        parent.append_metrics(row(step, kind="subset"))
    for step in (20, 60, 90):
        parent.append_metrics({"kind": "change", "step": step, "what": "beta", "value": step / 100})
    child = branch_of(parent, 60)
    for step in (5, 10, 15):
        child.append_metrics(row(step, 0.25))
    grandchild = branch_of(child, 10)

    rows, branchings = curves.family(grandchild)
    tables = curves.family_tables(rows)
    assert tables["before-subset"]["step"] == [-60, -50, -40, -30, -20, -10]
    assert tables["before-train"]["step"] == [-60, -50, -40, -30, -20, -10, -5, 0]
    assert tables["before-train"]["total"][-3:] == [0.5, 0.25, 0.25]
    assert [(mark.step, mark.label) for mark in branchings] == [
        (0, "branched from Branch at 60 at step 10"),
        (-10, "branched from The parent, whose title is … at step 60"),
    ]
    assert [(mark.step, mark.label) for mark in curves.marks(rows)] == [(-50, "beta 0.2")]

    child.write_status(Status("finished"))
    child.delete()
    rows, branchings = curves.family(grandchild)
    assert rows == []
    assert [mark.step for mark in branchings] == [0]
    assert curves.family(parent) == ([], [])


def test_paler_lines_only_for_those_who_have_a_family():
    alone, family = curves.training_panels(8), curves.training_panels(8, has_family=True)
    assert not any(line.before for panel in alone for line in panel.lines)
    for panel, other in zip(alone, family, strict=True):
        assert [line for line in other.lines if not line.before] == list(panel.lines)
        assert {line.table for line in other.lines if line.before} <= {"before-train", "before-subset"}
        assert any(line.before for line in other.lines)


def test_the_tail_reads_on_and_forgets_what_a_resumed_run_undoes(tmp_path: Path):
    run = create(TrainConfig(), "tail", tmp_path / "run")
    tail = curves.Tail(run.id)
    assert tail.read(run) == []
    for step in range(1, 5):
        run.append_metrics(row(step))
    assert len(tail.read(run)) == 4
    run.append_metrics(row(5))
    assert [r["step"] for r in tail.read(run)] == [1, 2, 3, 4, 5]
    run.resume_metrics(2)
    run.append_metrics(row(3, 0.25))
    found = [(r["step"], r["total"]) for r in tail.read(run) if r["kind"] == "train"]
    assert found == [(1, 0.5), (2, 0.5), (3, 0.25)]
    other = create(TrainConfig(), "other", tmp_path / "other")
    other.append_metrics(row(7))
    assert [r["step"] for r in tail.read(other)] == [7]

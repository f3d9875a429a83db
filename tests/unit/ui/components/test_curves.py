"""What goes to the browser to be drawn: thinned, in columns, and read a piece at a time."""

from __future__ import annotations

import math

from explorer.config import TrainConfig
from explorer.runs import Run, Status, create
from explorer.runs.metrics import Metrics
from explorer.runs.rows import AtBeta, Subset, Train
from explorer.ui.components import curves
from tests.rows import change, measured


def row(step: int, total: float = 0.5) -> Train:
    return measured(Train, step, total, total=total)


def test_short_lines_stay_whole():
    rows = [row(step) for step in range(50)]
    assert curves.thin(rows, most=50) == rows
    assert curves.thin([], most=50) == []


def test_thinned_lines_keep_ends_order_and_spikes():
    rows = [row(step, {7003: 9.0, 2001: -9.0}.get(step, math.sin(step / 500))) for step in range(10_001)]
    thinned = curves.thin(rows, most=300)
    steps = [r.step for r in thinned]
    assert 250 <= len(thinned) <= 300
    assert steps[0] == 0
    assert steps[-1] == 10_000
    assert steps == sorted(set(steps))
    assert {7003, 2001} <= set(steps)


def test_thinned_lines_keep_what_is_no_number():
    rows = [row(step, math.nan if step == 1234 else 0.5) for step in range(5000)]
    assert 1234 in [r.step for r in curves.thin(rows, most=100)]


def test_columns_of_each_kind():
    rows = [row(1, 0.1234567), measured(Subset, 1, math.nan), change(1, "beta", 0.01)]
    tables = curves.tables(Metrics(rows))
    assert tables["train"]["total"] == [0.123457]
    assert tables["subset"]["total"] == [None]
    assert tables["full"]["step"] == []


def test_a_conditional_net_has_a_line_a_beta():
    tables = curves.tables(Metrics(measured(AtBeta, 1, beta=beta, relative=0.9) for beta in (1e-4, 0.1)))
    panels = {panel.key: panel for panel in curves.conditional_panels(8, [1e-4, 0.1], "some")}
    for key in ("recon", "kl", "relative"):
        lines = panels[key].lines
        assert [line.label for line in lines] == ["beta 0.0001", "beta 0.1"]
        assert all(len(tables[line.table][line.column]) == 1 for line in lines)
    assert tables["at 0.1"]["relative"] == [0.9]
    assert "beta" not in [line.column for line in panels["controls"].lines]


def test_changes_become_marks_one_a_step():
    changes = [change(5, "beta", 0.01), change(5, "learning_rate", 2e-3), change(9, "beta", 0.0)]
    assert [(mark.step, mark.label) for mark in curves.marks(changes)] == [
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
        parent.append_metrics(row(step))
        parent.append_metrics(measured(Subset, step))
    for step in (20, 60, 90):
        parent.append_metrics(change(step, "beta", step / 100))
    child = branch_of(parent, 60)
    for step in (5, 10, 15):
        child.append_metrics(row(step, 0.25))
    grandchild = branch_of(child, 10)

    ancestors, branchings = curves.lineage(grandchild)
    tables = curves.ancestor_tables(ancestors)
    assert tables["ancestors-subset"]["step"] == [-60, -50, -40, -30, -20, -10]
    assert tables["ancestors-train"]["step"] == [-60, -50, -40, -30, -20, -10, -5, 0]
    assert tables["ancestors-train"]["total"][-3:] == [0.5, 0.25, 0.25]
    assert [(mark.step, mark.label) for mark in branchings] == [
        (0, "branched from Branch at 60 at step 10"),
        (-10, "branched from The parent, whose title is … at step 60"),
    ]
    assert [(mark.step, mark.label) for mark in curves.marks(ancestors.changes)] == [(-50, "beta 0.2")]

    child.write_status(Status("finished"))
    child.delete()
    ancestors, branchings = curves.lineage(grandchild)
    assert ancestors.rows == []
    assert [mark.step for mark in branchings] == [0]
    assert curves.lineage(parent)[0].rows == curves.lineage(parent)[1] == []


def test_paler_lines_only_for_those_who_have_ancestors():
    alone, branched = (curves.training_panels(8, ancestors, "some", "all") for ancestors in (False, True))
    assert not any(line.ancestral for panel in alone for line in panel.lines)
    for panel, other in zip(alone, branched, strict=True):
        assert [line for line in other.lines if not line.ancestral] == list(panel.lines)
        assert {line.table for line in other.lines if line.ancestral} <= {"ancestors-train", "ancestors-subset"}
        assert any(line.ancestral for line in other.lines)


def test_words_are_explained_as_they_stand_in_title_and_unit():
    alone = {panel.key: panel for panel in curves.training_panels(128, has_ancestors=False, some="2", every="3")}
    at_betas = {panel.key: panel for panel in curves.conditional_panels(128, [1e-3], "2")}
    for kl in (alone["kl"], at_betas["kl"]):
        assert kl.terms
        assert kl.title == kl.terms["kl"]["word"]
        assert kl.unit.startswith("nats")
        assert any(line.second and line.second["factor"] == 128 for line in kl.lines)  # what their numbers are made of
    assert not alone["recon"].terms

"""Runs from before there was a summary.json: all that pages ask of a run, they answer from their log.

tests/runs_of_old holds two as they were left: a linear one, whole, and a convolutional one whose beta was changed at
step 293, which was stopped and resumed at step 410, without its weights (16 MB) and most of its previews.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from explorer import models, runs
from explorer.analysis.health import health
from explorer.config import TrainConfig
from explorer.runs import Branch, Run
from explorer.runs.rows import Resumed
from explorer.training.loop import run_training
from explorer.ui.charts import rate_distortion
from explorer.ui.components import curves
from explorer.ui.feeds.training import describe

OLD = Path(__file__).parent.parent.parent / "runs_of_old"
LINEAR, CONVOLUTIONAL = "20261125-100000-0001", "20261125-100100-0002"


@pytest.fixture(autouse=True)
def old_runs() -> None:
    shutil.copytree(OLD, runs.runs_root())


@pytest.fixture
def linear() -> Run:
    return runs.get(LINEAR)


@pytest.fixture
def convolutional() -> Run:
    return runs.get(CONVOLUTIONAL)


def test_the_list_and_what_it_says():
    known = runs.list_runs()
    assert [(run.id, run.title) for run in known] == [
        (CONVOLUTIONAL, "conv, old layout"),
        (LINEAR, "linear, old layout"),
    ]
    assert [describe(run)[:-1] for run in known] == [
        ["Shapes", "beta 0.01", "finished", "step 640", "validation total 0.0425"],
        ["Shapes", "beta 0.001", "finished", "step 1", "validation total 0.0138"],
    ]
    assert [(dot.title, dot.beta) for dot in rate_distortion.dots() if dot.title.endswith("old layout")] == [
        ("conv, old layout", 0.01),
        ("linear, old layout", 0.001),
    ]


def test_a_whole_one_is_a_model(linear: Run):
    (model,) = (model for model in models.list_models() if not model.shipped)
    assert (model.id, model.step, model.beta, model.family) == (LINEAR, 1, 0.001, "linear_vae")
    last = linear.metrics().full[-1]
    assert model.measured == {"validation": {"recon": last.recon, "kl": last.kl, "total": last.total}}
    assert models.load_model(model)


def test_a_resumed_one_has_its_curves_and_its_health(convolutional: Run):
    metrics = convolutional.metrics()
    assert metrics.damaged == 0
    assert [(row.step, row.what, row.value) for row in metrics.changes] == [(293, "beta", 0.01)]
    assert [row.step for row in metrics.of(Resumed)] == [410]
    tables = curves.tables(metrics)
    for rows in (metrics.train, metrics.subset, metrics.full):
        steps = [row.step for row in rows]
        assert steps == sorted(set(steps))
    assert tables["full"]["step"][-1] == 640
    assert [mark.label for mark in curves.marks(metrics.changes)] == ["beta 0.01"]
    assert health(metrics, convolutional.status()).level == "good"
    summary = convolutional.summary()
    assert (summary.step, summary.beta, summary.learning_rate) == (640, 0.01, 1e-3)
    assert summary.full == metrics.full[-1]
    assert convolutional.preview_steps() == [0, 205, 410, 640]


def test_one_can_be_branched_from(linear: Run):
    branch = runs.create(TrainConfig(start_from=f"{LINEAR}@1"), "Branch")
    assert runs.branch(branch) == Branch(LINEAR, "linear, old layout", 1)
    assert runs.branch(linear) is None
    assert branch.start_path.read_bytes() == linear.weights_path(1).read_bytes()


def test_one_can_be_resumed(linear: Run):
    weights, before = linear.weights_path(1).read_bytes(), linear.metrics()
    run_training(linear, linear.status())
    assert linear.status().state == "finished"
    assert linear.weights_path(1).read_bytes() == weights
    assert (linear.metrics().full, linear.metrics().subset) == (before.full, before.subset)
    assert (linear.path / "summary.json").is_file()
    assert linear.summary() == linear.summarised()


@pytest.mark.parametrize(
    "name", ["config.json", "status.json", "metrics.jsonl", "control.json", "title.json", "summary.json"]
)
@pytest.mark.parametrize("text", ["", "{", "[]", '{"config": 3, "title": [], "branched_from": 1, "state": 7}', "\0"])
def test_one_damaged_folder_hides_no_other(linear: Run, convolutional: Run, name: str, text: str):
    (convolutional.path / name).write_text(text)
    assert runs.list_runs() == [convolutional, linear]
    assert [model.id for model in models.list_models() if not model.shipped] == [LINEAR]
    assert LINEAR in [dot.id for dot in rate_distortion.dots()]
    assert [len(describe(run)) for run in runs.list_runs()] == [6, 6]
    assert convolutional.title
    assert runs.branch(convolutional) is None
    assert convolutional.control().single_steps == 0
    assert list(runs.ahead_of(linear)) == []
    assert health(convolutional.metrics(), convolutional.status()).sentence

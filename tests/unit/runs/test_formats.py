"""Runs of every commit that changed what a run's folder holds: they are listed, judged, shown, and go on."""

from __future__ import annotations

import itertools
import json

import pytest

from explorer import checkpoints, models, runs
from explorer.analysis.health import health
from explorer.runs.rows import Resumed
from explorer.training.loop import run_training
from explorer.ui.charts import rate_distortion
from explorer.ui.feeds import run as feed
from explorer.ui.feeds.training import describe
from tests import former

SOLVED = ("bbef3b2", "e070c78", "fae7885")  # linear


@pytest.mark.parametrize("commit", former.RUNS)
def test_one_is_listed_and_says_all_it_did(commit: str):
    run = former.run(commit)
    assert runs.list_runs() == [run]
    images, beta, state, step, error, size = describe(run)
    assert (images, beta, state) == ("Shapes", "beta 0.001", "finished")
    assert step == f"step {18 if commit in SOLVED else 2}"
    assert error.startswith("validation total 0.")
    assert size.endswith(" MB")
    assert "beta 0.001" in run.title
    assert run.command.startswith("python -m explorer train --source shapes")
    assert "damaged" not in feed.verdict(run.metrics(), run.status())
    assert health(run.metrics(), run.status()).level != "bad"
    assert runs.branch(run) is None
    assert run.environment["counts"]["train"] > 0
    assert run.preview_steps() or commit in SOLVED


@pytest.mark.parametrize("commit", former.RUNS)
def test_one_is_a_model_with_what_was_measured_of_it(commit: str):
    run = former.run(commit)
    (model,) = (model for model in models.list_models() if not model.shipped)
    full = run.metrics().full[-1]
    assert model.measured == {"validation": {"recon": full.recon, "kl": full.kl, "total": full.total}}
    assert (model.beta, model.latent_dim, model.digest) == (0.001, 2, run.environment["digest"])
    assert models.load_model(model).latent_dim == 2
    assert run.id in [dot.id for dot in rate_distortion.dots()]
    assert checkpoints.latest_readable(run.path / "checkpoints")


@pytest.mark.parametrize("commit", ["b517344", "1586ef9", "8e0b93f"])
def test_one_goes_on_from_its_checkpoint(commit: str):
    """The kinds of state: without a checksum, with a controller, with a schedule's own."""
    run = former.run(commit)
    about = json.loads((run.path / "config.json").read_text())
    about["config"]["max_steps"] = 5
    (run.path / "config.json").write_text(json.dumps(about))
    before = run.metrics().rows
    looks = itertools.count()
    run_training(run, run.status(), stop_asked=lambda: next(looks) >= 1)
    assert (run.status().state, run.status().step) == ("stopped", 3)
    rows = run.metrics().rows
    assert rows[: len(before)] == before
    assert [row.step for row in run.metrics().of(Resumed)] == [2]
    assert run.checkpoint_steps() == [2, 3]
    assert run.summary() == run.summarised()


def test_one_can_be_branched_from_and_deleted():
    old = former.run("b517344")
    branch = runs.create(models.replace(old.config, start_from=f"{old.id}@2"), "Branch")
    assert branch.start_path.read_bytes() == old.weights_path(2).read_bytes()
    old.delete()
    assert runs.list_runs() == [branch]

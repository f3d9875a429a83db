"""Which runs may go, what stays all the same, and the bytes that this frees."""

from __future__ import annotations

import time

import pytest

from explorer import runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import Run, State, retention
from explorer.runs.rows import Full
from tests.rows import measured
from tests.unit.runs.living import mine


def make(
    title: str, state: State = "finished", days_ago: float = 0.0, recon: float | None = None, beta: float = 0.001,
    images: str = "d1", start: str = "",
) -> Run:  # fmt: skip
    """A run that ended so many days ago, of 300 bytes of weights and resume state at two steps."""
    run = runs.create(TrainConfig(beta=beta, start_from=start), title)
    for step in (1, 2):
        run.weights_path(step).parent.mkdir()
        run.weights_path(step).write_bytes(b"w" * 100)
    (run.weights_path(2).parent / "resume.safetensors").write_bytes(b"r" * 100)
    run.write_environment({"digest": images})
    if recon is not None:
        run.append_metrics(measured(Full, 2, recon))
        run.write_summary(run.summarised())
    run.write_status(mine(state, heartbeat=time.time() - days_ago * retention.DAY_S))
    return run


def test_runs_that_ended_long_ago_but_none_that_is_active():
    old, active = make("Old", days_ago=91), make("Active", "paused", days_ago=91)
    make("New", days_ago=89)
    plan = retention.older_than(90)
    assert (plan.runs, plan.active) == ((old,), 1)
    assert active.path.is_dir()


def test_the_best_of_each_set_of_images_stay():
    worse, worst, best = make("Worse", recon=0.02), make("Worst", recon=0.03, beta=0.1), make("Best", recon=0.01)
    other, never = make("Other images", recon=0.5, images="d2"), make("Never measured")
    assert retention.all_but_best(1, "recon") == retention.Plan((worst, worse), unjudged=1)
    assert retention.all_but_best(2, "recon").runs == (worst,)
    assert retention.all_but_best(1, "total").runs == (worse,)  # those of another beta are none of its kind
    assert all(run.path.is_dir() for run in (best, other, never))


def test_a_run_that_others_branched_from_is_said_to_be():
    parent = make("Parent", days_ago=10)
    child = make("Child", start=f"{parent.id}@2")
    plan = retention.older_than(5)
    assert (plan.runs, plan.branches) == ((parent,), 1)
    assert retention.older_than(0) == retention.Plan((child, parent))


def test_what_is_freed_is_what_nobody_else_has():
    parent = make("Parent", days_ago=10)
    child = make("Child", start=f"{parent.id}@2")
    everything = sum(p.stat().st_size for p in runs.runs_root().rglob("*") if p.is_file())
    assert retention.used_bytes() == everything - 100  # one file of weights under two names
    plan = retention.older_than(5)
    frees, before = plan.frees(), retention.used_bytes()
    for run in plan.runs:
        run.delete()
    assert before - retention.used_bytes() == frees
    assert child.start_path.read_bytes() == b"w" * 100
    assert (retention.free_bytes() or 0) > 0


def test_finished_runs_are_thinned_to_their_newest_weights():
    done, stopped = make("Done", days_ago=10), make("Stopped", "stopped", days_ago=10)
    plan = retention.older_than(5).finished()
    assert (plan.runs, plan.unfinished, plan.frees_beside_weights()) == ((done,), 1, 200)
    before = retention.used_bytes()
    done.keep_newest_weights()
    assert before - retention.used_bytes() == 200
    assert (done.checkpoint_steps(), stopped.checkpoint_steps()) == ([2], [1, 2])
    assert not retention.older_than(5).finished().runs
    with pytest.raises(ExplorerError, match="Stopped is stopped"):
        stopped.keep_newest_weights()


def test_a_run_that_can_not_be_read_stays():
    run = make("Damaged", days_ago=100, recon=0.1)
    make("Better", recon=0.01)
    (run.path / "status.json").write_text("[]")
    (run.path / "config.json").write_text("{")
    assert not retention.older_than(90).runs
    assert retention.all_but_best(1, "recon") == retention.Plan((), unjudged=1)

"""One training by several processes: what comes of it, who hears what, and what is said where a process is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from safetensors.torch import load_file

from explorer import nets, runs
from explorer.__main__ import main
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import Run
from explorer.training import parallel, process
from tests import trainer
from tests.server import PROJECT
from tests.unit.training import trained

_PATIENCE_S = 600.0


@pytest.fixture
def config(pictures: Path) -> Callable[..., TrainConfig]:
    """Settings of a few steps on 16 pictures."""

    def make(**changes: Any) -> TrainConfig:
        settings: dict[str, Any] = {
            "source": "folder",
            "data_path": str(pictures),
            "family": "residual_vae",
            "latent_dim": 4,
            "batch_size": 6,
            "epochs": 1000,
            "max_steps": 8,
            "optimiser": "muon",
            "flips": "horizontal",
            "precision": "float32",
        }
        return TrainConfig(**settings | changes)

    return make


def end(by: list[BaseProcess]) -> list[int | None]:
    """Exit codes of processes, once all have ended."""
    for each in by:
        each.join(_PATIENCE_S)
    return [each.exitcode for each in by]


def off(alone: Run, shared: Run) -> float:
    """How far two runs' last weights are apart, as a share of how far one has moved them since its first checkpoint."""
    ends, start = [_weights(run, -1) for run in (alone, shared)], _weights(alone, 0)
    return float((ends[0] - ends[1]).norm() / (ends[0] - start).norm())


def _weights(run: Run, which: int) -> torch.Tensor:
    state = load_file(run.weights_path(run.checkpoint_steps()[which]))
    return torch.cat([state[name].flatten().double() for name in sorted(state)])


def at_rest(run: Run, step: int) -> Callable[[], bool]:
    return lambda: (status := run.status()).state == "paused" and status.step == step


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(
    "settings",
    [
        {"beta_schedule": "capacity", "average": 0.9},  # made of the batch's KL, not of each image's
        {"family": "conditional_vae"},  # draws a beta for each image
    ],
    ids=["residual", "conditional"],
)
def test_the_numbers_of_one_process(config: Callable[..., TrainConfig], settings: dict[str, Any]):
    """Of the same batches, flips and noise, to 0.04 and 0.08 % of what training moves; with other noise to 120 %."""
    alone, shared = (runs.create(config(**settings), title) for title in ("Alone", "Shared"))
    trained.train(alone, stop_after=1)
    trained.train(alone)
    assert end(trainer.train_together(shared, 3)) == [0, 0, 0]
    assert shared.status().state == "finished"
    assert shared.notes == ["3 processes share each step."]
    assert torch.equal(trainer.tensors(shared)["resume/rng"], trainer.tensors(alone)["resume/rng"])
    assert off(alone, shared) < 0.01


@pytest.mark.usefixtures("one_thread")
def test_all_hear_wishes_at_the_same_step_and_one_process_goes_on(config: Callable[..., TrainConfig]):
    """Single steps, a changed learning rate, a stop; then another number of processes."""
    alone, shared = (runs.create(config(), title) for title in ("Alone", "Shared"))
    trained.train(alone, stop_after=3)
    alone.update_control(learning_rate=2e-4)
    trained.train(alone)

    shared.update_control(paused=True, single_steps=3)
    by = trainer.train_together(shared, 2)
    trainer.wait(by[0], at_rest(shared, 3))
    shared.update_control(learning_rate=2e-4, single_steps=4)
    trainer.wait(by[0], at_rest(shared, 4))
    shared.update_control(stop=True)
    assert end(by) == [0, 0]
    assert shared.status().state == "stopped"
    assert [(row.step, row.value) for row in shared.metrics().changes] == [(3, 2e-4)]

    process.ask_again(shared)
    trained.train(shared)
    assert shared.status().state == "finished"
    until_then = "From step 4 on one process takes each step; until then 2 did. Sums differ in their last digits."
    assert shared.notes == ["2 processes share each step.", until_then]
    assert off(alone, shared) < 0.01


def test_why_one_failed_stands_in_the_status(config: Callable[..., TrainConfig]):
    run = runs.create(config(), "Fails")
    assert 0 not in end(trainer.train_together(run, 2, fails="can't allocate memory"))
    status = run.status()
    assert status.state == "failed"
    assert status.error is not None
    assert "by process 2 of 2: The machine is out of memory" in status.error.what
    assert run.checkpoint_steps()[-1] == status.step == 2  # that step is taken again, and nothing is lost


def test_one_is_killed_and_torchrun_goes_on(config: Callable[..., TrainConfig], tmp_path: Path):
    """By its id; the same command finds the run in its folder, and goes on where it was."""
    settings = config().to_json()
    chosen = ["family", "source", "data_path", "latent_dim", "batch_size", "epochs", "precision"]
    options = [word for name in chosen for word in (f"--{name.replace('_', '-')}", str(settings[name]))]
    run = Run(runs.runs_root() / "20260101-000000-0001")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--max-restarts", "1"]
    command = [*torchrun, "-m", "explorer", "train", *options, "--run-dir", str(run.path)]
    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=log) as agent:
        trainer.wait(agent, lambda: run.path.is_dir() and run.status().step > 2)
        killed = run.status().pid
        (other,) = [p for p in psutil.Process(agent.pid).children() if p.environ().get("RANK") == "1"]
        other.kill()
        trainer.wait(agent, lambda: run.status().pid not in (0, killed))
        resumed_at = run.checkpoint_steps()[-1]
        trainer.wait(agent, lambda: run.status().step > resumed_at)
        run.update_control(stop=True)
        assert agent.wait(_PATIENCE_S) == 0, (tmp_path / "log").read_text()
    assert resumed_at >= 2
    assert run.status().state == "stopped"


def test_what_cannot_be_shared_is_said(config: Callable[..., TrainConfig]):
    for batch_size, images, ranks, words in ((6, 16, 4, "evenly by 4"), (4, 4, 5, "5 processes and 4 training images")):
        with pytest.raises(ExplorerError, match=words):
            parallel.must_divide(batch_size, images, ranks)
    for family, options, words in (
        ("conv_vae", {"norm": "batch"}, "Choose the norm group"),
        ("residual_vae", {"likelihood": "logistic"}, "Choose the likelihood gaussian"),
        ("vq_vae", {}, "codes follow the whole batch"),
        ("linear_vae", {}, "takes no steps"),
    ):
        with pytest.raises(ExplorerError, match=words):
            parallel.must_be_shareable(nets.build(family, 64, **options))


def test_torchrun_is_told_which_run(
    config: Callable[..., TrainConfig], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Before any process waits for another."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    run = runs.create(config(), "Made")
    for arguments in (["--preset", "quick"], ["--resume", str(run.path), str(run.path)], ["--begin", str(run.path)]):
        assert main(["train", *arguments]) == 1
        assert "Name its folder with --run-dir, or go on with one by --resume." in capsys.readouterr().err

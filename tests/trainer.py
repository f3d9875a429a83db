"""Training processes that make checkpoints all the time and are killed: what tests and benchmark of exactness share."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch
from safetensors.torch import load_file

from explorer.runs import Run
from explorer.training import process, recorder

_PATIENCE_S = 180.0
_forks = multiprocessing.get_context("forkserver")  # a process that has imported torch, and is forked for each trainer
# and what torch imports with its first optimiser, which takes a second more
_forks.set_forkserver_preload(["explorer.training.loop", "explorer.training.process", "torch._dynamo"])


def train(run: Run, checkpoint_every_s: float = 60.0) -> None:
    """Train to the end in a process of its own."""
    trainer = _start(run, checkpoint_every_s)
    trainer.join(_PATIENCE_S)
    assert trainer.exitcode == 0


def train_and_kill(run: Run, checkpoint_every_s: float, chance: random.Random, while_writing: bool) -> bool:
    """Train on until there is a new checkpoint, then kill -9 at some later moment; whether one was left half-written.

    Parameters
    ----------
    chance : random.Random
        Draws the moment.
    while_writing : bool
        Kill at the next sight of a checkpoint being written, instead.
    """
    before = run.checkpoint_steps()[-1:]
    trainer = _start(run, checkpoint_every_s)
    _wait(trainer, lambda: run.checkpoint_steps()[-1:] != before)
    if while_writing:
        _wait(trainer, lambda: bool(half_written(run)))
    else:
        time.sleep(chance.uniform(0.0, 2 * checkpoint_every_s))
    trainer.kill()
    trainer.join()
    assert trainer.exitcode != 0, "the run was over before it was killed"
    return bool(half_written(run))


def half_written(run: Run) -> list[Path]:
    """Checkpoints that are being written, or whose writing was cut off."""
    return list((run.path / "checkpoints").glob(".step_*"))


def tensors(run: Run) -> dict[str, torch.Tensor]:
    """All tensors of a run's newest checkpoint: weights, averages of the optimisers, state of the noise."""
    newest = run.weights_path(run.checkpoint_steps()[-1]).parent
    return {
        f"{name}/{key}": tensor
        for name in ("weights", "resume")
        for key, tensor in load_file(newest / f"{name}.safetensors").items()
    }


def differing(run: Run, other: Run) -> list[str]:
    """Names of the tensors in which two runs differ, if only by a bit."""
    ours, theirs = tensors(run), tensors(other)
    return sorted(
        name
        for name in ours.keys() | theirs.keys()
        if name not in ours or name not in theirs or _bytes(ours[name]) != _bytes(theirs[name])
    )


def _bytes(tensor: torch.Tensor) -> tuple[torch.dtype, torch.Size, bytes]:
    return tensor.dtype, tensor.shape, tensor.numpy().tobytes()


def _start(run: Run, checkpoint_every_s: float) -> BaseProcess:
    trainer = _forks.Process(target=_train, args=(run.path, checkpoint_every_s), daemon=True)
    trainer.start()
    return trainer


def _train(path: Path, checkpoint_every_s: float) -> None:
    torch.set_num_threads(1)  # small steps don't gain by more
    recorder.FIRST_CHECKPOINT_S = recorder.CHECKPOINT_EVERY_S = checkpoint_every_s
    process.train(Run(path))


def _wait(trainer: BaseProcess, seen: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE_S
    while not seen():
        assert trainer.is_alive(), f"the trainer ended with {trainer.exitcode}"
        assert time.monotonic() < until, "nothing happened"
        time.sleep(0.001)

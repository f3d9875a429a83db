"""Training processes that make checkpoints all the time and are killed: what tests and benchmark of exactness share."""

from __future__ import annotations

import multiprocessing
import os
import random
import socket
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from subprocess import Popen

import torch
from safetensors.torch import load_file

from explorer.objective import Objective
from explorer.runs import Run
from explorer.training import process, recorder
from explorer.training.autoencoding import AutoencoderTraining

_PATIENCE_S = 600.0
_forks = multiprocessing.get_context("forkserver")  # a process that has imported torch, and is forked for each trainer
# and what torch imports with its first optimiser, which takes a second more
_forks.set_forkserver_preload(["explorer.training.loop", "explorer.training.process", "torch._dynamo"])


def train(run: Run, checkpoint_every_s: float = 60.0) -> None:
    """Train to the end in a process of its own."""
    trainer = _start(run, checkpoint_every_s)
    trainer.join(_PATIENCE_S)
    assert trainer.exitcode == 0


def train_together(run: Run, ranks: int, fails: str = "") -> list[BaseProcess]:
    """Begin with it in so many processes that share each step; with `fails` the last one fails so in its third step."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        told = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1]), "WORLD_SIZE": str(ranks)}
    told_each = [told | {"RANK": str(rank)} for rank in range(ranks)]
    by: list[BaseProcess] = [_forks.Process(target=_share, args=(run.path, t, fails), daemon=True) for t in told_each]
    for each in by:
        each.start()
    return by


def _share(path: Path, told: dict[str, str], fails: str) -> None:
    os.environ |= told
    torch.set_num_threads(1)
    if fails and int(told["RANK"]) == int(told["WORLD_SIZE"]) - 1:
        forward, steps = AutoencoderTraining.forward, iter(range(3))

        def failing(training: AutoencoderTraining) -> Objective:
            if next(steps) == 2:
                raise RuntimeError(fails)
            return forward(training)

        AutoencoderTraining.forward = failing  # type: ignore[assignment, method-assign]
    process.train_together(lambda: Run(path))


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
    wait(trainer, lambda: run.checkpoint_steps()[-1:] != before)
    if while_writing:
        wait(trainer, lambda: bool(half_written(run)))
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


def wait(trainer: BaseProcess | Popen[bytes], seen: Callable[[], bool]) -> None:
    """Until something is seen, as it will be while a process lives."""
    until = time.monotonic() + _PATIENCE_S
    while not seen():
        code = trainer.exitcode if isinstance(trainer, BaseProcess) else trainer.poll()
        assert code is None, f"the trainer ended with {code}"
        assert time.monotonic() < until, "nothing happened"
        time.sleep(0.001)

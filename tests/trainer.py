"""Training processes that make checkpoints all the time and are killed: what tests and benchmark of exactness share."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file

from explorer.runs import Run
from tests.server import PROJECT

_PATIENCE_S = 180.0
_CODE = """
import sys
from pathlib import Path
import torch
from safetensors.torch import load_file
from explorer.runs import Run
from explorer.training import loop, process
torch.set_num_threads(1)
loop.FIRST_CHECKPOINT_S = loop.CHECKPOINT_EVERY_S = float(sys.argv[2])
process.train(Run(Path(sys.argv[1])))
"""  # one thread: small steps don't gain by more. The loop's own constants are all that is set


def train(run: Run, checkpoint_every_s: float = 60.0) -> None:
    """Train to the end in a process of its own."""
    process = _start(run, checkpoint_every_s)
    _, errors = process.communicate(timeout=_PATIENCE_S)
    assert process.returncode == 0, errors


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
    process = _start(run, checkpoint_every_s)
    _wait(process, lambda: run.checkpoint_steps()[-1:] != before)
    if while_writing:
        _wait(process, lambda: bool(half_written(run)))
    else:
        time.sleep(chance.uniform(0.0, 5 * checkpoint_every_s))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "the run was over before it was killed"
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


def _start(run: Run, checkpoint_every_s: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _CODE, str(run.path), str(checkpoint_every_s)]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _wait(process: subprocess.Popen[str], seen: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE_S
    while not seen():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until, "nothing happened"
        time.sleep(0.001)

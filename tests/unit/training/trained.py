"""Training in this process, and what it leaves."""

from __future__ import annotations

import torch

from explorer import checkpoints
from explorer.runs import Run
from explorer.training.loop import run_training


def train(run: Run, stop_after: int | None = None) -> Run:
    """Train to the end, or until so many looks at whether to stop: one before each step."""
    looks = iter(range(10**9))
    run_training(run, run.status(), stop_asked=lambda: stop_after is not None and next(looks) >= stop_after)
    return run


def weights(run: Run) -> dict[str, torch.Tensor]:
    """Of the newest checkpoint."""
    newest = checkpoints.latest_readable(run.path / "checkpoints")
    assert newest
    return checkpoints.load_weights(newest / "weights.safetensors")[0].state_dict()

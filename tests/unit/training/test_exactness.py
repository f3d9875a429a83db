"""The same run, bit for bit: trained twice, and killed over and over. Real processes, nothing stood in for."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from explorer import runs
from explorer.config import TrainConfig
from explorer.runs import Run
from tests import trainer
from tests.server import PROJECT


def test_trained_twice(tmp_path: Path):
    """The same command, seed, machine and threads, in two processes."""
    settings = ["--source", "shapes", "--latent-dim", "4", "--batch-size", "8", "--max-steps", "5"]
    settings += ["--precision", "float32"]  # a trial may choose now this, now that
    both = [Run(tmp_path / name) for name in ("first", "second")]
    for run in both:
        command = [sys.executable, "-m", "explorer", "train", *settings, "--run-dir", str(run.path)]
        subprocess.run(command, cwd=PROJECT, check=True, timeout=180)
    first, second = both
    assert len(trainer.tensors(first)) > 50
    assert trainer.differing(first, second) == []


def test_killed_three_times(pictures: Path):
    """kill -9, at any moment and at least once while a checkpoint is being written; resumed each time."""
    config = TrainConfig(
        source="folder",
        data_path=str(pictures),
        latent_dim=4,
        batch_size=4,
        epochs=1000,
        max_steps=40,
        learning_rate_schedule="cosine",
        flips="horizontal",
        average=0.9,
        precision="float32",
    )
    whole, killed = runs.create(config, "Whole"), runs.create(config, "Killed")
    trainer.train(whole)
    chance = random.Random(0)
    left_half: list[bool] = []
    while len(left_half) < 3 or not any(left_half):
        left_half.append(trainer.train_and_kill(killed, 0.05, chance, while_writing=len(left_half) > 1))
        assert killed.status().state == "failed"
        assert trainer.differing(whole, killed)
    trainer.train(killed)
    assert killed.status().state == "finished"
    assert trainer.differing(whole, killed) == []

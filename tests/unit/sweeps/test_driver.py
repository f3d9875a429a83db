"""A sweep as a terminal goes through it, with real trainings: killed with its trial, and gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from explorer import runs
from explorer.runs.rows import Resumed
from explorer.sweeps import folder
from tests.server import PROJECT, end_training

PATIENCE_S = 600.0


def command(pictures: Path, *more: str) -> list[str]:
    settings = ["source=folder", f"data_path={pictures}", "latent_dim=2", "batch_size=2", "epochs=1000"]
    settings += ["channels=16", "max_steps=400"]
    return [sys.executable, "-m", "explorer", "sweep", "--beta", "0.01,0.02", "--set", *settings, *more]


def wait(seen: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not seen():
        assert time.monotonic() < until, "nothing happened"
        time.sleep(0.02)


def test_killed_with_its_trial_the_same_command_goes_on(pictures: Path):
    """Nothing is trained twice: what was cut off goes on from its checkpoint; what is done stays as it is."""
    sweeping = subprocess.Popen(command(pictures), cwd=PROJECT)
    try:
        wait(lambda: bool(runs.list_runs()) and runs.list_runs()[0].status().state == "running")
        (trial,) = runs.list_runs()
        trial.update_control(paused=True)  # makes a checkpoint
        wait(lambda: trial.status().state == "paused")
        (kept,) = trial.checkpoint_steps()
        trial.update_control(paused=False)
        wait(lambda: trial.status().step > kept)
        sweeping.kill()
        os.kill(trial.status().pid, signal.SIGKILL)
        sweeping.wait()
        (sweep,) = folder.list_sweeps()
        assert sweep.status().lost

        done = subprocess.run(command(pictures), cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stderr
        assert f"goes on with sweep {sweep.id}" in done.stdout
        assert "finished: 2 of 2 trials done" in done.stdout
        assert [run.status().state for run in sweep.trials().values()] == ["finished", "finished"]
        assert [run.config.beta for run in sweep.trials().values()] == [0.01, 0.02]
        assert len(runs.list_runs()) == 2
        assert [row.step for row in trial.metrics().of(Resumed)] == [kept]
        assert sweep.status().state == "finished"
    finally:
        sweeping.kill()
        end_training(runs.runs_root())

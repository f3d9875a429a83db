"""The training process: how it is started, how it waits its turn, how it says that it lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from explorer import runs
from explorer.config import TrainConfig
from explorer.runs import Run, Status

_PROJECT = Path(__file__).parent.parent.parent


def start(config: TrainConfig, title: str) -> Run:
    """Make a run folder and a process that trains in it; returns at once. It waits in line if another run trains."""
    run = runs.create(config, title)
    spawn(run)
    return run


def spawn(run: Run) -> None:
    """Start a process that trains, or resumes, what the run folder holds. It outlives whoever started it."""
    run.update_control(stop=False, paused=False)
    run.write_status(replace(run.status(), state="starting", heartbeat=time.time(), pid=0, error=None, eta_s=None))
    with open(run.path / "trainer.log", "ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "explorer", "train", "--resume", str(run.path.resolve()), "--background"],
            cwd=_PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a Ctrl-C for the app is none for the run
            env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},  # waiting threads must not spin on the app's cores
        )


def yield_to_others() -> None:
    """Let anything else on this machine go first, the app above all: its sliders stay usable while we train."""
    if hasattr(os, "SCHED_BATCH"):
        os.nice(19)
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    else:
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if os.name == "nt" else 19)


def train(run: Run) -> None:
    """Train in this process: wait until no other run under the same root trains, then run the loop.

    SIGTERM and SIGINT stop the run cleanly, with a checkpoint.
    """
    process = psutil.Process()
    status = replace(run.status(), state="queued", pid=process.pid, pid_started=process.create_time(), error=None)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: run.update_control(stop=True))
    lock = _wait_in_line(run, status)
    if lock is None:
        run.write_status(replace(status, state="stopped", heartbeat=time.time()))
        return
    with lock:
        run.write_status(replace(status, state="starting", heartbeat=time.time()))
        from explorer.training.loop import run_training  # torch takes seconds to import: not while in line

        run_training(run, status)


def _wait_in_line(run: Run, status: Status) -> FileLock | None:
    """The lock that one training run at a time holds; None if the run was stopped while it waited."""
    lock = FileLock(run.path.parent / ".training.lock")
    while not run.control().stop:
        ahead = sum(1 for _ in runs.ahead_of(run))
        if not ahead:
            try:
                lock.acquire(timeout=0)
                return lock
            except Timeout:
                ahead = 1
        run.write_status(replace(status, ahead=ahead, heartbeat=time.time()))
        time.sleep(0.3)
    return None

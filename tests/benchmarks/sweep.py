"""Sweeps: what a trial costs beside a plain run in line, how two Ray workers do beside one, and what a kill costs.

    python -m tests.benchmarks.sweep [--trials 8] [--steps 150] [--only overhead scaling worker driver]

Trials are short: From noise on Shapes, a thread each. Overhead: the same trainings as runs in line, one process each,
asked for all at once, beside a sweep of them; seconds a trial that the sweep takes longer. Scaling: the same sweep on
a Ray of this machine with one core and with two; workers start within it, the Ray itself before. Worker: on two cores,
the worker of a trial is killed once a checkpoint of it has come back. Driver: the sweep's process is killed in its
midst, then the same command once more. Of both: how trials ended, how many runs there are, and from which steps they
went on.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import ray

from explorer import runs
from explorer.presets import PRESETS
from explorer.runs import Run
from explorer.runs.rows import Resumed
from explorer.sweeps import folder
from explorer.sweeps.axes import Axis
from explorer.sweeps.cluster import Cluster
from explorer.sweeps.driver import Engine, go
from explorer.sweeps.folder import Sweep
from explorer.sweeps.here import Here
from explorer.sweeps.plan import Plan, planned
from explorer.training import process

PARTS = ("overhead", "scaling", "worker", "driver")
PROJECT = Path(__file__).parent.parent.parent
_PATIENCE_S = 900.0


def plan(trials: int, steps: int) -> Plan:
    """So many seeds of a short training."""
    start = replace(PRESETS["noise"].settings, source="shapes", max_steps=steps, precision="float32", device="cpu")
    return planned(start, [Axis("seed", tuple(range(trials)))], name="Benchmark")


def take(asked: Plan, engine: Engine, watch: Callable[[Sweep], None] = lambda sweep: None) -> tuple[float, Sweep]:
    """Seconds of a whole sweep, and the sweep."""
    sweep, started = folder.create(asked), time.monotonic()

    def look() -> bool:
        watch(sweep)
        return False

    go(sweep, engine, look)
    assert sweep.status().state == "finished", sweep.status()
    return time.monotonic() - started, sweep


def overhead(trials: int, steps: int) -> dict[str, Any]:
    """Plain runs in line beside a sweep of the same."""
    asked = plan(trials, steps)
    started = time.monotonic()
    line = [process.start(asked.config(values), f"In line {i}") for i, values in enumerate(asked.points)]
    wait(lambda: not any(run.status().active for run in line))
    line_s = time.monotonic() - started
    swept_s, _ = take(asked, Here())
    return {
        "trials": trials,
        "line_s": round(line_s, 1),
        "sweep_s": round(swept_s, 1),
        "overhead_s_a_trial": round((swept_s - line_s) / trials, 2),
    }


def scaling(trials: int, steps: int) -> dict[str, Any]:
    """One core beside two."""
    took: dict[int, float] = {}
    for cores in (1, 2):
        ray.init(num_cpus=cores, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        took[cores] = take(plan(trials, steps), Cluster())[0]
        ray.shutdown()
    return {
        "trials": trials,
        "one_worker_s": round(took[1], 1),
        "two_workers_s": round(took[2], 1),
        "times_as_fast": round(took[1] / took[2], 2),
    }


def lost_worker(steps: int) -> dict[str, Any]:
    """A worker that is killed in a trial."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    killed: list[int] = []

    def watch(sweep: Sweep) -> None:
        first = next(iter(sweep.trials().values()), None)
        if first and not killed and first.checkpoint_steps() and first.status().state == "running":
            killed.append(first.status().step)
            os.kill(first.status().pid, signal.SIGKILL)

    took, sweep = take(plan(3, steps), Cluster(), watch)
    ray.shutdown()
    return {"killed_at_step": killed, "seconds": round(took, 1), **told(sweep)}


def lost_driver(steps: int) -> dict[str, Any]:
    """The sweep's process, killed with SIGKILL; then the same command."""
    words = ["--preset", "noise", "--source", "shapes", "--max-steps", str(steps), "--seed", "0:4", "--on", "ray"]
    command = [sys.executable, "-m", "explorer", "sweep", *words]
    sweeping = subprocess.Popen(command, cwd=PROJECT)
    (sweep,) = wait(lambda: folder.list_sweeps())
    wait(lambda: any(run.status().state == "finished" for run in sweep.trials().values()))
    wait(lambda: any(run.status().state == "running" and run.checkpoint_steps() for run in sweep.trials().values()))
    before = {number: run.status().step for number, run in sweep.trials().items()}
    sweeping.kill()
    sweeping.wait()
    wait(lambda: not any(run.status().active for run in sweep.trials().values()))
    started = time.monotonic()
    subprocess.run(command, cwd=PROJECT, check=True)
    return {"steps_at_the_kill": before, "seconds_after": round(time.monotonic() - started, 1), **told(sweep)}


def told(sweep: Sweep) -> dict[str, Any]:
    """How trials ended, and from which steps they went on."""
    trials = sweep.trials()
    return {
        "states": [run.status().state for run in trials.values()],
        "runs": len(runs.list_runs()),
        "went_on_from": {number: steps for number, run in trials.items() if (steps := resumed(run))},
    }


def resumed(run: Run) -> list[int]:
    return [row.step for row in run.metrics().of(Resumed)]


def wait(seen: Callable[[], Any]) -> Any:
    until = time.monotonic() + _PATIENCE_S
    while not (found := seen()):
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.05)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    options = parser.parse_args()
    os.environ.pop("RAY_ADDRESS", None)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    result: dict[str, Any] = {"load_before": [round(load, 1) for load in psutil.getloadavg()]}
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "overhead": lambda: overhead(options.trials, options.steps),
        "scaling": lambda: scaling(options.trials, options.steps),
        "worker": lambda: lost_worker(4 * options.steps),
        "driver": lambda: lost_driver(4 * options.steps),
    }
    for part in options.only:
        with tempfile.TemporaryDirectory() as place:
            os.environ["VAE_EXPLORER_RUNS"] = place
            result[part] = parts[part]()
        print(f"{part}: {result[part]}", flush=True)
    result |= {
        "load_after": [round(load, 1) for load in psutil.getloadavg()],
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": {"python": platform.python_version(), "ray": ray.__version__},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

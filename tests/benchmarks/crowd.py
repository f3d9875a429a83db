"""A class: many viewers who move sliders and change pages, while a model trains, all of it on this machine.

    python -m tests.benchmarks.crowd [--seconds 60] [--few 30] [--many 100] [--before TREE]

The viewers, `tests.benchmarks.viewers`, are one process of their own. One after the other, each for `--seconds`: the
training alone; few viewers; many; many who only stand on Train and watch; the training alone again; and as many viewers
of a bare Streamlit page with one slider (bare.py), beside the same training. Every page was seen by one viewer before,
so that nothing is loaded or measured for the first time. With `--before`, another checkout of the project goes through
all of that first, with a server and a training of its own code.

The last line is a JSON object. Goals, on two cores: `few_p95_s` 0.25, `many_p95_s` 0.5, `dropped` 0, `training_keeps`
0.7 of its steps a second with many viewers, `standing_cpu` 0.25 of a core for the server, `bare_ratio` 3: the p95 of
many viewers over that of the bare page's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from explorer.runs import Run
from tests.benchmarks import measure, viewers
from tests.server import PROJECT, Server, serve

_PATIENCE_S = 180.0  # until a trainer has imported torch and is in full swing beside others
_PAGES = "train,compare,interpolate,beta,blur,claims"
_STEPS = 20  # until a training counts as in full swing


@contextmanager
def training(tree: Path, server: Server) -> Iterator[Run]:
    """A training on photographs by the code of a checkout, as the app starts it, until the block ends."""
    command = [sys.executable, "-m", "explorer", "train", "--source", "photos", "--epochs", "1000", "--background"]
    environment = {**os.environ, "VAE_EXPLORER_RUNS": str(server.runs), "OMP_WAIT_POLICY": "PASSIVE"}
    with subprocess.Popen(
        command, cwd=tree, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        until = time.monotonic() + _PATIENCE_S
        while not (found := [path for path in server.runs.glob("[0-9]*") if Run(path).status().step >= _STEPS]):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the training did not start")
            time.sleep(0.1)
        run = Run(found[0])
        yield run
        run.update_control(stop=True)
        process.wait(_PATIENCE_S)


class Meter:
    """How far a training comes, and how long a process computes, from now on.

    Parameters
    ----------
    run : Run
        The training.
    pid : int
        Of the process.
    """

    def __init__(self, run: Run, pid: int) -> None:
        self._run, self._process = run, psutil.Process(pid)
        self._from = self._now()

    def _now(self) -> tuple[float, float, float]:
        cpu = self._process.cpu_times()
        return time.monotonic(), self._run.status().step, cpu.user + cpu.system

    def read(self) -> dict[str, float]:
        """Steps a second, and seconds of computing a second."""
        seconds, steps, cpu = (now - before for now, before in zip(self._now(), self._from, strict=True))
        return {"steps_per_s": round(steps / seconds, 2), "server_cpu": round(cpu / seconds, 3)}


def visited(server: Server, run: Run, count: int, options: argparse.Namespace, *more: str) -> dict[str, Any]:
    """What came of `count` viewers, and of the training meanwhile."""
    command = [sys.executable, "-m", viewers.__name__, server.url, "--viewers", str(count)]
    command += ["--seconds", str(options.seconds), "--ramp", str(options.ramp), "--think", str(options.think), *more]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        if process.stdout.readline().strip() != viewers.ALL_ARE_IN:
            raise RuntimeError("the viewers did not come")
        meter = Meter(run, server.pid)
        time.sleep(options.seconds)
        found = meter.read()
        *_, last = process.stdout
    return found | json.loads(last)


def see_once(server: Server, *pages: str) -> None:
    """Each page is seen by one viewer."""
    command = [sys.executable, "-m", viewers.__name__, server.url, "--viewers", "1", "--seconds", "0", "--stay"]
    for page in pages:
        subprocess.run([*command, "--pages", page], cwd=PROJECT, stdout=subprocess.DEVNULL, check=True)


def alone(server: Server, run: Run, seconds: float) -> dict[str, float]:
    """The training without viewers."""
    meter = Meter(run, server.pid)
    time.sleep(seconds)
    return meter.read()


def side(tree: Path, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """All of it with the code of one checkout."""
    result: dict[str, Any] = {}

    def say(name: str, found: dict[str, Any]) -> None:
        result[name] = found
        print(f"{name}: {json.dumps(found)}", flush=True)

    walk = ("--pages", _PAGES)
    with serve(folder / "app", tree / "streamlit_app.py") as app:
        app.wait_until_healthy()
        see_once(app, "", *_PAGES.split(","))
        with training(tree, app) as run:
            say("alone", alone(app, run, options.seconds))
            say("few", visited(app, run, options.few, options, *walk))
            say("many", visited(app, run, options.many, options, *walk))
            say("standing", visited(app, run, options.many, options, "--pages", "train", "--stay"))
            say("alone_again", alone(app, run, options.seconds))
            with measure.bare_page(folder / "bare") as bare:
                bare.wait_until_healthy()
                see_once(bare, "")
                say("bare", visited(bare, run, options.many, options))
    steps = statistics.fmean(result[name]["steps_per_s"] for name in ("alone", "alone_again"))
    return {
        "few_p95_s": result["few"]["p95_s"],
        "many_p95_s": result["many"]["p95_s"],
        "dropped": sum(result[name]["dropped"] for name in ("few", "many", "standing")),
        "training_steps_per_s": {"alone": round(steps, 2), "with_many": result["many"]["steps_per_s"]},
        "training_keeps": round(result["many"]["steps_per_s"] / steps, 3),
        "standing_cpu": result["standing"]["server_cpu"],
        "bare_p95_s": result["bare"]["p95_s"],
        "bare_ratio": round(result["many"]["p95_s"] / result["bare"]["p95_s"], 3),
        "parts": result,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="for each part (default 60)")
    parser.add_argument("--ramp", type=float, default=15, help="seconds within which viewers come (default 15)")
    parser.add_argument("--think", type=float, default=4, help="seconds between a viewer's actions (mean; default 4)")
    parser.add_argument("--few", type=int, default=30)
    parser.add_argument("--many", type=int, default=100)
    parser.add_argument("--before", type=Path, metavar="TREE", help="another checkout, measured in the same way")
    options = parser.parse_args()
    result: dict[str, Any] = {"benchmark": "crowd", **measure.surroundings(), "seconds": options.seconds}
    with tempfile.TemporaryDirectory() as folder:
        if options.before:
            result["before"] = side(options.before.resolve(), Path(folder, "before"), options)
        result |= side(PROJECT, Path(folder, "here"), options)
    print(json.dumps(result))


if __name__ == "__main__":
    main()

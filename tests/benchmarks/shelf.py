"""What 500 runs cost where five are enough: the start, the pages that list runs, the live line, and the trainers' line.

    python -m tests.benchmarks.shelf [--few 5] [--many 500] [--starts 3] [--rounds 12]

The runs are made, not trained: one real run of two steps, whose folder is copied under other ids, with other titles and
betas and a log of some hours, its weights linked. One more run is active in either folder: its process is this one,
and its status is replaced twice a second.

First, `--starts` times in turn, a new server for each folder: from the command until its first viewer has the first
page, and then each page for the first time. The last two servers stay, and a viewer of each goes through the pages in
turn: opens one, and reruns it; in seconds, and in kilobytes. Of the live line, from a status that is written until it
is heard. At last, in this process, what one look takes of the live line, which has four a second for all viewers, and
of a trainer that waits in line, which has three.

Ratios are of medians, many runs over few; the goal is 1.2 for all of them. The last line is a JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from explorer import runs
from explorer.runs import Run, Status
from explorer.runs.rows import Full, Subset, Train
from explorer.ui.feeds import training
from tests.benchmarks import measure
from tests.benchmarks.viewers import Tally, Viewer
from tests.rows import measured
from tests.server import PROJECT, Server, serve

_PAGES = ("", "train", "compare", "interpolate", "beta", "blur")
_LOG_ROWS = 2_000  # some hours of training
_BEATS_EVERY_S = 0.5
_LOOKS = 20


def train_one(folder: Path) -> Run:
    """A real run of two steps."""
    command = [sys.executable, "-m", "explorer", "train", "--run-dir", str(folder / "20240101-000000-0000")]
    command += ["--source", "shapes", "--family", "linear_vae", "--latent-dim", "2"]
    subprocess.run(command, cwd=PROJECT, stdout=subprocess.DEVNULL, check=True)
    return Run(folder / "20240101-000000-0000")


def fill(root: Path, model: Run, count: int) -> None:
    """Copies of a run's folder, from the years before."""
    log = "".join(
        json.dumps(measured(Full if i % 500 == 0 else Subset if i % 9 == 0 else Train, i, 1 / (9 + i)).to_json()) + "\n"
        for i in range(1, _LOG_ROWS + 1)
    )
    about = json.loads((model.path / "config.json").read_text())
    root.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        made = 1_600_000_000 + 86_400 * i
        copy = Run(root / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(made))}-{i:04x}")
        shutil.copytree(model.path, copy.path, copy_function=os.link)
        beta = 10.0 ** -(i % 6 + 1)
        for name, values in (
            ("config.json", about | {"title": f"Shelf {i}", "config": about["config"] | {"beta": beta}}),
            ("status.json", model.status().to_json() | {"step": _LOG_ROWS, "heartbeat": made}),
        ):
            (copy.path / name).unlink()
            (copy.path / name).write_text(json.dumps(values))
        (copy.path / "metrics.jsonl").unlink()
        (copy.path / "metrics.jsonl").write_text(log)
        (kept,) = (copy.path / "checkpoints").iterdir()
        kept.rename(copy.weights_path(_LOG_ROWS).parent)  # where the log ends
        copy.write_summary(copy.summarised())
        for path in (*copy.path.rglob("*"), copy.path):
            os.utime(path, (made, made))


@dataclass
class Active:
    """A run that says twice a second that it lives, and when it said which step, in seconds of the monotonic clock."""

    run: Run
    said: dict[int, float] = field(default_factory=dict)

    @contextmanager
    def living(self) -> Iterator[None]:
        ended = threading.Event()

        def beat() -> None:
            step = 0
            while not ended.wait(_BEATS_EVERY_S):
                step += 1
                self.said[step] = time.monotonic()
                self.run.write_status(Status("running", step, 10**6, pid=os.getpid(), pid_started=_began()))

        thread = threading.Thread(target=beat)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _began() -> float:
    return psutil.Process().create_time()


def begin(root: Path, model: Run) -> Active:
    """A run beside the others, of this process."""
    path = root / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-ffff"
    shutil.copytree(model.path, path)
    Run(path).write_status(Status("running", 0, 10**6, pid=os.getpid(), pid_started=_began()))
    return Active(Run(path))


@asynccontextmanager
async def visiting(server: Server) -> AsyncIterator[Viewer]:
    """A viewer with a connection to a server."""
    url = server.url
    async with (
        connect(
            url.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            origin=Origin(url),
            max_size=None,
        ) as socket,
        asyncio.TaskGroup() as doings,
    ):
        viewer = Viewer(url, _PAGES, random.Random(0), Tally())
        viewer.socket, viewer.doings = socket, doings
        yield viewer
        async with viewer.busy:
            viewer._forget_timers()
            if viewer.line:
                await viewer.line.close()


async def start_once(server: Server, found: dict[str, list[float]]) -> None:
    """From the command to the first page of the first viewer, and then each page for the first time."""
    async with visiting(server) as viewer:
        await viewer.open("")
        found["the app's start"].append(time.time() - server.started)
        for page in _PAGES[1:]:
            began = time.monotonic()
            await viewer.open(page)
            found[f"{page}, first"].append(time.monotonic() - began)


async def rerun(viewer: Viewer) -> float:
    """Seconds that the page takes once more."""
    async with viewer.busy:
        began = time.monotonic()
        await viewer._run(BackMsg(), f"again {viewer.page or 'start'}")
        return time.monotonic() - began


async def go_round(sides: dict[str, Server], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Viewers of all servers, who open each page and rerun it, in turn."""
    found: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in sides}
    async with visiting(sides["few"]) as few, visiting(sides["many"]) as many:
        viewers = {"few": few, "many": many}
        for turn in range(rounds + 1):
            for page in _PAGES:
                for name in sorted(viewers, reverse=bool(turn % 2)):
                    viewer = viewers[name]
                    began = time.monotonic()
                    await viewer.open(page)
                    opened = time.monotonic() - began
                    again = await rerun(viewer)
                    if turn:  # the first round is not counted
                        found[name][f"{page or 'start'}, opened"].append(opened)
                        found[name][f"{page or 'start'}, again"].append(again)
        for name, viewer in viewers.items():
            for what, sizes in viewer.tally.sent.items():
                found[name][f"{what}, kilobytes"] = [size / 1e3 for _, size in sizes]
            if viewer.tally.wrong:
                raise RuntimeError(f"{name}: {viewer.tally.wrong[0]}")
    return found


async def listen(server: Server, active: Active) -> list[float]:
    """From a status that is written until the live line has said it, in seconds."""
    found: list[float] = []
    async with connect(server.url.replace("http", "ws", 1) + "/live", origin=Origin(server.url)) as line:
        await line.recv()
        await line.send(json.dumps({"watch": training.TOPIC, "boot": "", "version": 0, "rows": 0}))
        await line.recv()
        while len(found) < _LOOKS:
            told = json.loads(await line.recv())["parts"].get("progress", "")
            if step := re.search(r"step ([\d,]+)", told):
                found.append(time.monotonic() - active.said[int(step[1].replace(",", ""))])
    return found


def looks(root: Path, run: Run) -> dict[str, list[float]]:
    """What the line of trainers, and the live line, take for one look, in seconds, in this process."""
    os.environ["VAE_EXPLORER_RUNS"] = str(root)
    found = defaultdict(list)
    for turn in range(_LOOKS + 1):
        for name, look in (("a trainer's look at the line", _queue(run)), ("a look of the live line", _live)):
            began = time.perf_counter()
            look()
            if turn:
                found[name].append(time.perf_counter() - began)
    return found


def _queue(run: Run) -> Callable[[], object]:
    return lambda: list(runs.ahead_of(run))


def _live() -> object:
    return training.look("")


def compared(found: dict[str, dict[str, list[float]]]) -> dict[str, dict[str, float]]:
    """Medians of both sides, and their ratio."""
    result = {}
    for what in found["few"]:
        few, many = (statistics.median(found[name][what]) for name in ("few", "many"))
        n = len(found["few"][what])
        result[what] = {"few": round(few, 4), "many": round(many, 4), "ratio": round(many / few, 3), "n": n}
    return result


async def measured_all(folder: Path, counts: dict[str, int], starts: int, rounds: int) -> dict[str, Any]:
    """All of it, with so many runs on each side."""
    model = train_one(folder / "model")
    for name, count in counts.items():
        fill(folder / name / "runs", model, count)
    result: dict[str, Any] = {}

    def say(name: str, found: dict[str, dict[str, list[float]]]) -> None:
        result[name] = compared(found)
        print(f"{name}: {json.dumps(result[name])}", flush=True)

    active = {name: begin(folder / name / "runs", model) for name in counts}
    with ExitStack() as living, ExitStack() as serving:
        for one in active.values():
            living.enter_context(one.living())
        cold: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in counts}
        for turn in range(starts + 1):
            serving.close()
            servers = {}
            for name in sorted(counts, reverse=bool(turn % 2)):
                servers[name] = serving.enter_context(serve(folder / name))
                servers[name].wait_until_healthy()
                await start_once(servers[name], cold[name] if turn else defaultdict(list))
        say("cold_s", cold)
        say("warm", await go_round(servers, rounds))
        say("live_line_s", {name: {"heard": await listen(servers[name], active[name])} for name in counts})
        say("looks_s", {name: looks(folder / name / "runs", active[name].run) for name in counts})
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=5)
    parser.add_argument("--many", type=int, default=500)
    parser.add_argument("--starts", type=int, default=3, help="servers for each folder that count (default 3)")
    parser.add_argument("--rounds", type=int, default=12, help="through all pages (default 12)")
    options = parser.parse_args()
    result: dict[str, Any] = {"benchmark": "shelf", **measure.surroundings()}
    counts = {"few": options.few, "many": options.many}
    with tempfile.TemporaryDirectory() as folder:
        result |= counts | asyncio.run(measured_all(Path(folder), counts, options.starts, options.rounds))
    print(json.dumps(result))


if __name__ == "__main__":
    main()

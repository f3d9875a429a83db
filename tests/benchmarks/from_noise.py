"""From noise to picture: how soon its first pictures and its last are there, and how smoothly time is dragged.

    python -m tests.benchmarks.from_noise [--seconds 10] [--viewers 10] [--ways 5] [--model cifar10-spatial-512]

A real server, with a flow of random weights, as large as one that is trained, where the model has none that is shipped.
First alone, then with a training beside it: `--ways` ways of 8 pictures in 20 steps,
of a class each with guidance 2, asked one after the other over a live line without a browser, each of another draw, so
that none is known; and in Chromium the slider of time, dragged there and back with the mouse. Then, with the training,
`--viewers` live lines, each of which asks for the next way as soon as one is whole, while a viewer without a browser
(`tests.benchmarks.viewers`) moves sliders and turns pages elsewhere.

The last line is a JSON object. Goals, on two cores: `first_ms` 150 beside the training (median), `fps` 60 (the
screen's), `click_p95_s` 0.5 with all viewers.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from explorer import fitted, models
from tests import chromium
from tests.benchmarks import crowd, measure, viewers
from tests.made_priors import made
from tests.server import PROJECT, Server, serve
from tests.tab import FROM_ELSEWHERE

_COUNT, _STEPS = 8, 20
_MOUSE_HZ = 125  # of an ordinary mouse
_SECONDS_A_WAY = 1.5  # that the slider is dragged from one end to the other in
_PLACES = "compare,beta,interpolate"  # where the viewer without a browser goes
_THINK_S = 1.0
_PATIENCE_S = 120.0
# Frames of the screen, and of these how many showed another moment than the one before.
_WATCH = """() => {
  const scene = [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.from-noise')).find(Boolean)
  let last, frames, shown, start, seen
  const tick = now => {
    frames += 1
    gaps.push(now - last)
    last = now
    if (scene.dataset.at !== seen) shown += 1
    seen = scene.dataset.at
    requestAnimationFrame(tick)
  }
  let gaps = []
  window.begin = () => { [gaps, frames, shown, start, last] = [[], 0, 0, performance.now(), performance.now()] }
  window.found = () => {
    const seconds = (performance.now() - start) / 1000
    return { fps: frames / seconds, moments_a_second: shown / seconds, gaps }
  }
  begin()
  requestAnimationFrame(tick)
}"""


class Asker:
    """A live line that asks for ways, one after the other; `draws` are the seeds."""

    def __init__(self, line: ClientConnection, model: str, prior: str, draws: Iterator[int]) -> None:
        self._line, self._draws = line, draws
        self._asked = {"model": model, "prior": prior, "count": _COUNT, "labels": list(range(_COUNT)), "guidance": 2}
        self._serial = 0
        self.first_ms: list[float] = []
        self.whole_ms: list[float] = []

    async def ask(self) -> None:
        """One way, until it is whole."""
        self._serial += 1
        said = {"say": "sample", "sample": "way", "serial": self._serial, "seed": next(self._draws), "steps": _STEPS}
        began = time.perf_counter()
        await self._line.send(json.dumps(said | self._asked))
        for at in range(_STEPS + 1):
            async with asyncio.timeout(_PATIENCE_S):
                head = json.loads((await self._line.recv(decode=False)).partition(b"\n")[0])
            if head.get("at") != at:
                raise RuntimeError(str(head))
            if not at:
                self.first_ms.append(1000 * (time.perf_counter() - began))
        self.whole_ms.append(1000 * (time.perf_counter() - began))


async def _ways(
    app: Server, asked: tuple[str, str], draws: Iterator[int], askers: int, ways: int, seconds: float
) -> dict[str, Any]:
    """What comes of so many who ask at once: so many ways each, or as many as fit into so many seconds."""
    address = f"{app.url.replace('http', 'ws')}/live"
    lines = [
        await connect(address, origin=Origin(app.url), additional_headers=FROM_ELSEWHERE, max_size=None, proxy=None)
        for _ in range(askers)
    ]
    for line in lines:
        await line.recv()  # that it is open
    found = [Asker(line, *asked, draws) for line in lines]
    until = time.perf_counter() + seconds

    async def go(asker: Asker) -> None:
        for i in itertools.count():
            if (ways and i >= ways) or (seconds and time.perf_counter() > until):
                return
            await asker.ask()

    async with asyncio.TaskGroup() as group:
        for asker in found:
            group.create_task(go(asker))
    for line in lines:
        await line.close()
    return {
        "first_ms": _of([ms for each in found for ms in each.first_ms]),
        "whole_ms": _of([ms for each in found for ms in each.whole_ms]),
        "n": sum(len(each.whole_ms) for each in found),
    }


def _run(ways: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """In a thread of its own: in this one Playwright's loop runs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, ways).result()


def _of(times: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(times), 1), "most": round(max(times), 1)}


def drag(page: Page, seconds: float) -> dict[str, float]:
    """What came of dragging time there and back."""
    slider = measure.box(page.locator(".from-noise .track input"))
    y, left, width = slider["y"] + slider["height"] / 2, slider["x"] + 9, slider["width"] - 18
    page.mouse.move(left + width, y)
    page.mouse.down()
    page.evaluate("begin()")
    start, moves = time.perf_counter(), 0
    while (passed := time.perf_counter() - start) < seconds:
        page.mouse.move(left + width * (1 + math.cos(math.pi * passed / _SECONDS_A_WAY)) / 2, y)
        moves = max(moves + 1, int(passed * _MOUSE_HZ))
        time.sleep(max(0.0, start + moves / _MOUSE_HZ - time.perf_counter()))
    found = page.evaluate("found()")
    page.mouse.up()
    gaps = found.pop("gaps")
    return {name: round(value, 1) for name, value in found.items()} | {
        "frame_p95_ms": round(measure.percentile(gaps, 95), 1)
    }


def _many(app: Server, asked: tuple[str, str], draws: Iterator[int], options: argparse.Namespace) -> dict[str, Any]:
    """All viewers at once, and one who clicks elsewhere."""
    clicking = [sys.executable, "-m", viewers.__name__, app.url, "--viewers", "1", "--ramp", "0", "--pages", _PLACES]
    clicking += ["--think", str(_THINK_S), "--seconds", str(options.seconds)]
    with subprocess.Popen(clicking, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        if process.stdout.readline().strip() != viewers.ALL_ARE_IN:
            raise RuntimeError("the viewer did not come")
        found = _run(_ways(app, asked, draws, options.viewers, 0, options.seconds))
        *_, last = process.stdout
    return found | {"clicks": json.loads(last)}


def _flow(app: Server, model_id: str) -> str:
    """The id of one."""
    model = models.get(model_id)
    shipped = next((each.id for each in fitted.of(model) if each.shipped and each.key == "flow"), None)
    if shipped:
        return shipped
    os.environ["VAE_EXPLORER_RUNS"] = str(app.runs)
    return made(model, "flow").id


def measured(page: Page, app: Server, options: argparse.Namespace) -> dict[str, Any]:
    """All of it, one after the other."""
    result: dict[str, Any] = {}
    prior = _flow(app, options.model)
    asked, draws = (options.model, prior), itertools.count(1000)

    def say(name: str, found: dict[str, Any]) -> None:
        result[name] = found
        print(f"{name}: {json.dumps(found)}", flush=True)

    def one() -> dict[str, Any]:
        return _run(_ways(app, asked, draws, 1, options.ways, 0)) | {"drag": drag(page, options.seconds)}

    page.goto(f"{app.url}/samples?view=noise&model={options.model}", timeout=_PATIENCE_S * 1000)
    page.locator(".from-noise[data-version]").wait_for(timeout=_PATIENCE_S * 1000)
    chromium.wait_settled(page, _PATIENCE_S)
    page.evaluate(_WATCH)
    say("alone", one())
    crowd.see_once(app, *_PLACES.split(","))
    with crowd.training(PROJECT, app) as run:
        say("beside_training", one())
        meter = crowd.Meter(run, app.pid)
        say("many", _many(app, asked, draws, options) | meter.read())
    beside, many = result["beside_training"], result["many"]
    return {
        "prior": prior,
        "first_ms": beside["first_ms"]["median"],
        "whole_ms": beside["whole_ms"]["median"],
        "fps": beside["drag"]["fps"],
        "many_first_ms": many["first_ms"]["median"],
        "many_whole_ms": many["whole_ms"]["median"],
        "click_p95_s": many["clicks"]["p95_s"],
        "parts": result,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="of each drag, and of all viewers (default 10)")
    parser.add_argument("--viewers", type=int, default=10)
    parser.add_argument("--ways", type=int, default=5, help="asked for one after the other (default 5)")
    parser.add_argument("--model", default="cifar10-spatial-512")
    options = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = chromium.launch(playwright)
        result: dict[str, Any] = {"benchmark": "from_noise", **measure.surroundings(browser)}
        result |= {"viewers": options.viewers, "seconds": options.seconds, "model": options.model}
        with serve(Path(folder)) as app, measure.tab(browser) as page:
            app.wait_until_healthy()
            result |= measured(page, app, options)
        browser.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()

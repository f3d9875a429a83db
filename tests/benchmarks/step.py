"""From a click on Step to the new picture and the new step's number in Chromium, while a training is paused.

    python -m tests.benchmarks.step [--n 12] [--preset quick] [--before TREE]

With `--before`, another checkout of the project takes turns with this one, each with a server and a training of its
own. Beside the whole way stands how far into it each of its parts was done, in ms after the click: the wish in
control.json, the step's row in the log, its picture in the folder, and the screen.
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
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from explorer.data import SOURCES, cifar10
from explorer.presets import PRESETS
from explorer.runs import Run
from tests import chromium
from tests.benchmarks import measure
from tests.server import PROJECT, Server, serve

_PATIENCE_S = 180.0  # until a trainer has imported torch and taken some steps beside others
_BREATH_S = 1.5  # between two clicks: longer than the page's own renewal takes
_PARTS = ("wish", "row", "picture", "screen")

# Resolves with Unix times, ms: of the release of the pointer, and of the frame after both picture and number are new.
_ARM = """() => {
  const text = () => document.querySelector('.progress-facts').textContent
  const step = () => Number(/step ([\\d,]+) of/.exec(text())[1].replaceAll(',', ''))
  const pictured = () => Number(stopwatch.within(document, '.timelapse').dataset.version.split('-').at(-1))
  const before = step()
  const frame = () => new Promise(resolve => requestAnimationFrame(resolve))
  window.answered = new Promise(resolve => window.addEventListener('pointerup', async event => {
    while (step() !== before + 1 || pictured() !== before + 1) await frame()
    await frame()
    await frame()
    resolve([performance.timeOrigin + event.timeStamp, performance.timeOrigin + performance.now(), before + 1])
  }, { capture: true, once: true }))
}"""


@contextmanager
def paused(tree: Path, server: Server, preset: str, source: str) -> Iterator[Run]:
    """A training by the code of a checkout, paused after some steps, until the block ends."""
    command = [sys.executable, "-m", "explorer", "train", "--preset", preset, "--source", source, "--background"]
    environment = {**os.environ, "VAE_EXPLORER_RUNS": str(server.runs), "OMP_WAIT_POLICY": "PASSIVE"}
    with subprocess.Popen(
        command, cwd=tree, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        found = wait(lambda: [path for path in server.runs.glob("[0-9]*") if Run(path).status().step >= 5])
        run = Run(found[0])
        run.update_control(paused=True)
        wait(lambda: run.status().state == "paused")
        yield run
        run.update_control(stop=True)
        process.wait(_PATIENCE_S)


def wait(seen: Any) -> Any:
    """What `seen` says once it says anything."""
    until = time.monotonic() + _PATIENCE_S
    while not (found := seen()):
        if time.monotonic() > until:
            raise RuntimeError("the training does not answer")
        time.sleep(0.05)
    return found


def step(page: Page, run: Run) -> dict[str, float]:
    """One click: ms from it to each of `_PARTS`."""
    page.evaluate(_ARM)
    page.get_by_role("button", name="Step", exact=True).click()
    clicked, shown, number = page.evaluate("() => answered")
    (row,) = (row for row in run.metrics().train if row.step == number)
    at = {
        "wish": (run.path / "control.json").stat().st_mtime * 1000,
        "row": row.time * 1000,
        "picture": run.preview_path(number).stat().st_mtime * 1000,
        "screen": shown,
    }
    return {name: at[name] - clicked for name in _PARTS}


def opened(browser: Browser, stack: ExitStack, server: Server, run: Run) -> Page:
    page = stack.enter_context(measure.tab(browser))
    page.goto(f"{server.url}/train?run={run.path.name}", timeout=_PATIENCE_S * 1000)
    page.get_by_text("paused", exact=True).first.wait_for(timeout=_PATIENCE_S * 1000)
    chromium.wait_settled(page, _PATIENCE_S)
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=12, help="clicks (default 12)")
    parser.add_argument("--preset", choices=PRESETS, default="quick", help="what is trained (default quick)")
    parser.add_argument("--before", type=Path, metavar="TREE", help="another checkout, to compare with")
    options = parser.parse_args()
    trees = {"before": options.before.resolve()} if options.before else {}
    trees["now"] = PROJECT
    source = "cifar10" if SOURCES["cifar10"].found() else "photos"
    environment = {cifar10.ENVIRONMENT_VARIABLE: os.environ.get(cifar10.ENVIRONMENT_VARIABLE, str(PROJECT / "data"))}
    os.environ |= environment
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        browser = chromium.launch(playwright)
        result: dict[str, Any] = {"benchmark": "step", **measure.surroundings(browser), "n": options.n}
        result |= {"preset": options.preset, "source": source}
        sides: dict[str, tuple[Page, Run]] = {}
        for name, tree in trees.items():
            server = stack.enter_context(serve(Path(folder, name), tree / "streamlit_app.py", environment))
            server.wait_until_healthy()
            run = stack.enter_context(paused(tree, server, options.preset, source))
            sides[name] = opened(browser, stack, server, run), run
        times: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
        for i in range(-1, options.n):  # the first does not count
            for name, (page, run) in sides.items():
                took = step(page, run)
                times[name] += [took] * (i >= 0)
                print(f"{name}: {json.dumps({part: round(ms) for part, ms in took.items()})}", flush=True)
                page.wait_for_timeout(_BREATH_S * 1000)
        for name, all_of in times.items():
            screen = [took["screen"] for took in all_of]
            result[name] = {
                "median_ms": round(statistics.median(screen)),
                "worst_ms": round(max(screen)),
                "median_ms_to": {part: round(statistics.median(took[part] for took in all_of)) for part in _PARTS},
            }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

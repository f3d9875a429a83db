"""How smoothly the map of a latent moves, in Chromium without a GPU: frames a second while it is used.

    python -m tests.benchmarks.latent_map [--seconds 3]

A page of its own (latent_map_page.py) shows 2,000 and 10,000 made-up images at every beta, on the app's own server. A
mouse pans, zooms, walks with the cross-hair, and drags beta. One JSON object is the last line: of each count and
gesture "p50" and "p5", frames a second from the median and the 95th percentile of the time between two frames in which
the map was drawn, and "script_ms", the median of what drawing one took.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests import chromium
from tests.benchmarks import measure
from tests.server import PROJECT, serve

COUNTS = (2_000, 10_000)
_PAGE = Path(__file__).parent / "latent_map_page.py"
# The map asks for a frame when there is something to draw: how far such frames are apart, and how long they take.
_COUNT = """() => {
  const counted = { gaps: [], work: [] }
  const request = window.requestAnimationFrame
  let last
  window.requestAnimationFrame = draw => request(now => {
    if (last !== undefined && now > last) counted.gaps.push(now - last)
    last = now
    const start = performance.now()
    draw(now)
    counted.work.push(performance.now() - start)
  })
  window.stopCounting = () => ((window.requestAnimationFrame = request), counted)
}"""

_ROLL = """(pane, [deltaY, clientX, clientY]) => {
  const turned = { deltaY, clientX, clientY, bubbles: true, cancelable: true, composed: true }
  pane.dispatchEvent(new WheelEvent('wheel', turned))
}"""


def timed(page: Page, seconds: float, move: Callable[[float], None]) -> dict[str, float]:
    """Frames while `move` is called with 0..1, there and back, as often as the browser takes it."""
    page.evaluate(_COUNT)
    start = time.perf_counter()
    while (passed := (time.perf_counter() - start) / seconds) < 1:
        move((1 - math.cos(4 * math.pi * passed)) / 2)
    counted = page.evaluate("() => stopCounting()")
    gaps = counted["gaps"]
    return {
        "frames": len(gaps),
        "p50": round(1000 / measure.percentile(gaps, 50), 1),
        "p5": round(1000 / measure.percentile(gaps, 95), 1),
        "script_ms": round(measure.percentile(counted["work"], 50), 2),
    }


def gestures(browser: Browser, url: str, seconds: float) -> dict[str, Any]:
    """Each of them on a map of its own."""
    result: dict[str, Any] = {}
    with measure.tab(browser) as page:
        page.goto(url)
        page.locator(".latent-map[data-drawn]").wait_for(timeout=120_000)
        pane = measure.box(page.locator(".main .pane"))
        middle = (pane["x"] + pane["width"] / 2, pane["y"] + pane["height"] / 2)
        mouse, all_of_it = page.mouse, page.get_by_role("button", name="Back to the whole map")
        page.wait_for_load_state("networkidle")

        def at(share: float) -> tuple[float, float]:
            return middle[0] + 200 * (share - 0.5), middle[1] + 120 * (share - 0.5)

        for gesture, mode in (("pan", "Move"), ("walk", "Walk"), ("lasso", "Lasso")):
            page.get_by_role("button", name=mode, exact=True).click()
            mouse.move(*at(0.1))
            mouse.down()
            result[gesture] = timed(page, seconds, lambda share: mouse.move(*at(share)))
            mouse.up()
            all_of_it.click()
        page.get_by_role("button", name="Move", exact=True).click()
        mouse.move(*at(0.1))
        mouse.move(*at(0.11))
        before = [0.0]

        def roll(share: float) -> None:
            """Not by the mouse: that waits for a frame and another between two turns of its wheel."""
            page.locator(".main .pane").evaluate(_ROLL, [2500 * (before[0] - share), *at(0.11)])
            before[0] = share

        result["zoom"] = timed(page, seconds, roll)
        all_of_it.click()
        slider = measure.box(page.get_by_role("slider", name="Beta"))
        y = slider["y"] + slider["height"] / 2
        mouse.move(slider["x"] + slider["width"] / 2, y)
        mouse.down()
        result["beta"] = timed(page, seconds, lambda share: mouse.move(slider["x"] + slider["width"] * share, y))
        mouse.up()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each gesture (default 3)")
    seconds = parser.parse_args().seconds
    environment = {"PYTHONPATH": os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])}
    with (
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder), _PAGE, environment) as app,
    ):
        app.wait_until_healthy()
        browser = chromium.launch(playwright)
        result: dict[str, Any] = {"benchmark": "latent_map", **measure.surroundings(browser), "seconds": seconds}
        for count in COUNTS:
            result[str(count)] = gestures(browser, f"{app.url}/?n={count}", seconds)
            print(f"{count}: {json.dumps(result[str(count)])}", flush=True)
        browser.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()

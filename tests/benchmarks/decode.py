"""Decoded at the speed of the hand: from a move of the mouse to the pixel in Chromium, and 30 people who drag at once.

    python -m tests.benchmarks.decode [--seconds 20] [--hands 29] [--model cifar10-beta-1e-3]

A real server, and beside it a training. One person walks with the mouse on the map of Latents, and each move asks for
the picture of another latent: first alone, then beside the training, then with `--hands` others, which are websockets
without browsers in a process of their own (`tests.benchmarks.hands`); meanwhile a viewer without a browser
(`tests.benchmarks.viewers`) moves sliders and turns pages. All of that is on one machine: the hands' own process and
the browser take part of what the server would have of it.

From a move to the pixel: from the time that the browser gives the event to the end of the frame that shows the picture.
It hands events to pages once a frame, and shows what they draw in the next: 17 to 33 ms, however quick the answer.
Pictures a second: frames that showed another one; where they are as few as the moves that the page heard of, neither
line nor server was slow, but the mouse, which is led from here, or the page's own drawing.

The last line is a JSON object. Goals, on two cores: `one` (beside the training) 60 pictures a second and p95 33 ms;
`least` of the hands 15 pictures a second; `click_p95_s` 0.5.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from explorer import models
from tests import chromium
from tests.benchmarks import crowd, hands, measure, viewers
from tests.server import PROJECT, Server, serve

_MOUSE_HZ = 125  # of an ordinary mouse
_PLACES = "compare,beta,interpolate"  # where the viewer without a browser goes
_THINK_S = 1.0
_SETTLE_S = 180.0
# What goes over the line and comes, of any component that asks: when the pointer moved that led to a question, and when
# the frame was over that shows the answer.
_WATCH = """() => {
  const line = explorerLive
  const [send, see] = [line.send.bind(line), line.see.bind(line)]
  const serial = bytes => JSON.parse(new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(10)))).serial
  const asked = new Map() // serial -> {moved, at}, when
  let moved, drawn, known, moves = 0, frames = 0, shown = 0, pixels_ms = [], answers_ms = [], start
  addEventListener("pointermove", event => ((moved = event.timeStamp), (moves += 1)), true)
  line.send = message => {
    if (message.byteLength) asked.set(serial(message), { moved, at: performance.now() })
    return send(message)
  }
  line.see = bytes => {
    see(bytes) // the component draws
    drawn = asked.get(serial(bytes))
    answers_ms.push(performance.now() - drawn.at)
  }
  const after = new MessageChannel() // a message that is sent in a frame arrives when it has been painted
  after.port1.onmessage = ({ data }) => pixels_ms.push(performance.now() - data)
  const tick = () => {
    frames += 1
    if (drawn !== known) {
      known = drawn
      shown += 1
      after.port2.postMessage(known.moved)
    }
    requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
  window.begin = () => { [moves, frames, shown, pixels_ms, answers_ms, start] = [0, 0, 0, [], [], performance.now()] }
  window.found = () => {
    const seconds = (performance.now() - start) / 1000
    const [fps, moves_a_second, pictures_a_second] = [frames, moves, shown].map(count => count / seconds)
    return { fps, moves_a_second, pictures_a_second, pixels_ms, answers_ms }
  }
}"""


def drag(page: Page, seconds: float) -> dict[str, Any]:
    """What came of walking round and round on the map; a second of it goes before."""
    pane = measure.box(page.locator(".main .pane"))
    x, y = pane["x"] + pane["width"] / 2, pane["y"] + pane["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    start, moves, counting = time.perf_counter(), 0, False
    while (passed := time.perf_counter() - start) < seconds + 1:
        if not counting and passed > 1:
            page.evaluate("begin()")
            counting = True
        turn = passed * 2
        page.mouse.move(x + pane["width"] / 3 * math.sin(turn), y + pane["height"] / 3 * math.sin(1.3 * turn))
        moves = max(moves + 1, int(passed * _MOUSE_HZ))
        time.sleep(max(0.0, start + moves / _MOUSE_HZ - time.perf_counter()))
    found = page.evaluate("found()")
    page.mouse.up()
    pixels, answers = (found.pop(f"{name}_ms") for name in ("pixels", "answers"))
    return {name: round(value, 1) for name, value in found.items()} | {
        "move_to_pixel": percentiles(pixels),
        "ask_to_answer": percentiles(answers),
    }


def percentiles(ms: list[float]) -> dict[str, float]:
    return {f"p{percent}_ms": round(measure.percentile(ms, percent), 1) for percent in (50, 95)}


def ready(page: Page, app: Server, model: str) -> None:
    """The map of a model, to be walked on."""
    page.goto(f"{app.url}/latents?model={model}", timeout=_SETTLE_S * 1000)
    page.locator(".latent-map[data-drawn]").wait_for(timeout=_SETTLE_S * 1000)
    chromium.wait_settled(page, _SETTLE_S)
    page.get_by_role("button", name="Walk", exact=True).click()
    page.evaluate(_WATCH)


def many(page: Page, app: Server, options: argparse.Namespace) -> dict[str, Any]:
    """The browser's drag beside other hands, and a viewer who clicks elsewhere."""
    seconds = options.seconds + 2
    dragging = [sys.executable, "-m", hands.__name__, app.url, "--hands", str(options.hands), "--model", options.model]
    clicking = [sys.executable, "-m", viewers.__name__, app.url, "--viewers", "1", "--ramp", "0", "--pages", _PLACES]
    clicking += ["--think", str(_THINK_S), "--seconds", str(seconds)]
    started = [
        subprocess.Popen([*command, *more], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        for command, more in ((dragging, ("--seconds", str(seconds))), (clicking, ()))
    ]
    for process, word in zip(started, (hands.ALL_DRAG, viewers.ALL_ARE_IN), strict=True):
        assert process.stdout
        if process.stdout.readline().strip() != word:
            raise RuntimeError("they did not come")
    found: dict[str, Any] = {"browser": drag(page, options.seconds)}
    for name, process in zip(("hands", "clicks"), started, strict=True):
        *_, last = process.communicate()[0].strip().splitlines()
        found[name] = json.loads(last)
    return found


def measured(browser: Browser, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """All of it, one after the other."""
    result: dict[str, Any] = {}

    def say(name: str, found: dict[str, Any]) -> None:
        result[name] = found
        print(f"{name}: {json.dumps(found)}", flush=True)

    with serve(folder) as app, measure.tab(browser) as page:
        app.wait_until_healthy()
        crowd.see_once(app, "", *_PLACES.split(","))
        ready(page, app, options.model)
        say("alone", drag(page, options.seconds))
        with crowd.training(PROJECT, app) as run:
            say("training_alone", crowd.alone(app, run, options.seconds))
            for name, one in (("one", lambda: drag(page, options.seconds)), ("many", lambda: many(page, app, options))):
                meter = crowd.Meter(run, app.pid)
                say(name, one() | meter.read())
    return {
        "one_pictures_a_second": result["one"]["pictures_a_second"],
        "one_p95_ms": result["one"]["move_to_pixel"]["p95_ms"],
        "least_of_many": min(
            result["many"]["hands"]["pictures_a_second"]["least"], result["many"]["browser"]["pictures_a_second"]
        ),
        "click_p95_s": result["many"]["clicks"]["p95_s"],
        "parts": result,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="of each drag (default 20)")
    parser.add_argument("--hands", type=int, default=29, help="beside the browser's (default 29)")
    parser.add_argument("--model", default=models.DEFAULT)
    options = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = chromium.launch(playwright)
        result: dict[str, Any] = {"benchmark": "decode", **measure.surroundings(browser), "n": options.hands + 1}
        result |= {"seconds": options.seconds, "model": options.model}
        result |= measured(browser, Path(folder), options)
        browser.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()

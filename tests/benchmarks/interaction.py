"""From the release of a slider, or a click, to the new picture in Chromium; frames of a drag; memory over many reruns.

    python -m tests.benchmarks.interaction [--actions 40] [--reruns 2000] [--only-shelf]

Of Beta, whose pictures come from the server once and then follow the slider in the browser, also: from the release of
the slider to the exact frame, and from a click to all frames of other images.

The app's pages and a bare Streamlit page (one slider, one picture) take turns, in rounds, on servers that run side by
side: first with nothing else going on, then while a model trains (and the steps that it gets to are counted, so that
a training that stood still is seen). The ratios are those of the slowest of the app's pages. Then Compare takes turns
with itself on a server that has a shelf of kept runs, all of them models, each with a long log.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from explorer import checkpoints, nets, runs
from explorer.config import TrainConfig
from explorer.nets import BETA_STOPS
from explorer.runs import Run, Status
from explorer.runs.rows import Full, Subset, Train
from explorer.training import process
from tests import chromium
from tests.benchmarks import measure
from tests.rows import measured
from tests.server import Server, serve

_ROUNDS = 4
_DRAG_S = 3.0
_SAMPLES = 40
_SETTLE_S = 180.0  # a first view beside a training on a slow machine; not part of any timing
_MORPH_SLIDER, _BETA_SLIDER = (f'.{name} input[type="range"]' for name in ("morph", "tradeoff"))
_BETA_STOPS = len(BETA_STOPS)
_SHELF, _SHELF_ROWS = 40, 4000  # kept runs, and rows in the log of each: some hours of training
_STRIDE = 37  # stops from one drag to the next, and round again: prime, so it never ends where it began


@dataclass(frozen=True)
class Action:
    """Something that changes a picture.

    Parameters
    ----------
    picture : str
        Selector of the picture that shall change.
    do : callable
        (page) -> None: does it, and ends with the release of the mouse.
    """

    picture: str
    do: Callable[[Page], None]


@dataclass(frozen=True)
class Target:
    """A page, and what is done on it in turn."""

    url: str
    actions: tuple[Action, ...]


def drag_slider(page: Page) -> None:
    """To another stop of the first slider, near and far in turn."""
    slider = page.get_by_test_id("stSlider").first
    now, low, high = slider.locator("input").evaluate("input => [input.value, input.min, input.max].map(Number)")
    measure.drag(page, slider, (now - low + _STRIDE) % (high - low + 1) / (high - low))


def drag_beta(page: Page) -> None:
    """To another stop of Beta's slider, near and far in turn."""
    slider = page.locator(_BETA_SLIDER)
    stop = round(float(slider.input_value()) * (_BETA_STOPS - 1))
    measure.drag_range(page, slider, (stop + _STRIDE) % _BETA_STOPS / (_BETA_STOPS - 1))


def next_seed(page: Page) -> None:
    page.get_by_test_id("stNumberInputStepUp").first.click()


def shuffle(page: Page) -> None:
    page.get_by_role("button", name="Shuffle").click()


def named(picture: str) -> str:
    return f'[data-picture="{picture}"]'


def targets(app: Server, bare: Server) -> dict[str, Target]:
    return {
        "bare": Target(bare.url, (Action(measure.BARE_PICTURE, drag_slider),)),
        "compare": Target(f"{app.url}/compare?split=validation", (Action(named("reconstructions"), next_seed),)),
        "interpolate": Target(
            f"{app.url}/interpolate",
            (Action(named("morph"), shuffle), Action(named("interpolation"), drag_slider)),
        ),
        "beta": Target(f"{app.url}/beta", (Action(named("tradeoff-frame"), drag_beta),)),
    }


@contextmanager
def opened(browser: Browser, target: Target) -> Iterator[Page]:
    """A tab on the target, settled, after two actions that don't count."""
    with measure.tab(browser) as page:
        page.goto(target.url, timeout=_SETTLE_S * 1000)
        chromium.wait_settled(page, _SETTLE_S)
        for i in (-2, -1):
            act(page, target, i)
        yield page


def act(page: Page, target: Target, i: int) -> float:
    """Milliseconds from the release of the mouse to the new picture."""
    action = target.actions[i % len(target.actions)]
    page.evaluate("selector => stopwatch.arm(selector)", action.picture)
    action.do(page)
    return page.evaluate("() => elapsed")


def answer_times(browser: Browser, all_targets: dict[str, Target], actions: int) -> dict[str, dict[str, float]]:
    """p50 and p95, ms, of `actions` actions on each target."""
    times: dict[str, list[float]] = {name: [] for name in all_targets}
    for turn in range(_ROUNDS):
        for name, target in all_targets.items():
            done, until = len(times[name]), actions * (turn + 1) // _ROUNDS
            with opened(browser, target) as page:
                for i in range(done, until):
                    times[name].append(act(page, target, i))
                    page.wait_for_timeout(100)  # a person's pause; the servers have swept up
    return {name: {f"p{p}_ms": round(measure.percentile(ms, p), 1) for p in (50, 95)} for name, ms in times.items()}


def slowest_ratio(times: dict[str, dict[str, float]]) -> float:
    """The slowest page's p95 over the bare page's."""
    return round(max(t["p95_ms"] for name, t in times.items() if name != "bare") / times["bare"]["p95_ms"], 3)


@contextmanager
def training(root: Path) -> Iterator[Run]:
    """A real training on photographs, in full swing, until the block ends."""
    os.environ["VAE_EXPLORER_RUNS"] = str(root)
    run = process.start(TrainConfig(source="photos", epochs=1000), "Benchmark")
    deadline = time.time() + _SETTLE_S
    while (status := run.status()).step < 20:
        if not status.active or time.time() > deadline:
            raise RuntimeError(f"the training did not start: {status}")
        time.sleep(0.2)
    yield run
    run.update_control(stop=True)
    while run.status().active:
        time.sleep(0.2)


def drag_frames(browser: Browser, url: str, slider_selector: str) -> dict[str, float]:
    """Frames a second while the mouse drags a slider to and fro: all, and those that drew on a canvas."""
    with measure.tab(browser) as page:
        page.goto(url, timeout=_SETTLE_S * 1000)
        slider = page.locator(slider_selector)
        slider.wait_for(timeout=_SETTLE_S * 1000)
        chromium.wait_settled(page, _SETTLE_S)
        slider.scroll_into_view_if_needed()
        track, margin = measure.box(slider), 12
        y, left, width = track["y"] + track["height"] / 2, track["x"] + margin, track["width"] - 2 * margin
        page.mouse.move(left, y)
        page.mouse.down()
        page.evaluate("() => stopwatch.countFrames()")
        start = time.perf_counter()
        while (passed := time.perf_counter() - start) < _DRAG_S:
            there_and_back = 1 - abs(1 - passed / _DRAG_S * 2)
            page.mouse.move(left + there_and_back * width, y)
        counted = page.evaluate("() => stopCounting()")
        page.mouse.up()
    return {name: round(value, 1) for name, value in counted.items()}


def fill_shelf(root: Path, count: int = _SHELF, rows: int = _SHELF_ROWS) -> None:
    """Finished runs as training leaves them: settings, weights, a log, its summary and a checkpoint every 500 rows."""
    os.environ["VAE_EXPLORER_RUNS"] = str(root)
    config = TrainConfig(source="photos", latent_dim=8)
    log = "".join(
        json.dumps(measured(Full if i % 500 == 0 else Subset if i % 9 == 0 else Train, i, 1 / (9 + i)).to_json()) + "\n"
        for i in range(1, rows + 1)
    )
    net = nets.build(config.family, config.latent_dim)
    kept = {"family": config.family, "latent_dim": config.latent_dim, "beta": config.beta}
    weights = root / "weights.safetensors"
    for i in range(count):
        run = runs.create(config, f"Kept {i}")
        if not i:
            checkpoints.save_weights(weights, net, kept | {"step": rows})
        for step in range(500, rows + 1, 500):
            run.weights_path(step).parent.mkdir()
            os.link(weights, run.weights_path(step))
        (run.path / "metrics.jsonl").write_text(log)
        run.write_summary(run.summarised())
        run.write_status(Status("finished", step=rows, total_steps=rows))


def beta_page(browser: Browser, app: Server, actions: int) -> dict[str, Any]:
    """Of Beta alone: the drag, and the ms from a click to the frames of images that were not seen before."""
    other_images = Target(f"{app.url}/beta", (Action(named("tradeoff"), shuffle),))
    with opened(browser, other_images) as page:
        times = [act(page, other_images, i) for i in range(actions)]
    return {
        "drag": drag_frames(browser, f"{app.url}/beta", _BETA_SLIDER),
        "other_images": {f"p{p}_ms": round(measure.percentile(times, p), 1) for p in (50, 95)},
    }


def memory(browser: Browser, app: Server, target: Target, reruns: int) -> dict[str, Any]:
    """The server's resident memory over `reruns` actions, MiB, and how it rises over the second half of them."""
    server, every = psutil.Process(app.pid), max(1, reruns // _SAMPLES)
    done, mib = [0], []
    with opened(browser, target) as page:
        mib.append(server.memory_info().rss / 2**20)
        for i in range(reruns):
            act(page, target, i)
            if (i + 1) % every == 0:
                done.append(i + 1)
                mib.append(server.memory_info().rss / 2**20)
    half = len(done) // 2
    slope = statistics.linear_regression(done[half:], mib[half:]).slope
    return {
        "reruns": reruns,
        "rss_mib": {"first": round(mib[0], 1), "last": round(mib[-1], 1), "max": round(max(mib), 1)},
        "rss_mib_all": [round(value, 1) for value in mib],
        "second_half_mib_per_1000_reruns": round(slope * 1000, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--actions", type=int, default=40, help="actions on each page and in each state (default 40)")
    parser.add_argument("--reruns", type=int, default=2000, help="reruns over which memory is watched (default 2000)")
    parser.add_argument("--only-shelf", action="store_true", help="only Compare with and without kept runs")
    options = parser.parse_args()
    with (
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder, "app")) as app,
        serve(Path(folder, "full")) as full,
        measure.bare_page(Path(folder, "bare")) as bare,
    ):
        fill_shelf(full.runs)
        for server in (app, full, bare):
            server.wait_until_healthy()
        browser = chromium.launch(playwright)
        result: dict[str, Any] = {"benchmark": "interaction", **measure.surroundings(browser), "n": options.actions}
        sides = {name: targets(server, bare)["compare"] for name, server in (("empty", app), ("shelf", full))}
        result["shelf"] = answer_times(browser, sides, options.actions)
        result["shelf_p95_ratio"] = round(result["shelf"]["shelf"]["p95_ms"] / result["shelf"]["empty"]["p95_ms"], 3)
        print(f"shelf: {json.dumps(result['shelf'])}", flush=True)
        if not options.only_shelf:
            result |= pages(browser, app, bare, options.actions, options.reruns)
        browser.close()
    print(json.dumps(result))


def pages(browser: Browser, app: Server, bare: Server, actions: int, reruns: int) -> dict[str, Any]:
    """All pages beside the bare one: idle, dragged, beside a training, and over many reruns."""
    result: dict[str, Any] = {}
    all_targets = targets(app, bare)
    result["idle"] = answer_times(browser, all_targets, actions)
    print(f"idle: {json.dumps(result['idle'])}", flush=True)
    result["drag"] = drag_frames(browser, f"{app.url}/interpolate", _MORPH_SLIDER)
    print(f"drag: {json.dumps(result['drag'])}", flush=True)
    result["beta"] = beta_page(browser, app, actions)
    print(f"beta: {json.dumps(result['beta'])}", flush=True)
    with training(app.runs) as run:
        step, start = run.status().step, time.time()
        result["training"] = answer_times(browser, all_targets, actions)
        result["training_steps_per_s"] = round((run.status().step - step) / (time.time() - start), 2)
    print(f"training: {json.dumps(result['training'])}", flush=True)
    result["memory"] = memory(browser, app, all_targets["compare"], reruns)
    result["idle_p95_ratio"] = slowest_ratio(result["idle"])
    result["training_p95_ratio"] = slowest_ratio(result["training"])
    result["drag_fps"] = result["drag"]["fps"]
    return result


if __name__ == "__main__":
    main()

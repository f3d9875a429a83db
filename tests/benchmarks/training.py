"""Our training loop beside the seed notebook's, on the whole of CIFAR-10's training images in data/.

    python -m tests.benchmarks.training [--rounds 4] [--steps 60] [--epochs 10] [--only throughput quality watched]

Throughput: images/s of both loops in turn with the notebook's net and optimiser, at its batch of 32 and at 128; and
which share of the machine's own matrix-product rate, in the same precision, the steps reach. Time to quality: the
notebook's loop trains for so many epochs, then presets until their validation totals are as low as its lowest: the one
with the notebook's layers; and for the best net of any kind Quick look in several lengths, and Standard. All on the
whole validation split, and all that goes on counts: preparation, data, validation, previews, checkpoints. Watched:
steps a second of a background training while a browser has its page open, and while none has, in turn; when its first
picture came, and the longest wait for another.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import tempfile
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import sync_playwright

from explorer import runs
from explorer.config import TrainConfig
from explorer.data import load_image_set
from explorer.data.imageset import ImageSet
from explorer.presets import PRESETS
from explorer.runs import Run
from explorer.training import process
from explorer.training.loop import run_training
from tests import chromium
from tests.benchmarks.notebook import NotebookLoop
from tests.server import serve

PARTS = ("watched", "throughput", "quality")
FLOP_AN_IMAGE = 277e6  # forward and backward of the notebook's net
_MATRIX = 2048
_OUR_BATCH = 128
_QUICK_STEPS = (50, 100, 200)
_WATCHED_S = 15.0


def matrix_rate(precision: str) -> float:
    """FLOP/s of a matrix product in "float32" or "bfloat16", the best of several."""
    a, b = torch.rand(2, _MATRIX, _MATRIX).to(getattr(torch, precision))
    times = []
    for _ in range(6):
        start = time.perf_counter()
        torch.mm(a, b)
        times.append(time.perf_counter() - start)
    return 2 * _MATRIX**3 / min(times)


def our_rate(config: TrainConfig, steps: int, root: Path) -> tuple[float, str]:
    """Images/s of a real run, from its first log row to its last: all that goes on counts; and its precision."""
    run = runs.create(replace(config, max_steps=steps), "Benchmark", root / f"{time.monotonic_ns()}")
    run_training(run, run.status())
    rows = run.metrics().train
    rate = (rows[-1].step - rows[0].step) * config.batch_size / (rows[-1].time - rows[0].time)
    return rate, run.environment["precision"]


def throughput(images: ImageSet, rounds: int, steps: int, root: Path) -> dict[str, Any]:
    """Medians of both loops over rounds in which they take turns."""
    notebook = NotebookLoop(images)
    ours = {
        f"ours_batch_{size}": replace(on_cifar10("notebook"), precision="auto", batch_size=size)
        for size in (notebook.settings.batch_size, _OUR_BATCH)
    } | {"convolutional": on_cifar10("convolutional")}
    found: dict[str, list[float]] = {name: [] for name in ("notebook", *ours, "matrix")}
    for _ in range(rounds):
        stepping = notebook.steps()
        next(stepping)  # a loader's first batch makes its order
        start = time.perf_counter()
        for _ in range(steps):
            next(stepping)
        found["notebook"].append(steps * notebook.settings.batch_size / (time.perf_counter() - start))
        for name, config in ours.items():
            rate, precision = our_rate(config, steps, root)
            found[name].append(rate)
        found["matrix"].append(matrix_rate(precision))
    median = {name: statistics.median(values) for name, values in found.items()}
    best = max(median["ours_batch_32"], median[f"ours_batch_{_OUR_BATCH}"])
    return {
        "images_per_s": {name: round(median[name], 1) for name in ("notebook", *ours)},
        "precision": precision,
        "throughput_ratio_batch_32": round(median["ours_batch_32"] / median["notebook"], 3),
        "throughput_ratio": round(best / median["notebook"], 3),
        "matrix_gflop_per_s": round(median["matrix"] / 1e9, 1),
        "share_of_matrix_rate": round(best * FLOP_AN_IMAGE / median["matrix"], 3),
        "rounds": rounds,
    }


def on_cifar10(preset: str, **changes: Any) -> TrainConfig:
    """A preset's settings on CIFAR-10 in data/, with some changed."""
    return PRESETS[preset].with_(source="cifar10", data_path=str(Path("data").resolve()), **changes)


def time_to_quality(images: ImageSet, epochs: int, root: Path) -> dict[str, Any]:
    """Seconds of the notebook's loop for `epochs`, and of each preset to its lowest validation total."""
    notebook, totals = NotebookLoop(images), []
    start = time.perf_counter()
    for epoch in range(epochs):
        for _ in notebook.steps():
            pass
        totals.append(notebook.validate())
        print(f"notebook, epoch {epoch + 1}: {totals[-1]:.5f}, {time.perf_counter() - start:.0f} s", flush=True)
    notebook_s = time.perf_counter() - start
    target = min(total for total in totals if total == total)  # NaN is none
    tried = {"convolutional": on_cifar10("convolutional"), "standard": on_cifar10("standard")} | {
        f"quick, {steps} steps": on_cifar10("quick", max_steps=steps) for steps in _QUICK_STEPS
    }
    found = {name: until(target, config, root / name) for name, config in tried.items()}
    ratios = {name: round(notebook_s / reached["s"], 2) for name, reached in found.items() if reached["s"]}
    return {
        "notebook_s": round(notebook_s, 1),
        "notebook_totals": [round(total, 5) if total == total else None for total in totals],
        "target": round(target, 5),
        "presets": found,
        "ratios": dict(ratios),
        "time_to_quality_ratio": ratios.pop("convolutional", None),
        "time_to_quality_ratio_best": max(ratios.values(), default=None),
    }


def until(target: float, config: TrainConfig, folder: Path) -> dict[str, Any]:
    """Train until the validation total is as low as the target: seconds (None if never), and all totals."""
    run = runs.create(config, "Benchmark", folder)

    def reached() -> bool:
        return any(row.total <= target for row in run.metrics().full[-1:])

    start = time.time()
    run_training(run, run.status(), stop_asked=reached)
    full = run.metrics().full
    hits = [round(row.time - start, 1) for row in full if row.total <= target]
    return {
        "s": hits[0] if hits else None,
        "totals": [[round(row.time - start, 1), round(row.total, 5)] for row in full],
    }


def watched(rounds: int, root: Path) -> dict[str, Any]:
    """Images/s of a run that the app started, with its page open in a browser and without."""
    found: dict[str, list[float]] = {"alone": [], "page_open": []}
    with sync_playwright() as playwright, serve(root) as app:
        app.wait_until_healthy()
        os.environ["VAE_EXPLORER_RUNS"] = str(app.runs)
        asked = time.time()
        run = process.start(replace(on_cifar10("quick"), max_steps=1_000_000), "Benchmark")
        while run.status().step < 20:
            if not run.status().active:
                raise RuntimeError(f"the run ended: {run.status().error}")
            time.sleep(0.1)
        browser = chromium.launch(playwright)
        for _ in range(rounds):
            found["alone"].append(rate(run))
            page = browser.new_page()
            page.goto(f"{app.url}/train?run={run.id}")
            chromium.wait_settled(page, 120)
            found["page_open"].append(rate(run))
            page.close()
        browser.close()
        run.update_control(stop=True)
        while run.status().active:
            time.sleep(0.1)
        began = min(row.time for row in run.metrics().rows)
        pictures = sorted(path.stat().st_mtime for path in (run.path / "previews").glob("*.png"))
    alone, page_open = (statistics.median(rates) for rates in found.values())
    return {
        "watched_images_per_s": {"alone": round(alone, 1), "page_open": round(page_open, 1)},
        "watched_ratio": round(page_open / alone, 3),
        "pictures": {
            "first_s_after_asking": round(pictures[0] - asked, 2),
            "second_s_after_first_log": round(pictures[1] - began, 2),
            "longest_wait_s": round(max(later - earlier for earlier, later in pairwise(pictures)), 2),
        },
    }


def rate(run: Run) -> float:
    """Images/s of a run in progress over the next seconds."""
    begun = run.status()
    time.sleep(_WATCHED_S)
    ended = run.status()
    return (ended.step - begun.step) * run.config.batch_size / (ended.heartbeat - begun.heartbeat)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=4, help="turns of both loops (default 4)")
    parser.add_argument("--steps", type=int, default=60, help="steps a turn (default 60)")
    parser.add_argument("--epochs", type=int, default=10, help="of the notebook's loop (default 10)")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="some of the parts")
    options = parser.parse_args()
    images = load_image_set("cifar10", "data")
    result: dict[str, Any] = {
        "benchmark": "training",
        "machine": {"system": platform.platform(), "cores": os.cpu_count(), "load_average": os.getloadavg()},
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "threads": torch.get_num_threads(),
        "images": images.digest[:12],
    }
    with tempfile.TemporaryDirectory() as folder:
        if "watched" in options.only:
            result |= watched(options.rounds, Path(folder, "app"))
            print(json.dumps(result), flush=True)
        if "throughput" in options.only:
            result |= throughput(images, options.rounds, options.steps, Path(folder))
            print(json.dumps(result), flush=True)
        if "quality" in options.only:
            result |= time_to_quality(images, options.epochs, Path(folder))
    result["peak_memory_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    print(json.dumps(result))


if __name__ == "__main__":
    main()

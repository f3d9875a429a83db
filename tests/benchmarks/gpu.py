"""What a GPU makes of training: images/s of presets, and the seed notebook's loop, its 100 epochs among them.

    python -m tests.benchmarks.gpu [--only notebook presets epochs] [--presets standard ...] [--epochs 100]

On CIFAR-10 in data/. Presets: images/s of real runs, in float32 and bfloat16, between their 60th step and their last.
Notebook: images/s of its loop as it is; with its terms compiled (`torch.compile`); and with the whole of its step
recorded once and played back (a CUDA graph), images waiting on the card. Epochs: so many of the latter, with the
validation total after each, of all 10,000 images.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import nn

from explorer.config import TrainConfig
from explorer.data import load_image_set
from explorer.data.imageset import ImageSet
from explorer.presets import PRESETS
from explorer.training import process
from explorer.training.loop import run_training
from explorer.training.setup import Training
from tests.benchmarks.notebook import NotebookLoop

PARTS = ("notebook", "presets", "epochs")
STEPPED = [key for key, preset in PRESETS.items() if not preset.settings.closed_form]
_STEPS, _SKIPPED = 160, 60  # of a preset; the first choose kernels and take memory
_NOTEBOOK_STEPS, _NOTEBOOK_SKIPPED = 1_000, 200


class GraphedNotebook(NotebookLoop):
    """The same steps, each one recorded launch: which images is all that it is told."""

    def __init__(self, images: ImageSet) -> None:
        super().__init__(images, "cuda")
        settings = self.settings
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), settings.learning_rate, weight_decay=settings.weight_decay, capturable=True
        )
        self._pixels = torch.from_numpy(images.images[images.indices("train")]).cuda().float() / 255
        self._which = torch.zeros(settings.batch_size, dtype=torch.int64, device="cuda")
        self._graph = self._recorded()

    def _recorded(self) -> torch.cuda.CUDAGraph:
        """After three steps in which kernels are chosen: of one image, and taken back."""
        before = {name: value.clone() for name, value in self.net.state_dict().items()}
        self.net.train()
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(3):
                self._step()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._step()
        self.net.load_state_dict(before)
        for state in self.optimiser.state.values():
            for value in state.values():
                value.zero_()
        return graph

    def _step(self) -> None:
        recon, kl = self.terms(self._pixels[self._which])
        self.optimiser.zero_grad(set_to_none=False)
        (recon + self.settings.beta * kl).backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), self.settings.grad_clip)
        self.optimiser.step()

    def steps(self) -> Iterator[None]:
        """An epoch, a step at a time."""
        self.net.train()
        for which in torch.randperm(len(self._pixels), device="cuda").split(self.settings.batch_size):
            self._which.copy_(which)
            self._graph.replay()
            yield


def preset_rate(preset: str, precision: str, root: Path) -> float:
    """Images/s of a run's steps."""
    config: TrainConfig = PRESETS[preset].with_(
        source="cifar10", data_path=str(Path("data").resolve()), max_steps=_STEPS, precision=precision, device="cuda"
    )
    run = process.create(config, preset, root / f"{preset}-{precision}" / "run")
    at: dict[int, float] = {}

    def watch(training: Training) -> None:
        if training.step in (_SKIPPED, _STEPS):
            torch.cuda.synchronize()
            at[training.step] = time.perf_counter()

    run_training(run, run.status(), watch=watch)
    return round((_STEPS - _SKIPPED) * config.batch_size / (at[_STEPS] - at[_SKIPPED]))


def notebook_rate(loop: NotebookLoop) -> float:
    """Images/s of a loop's steps."""
    stepping = loop.steps()

    def take(count: int) -> float:
        for _ in islice(stepping, count):
            pass
        torch.cuda.synchronize()
        return time.perf_counter()

    began = take(_NOTEBOOK_SKIPPED)
    ended = take(_NOTEBOOK_STEPS)
    return round(_NOTEBOOK_STEPS * loop.settings.batch_size / (ended - began))


def compiled(images: ImageSet) -> NotebookLoop:
    """The notebook's loop, with its objective compiled; the optimiser's step is not."""
    loop = NotebookLoop(images, "cuda")
    terms: Callable[..., Any] = torch.compile(loop.terms)
    loop.terms = terms  # type: ignore[method-assign]
    return loop


def notebook_epochs(images: ImageSet, epochs: int) -> dict[str, Any]:
    """So many epochs of the notebook's run; a total that is no number is None."""
    loop, totals = GraphedNotebook(images), []
    began = time.perf_counter()
    for epoch in range(epochs):
        for _ in loop.steps():
            pass
        total = loop.validate()
        totals.append(round(total, 5) if total == total else None)
        print(f"epoch {epoch + 1}: {totals[-1]}, {time.perf_counter() - began:.1f} s", flush=True)
    return {"s": round(time.perf_counter() - began, 1), "totals": totals}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="some of the parts")
    parser.add_argument("--presets", choices=STEPPED, nargs="+", default=STEPPED, help="which presets (default all)")
    parser.add_argument("--epochs", type=int, default=100, help="of the notebook (default 100)")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("torch finds no CUDA card here.")
    images = load_image_set("cifar10", "data")
    result: dict[str, Any] = {"benchmark": "gpu", "card": torch.cuda.get_device_name(), "torch": torch.__version__}
    result["python"] = platform.python_version()
    if "notebook" in options.only:
        made = {
            "as it is": lambda: NotebookLoop(images, "cuda"),
            "compiled": lambda: compiled(images),
            "graph": lambda: GraphedNotebook(images),
        }
        result["notebook_images_per_s"] = {name: notebook_rate(make()) for name, make in made.items()}
        print(json.dumps(result["notebook_images_per_s"]), flush=True)
    if "presets" in options.only:
        rates: dict[str, dict[str, float]] = {}
        with tempfile.TemporaryDirectory() as folder:
            for preset in options.presets:
                root = Path(folder)
                rates[preset] = {p: preset_rate(preset, p, root) for p in ("float32", "bfloat16")}
                print(preset, json.dumps(rates[preset]), flush=True)
        result["preset_images_per_s"] = rates
    if "epochs" in options.only:
        result["epochs"] = notebook_epochs(images, options.epochs)
    print(json.dumps(result))


if __name__ == "__main__":
    main()

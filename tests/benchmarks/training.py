"""Our training loop beside the seed notebook's, on the whole of CIFAR-10's training images in data/.

    python -m tests.benchmarks.training [--rounds 4] [--steps 60] [--epochs 10] [--preset standard] [--only throughput]

Throughput: images/s of both loops in turn, at the notebook's batch of 32 and at the preset's own; and which share of
the machine's own matrix-product rate the steps reach. Time to quality: the notebook's loop trains for so many epochs,
then a preset until its validation total is as low as the notebook's lowest; both on the whole validation split, and all
that goes on in them counts: data, validation, previews, checkpoints.
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
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from explorer import runs
from explorer.config import PRESETS, TrainConfig
from explorer.data import load_image_set
from explorer.data.imageset import ImageSet
from explorer.nets.gaussian import LOGVAR_BOUND
from explorer.nets.vae import ConvolutionalVAE
from explorer.training.loop import run_training

FLOP_AN_IMAGE = 277e6  # forward and backward of the notebook's net
_MATRIX = 2048


class NotebookLoop:
    """The seed notebook's net, data loader, objective and steps: float32, one image indexed at a time."""

    def __init__(self, images: ImageSet) -> None:
        torch.manual_seed(0)
        self.settings = PRESETS["notebook"].settings
        pixels = torch.from_numpy(images.images).float() / 255

        def loader(split: Any, shuffle: bool) -> DataLoader[tuple[Tensor, ...]]:
            x = pixels[torch.from_numpy(images.indices(split))]
            labels = torch.from_numpy(images.labels[images.indices(split)])
            return DataLoader(TensorDataset(x, labels), self.settings.batch_size, shuffle=shuffle)

        self.train_images, self.validation_images = loader("train", True), loader("validation", False)
        self.net = ConvolutionalVAE(latent_dim=self.settings.latent_dim)
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), self.settings.learning_rate, weight_decay=self.settings.weight_decay
        )

    def terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction and KL a dimension; logvar is bounded in the KL alone."""
        mu, logvar = self.net.encoder(x).split(self.settings.latent_dim, dim=1)
        x_hat = self.net.decoder(mu + torch.exp(0.5 * logvar) * torch.randn_like(mu))
        bounded = logvar.clamp(-LOGVAR_BOUND, LOGVAR_BOUND)
        kl = -0.5 * torch.sum(1 + bounded - mu.pow(2) - bounded.exp()) / mu.numel()
        return nn.functional.mse_loss(x_hat, x), kl

    def steps(self) -> Iterator[None]:
        """An epoch, a step at a time."""
        self.net.train()
        for x, _ in self.train_images:
            recon, kl = self.terms(x)
            loss = recon + self.settings.beta * kl
            self.optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.net.parameters(), self.settings.grad_clip)
            self.optimiser.step()
            yield

    @torch.no_grad()
    def validate(self) -> float:
        """The mean total over batches, as the notebook has it: NaN and the like included."""
        self.net.eval()
        found = [self.terms(x) for x, _ in self.validation_images]
        return statistics.fmean((recon + self.settings.beta * kl).item() for recon, kl in found)


def matrix_rate() -> float:
    """FLOP/s of a float32 matrix product, the best of several."""
    a, b = torch.rand(2, _MATRIX, _MATRIX)
    times = []
    for _ in range(6):
        start = time.perf_counter()
        torch.mm(a, b)
        times.append(time.perf_counter() - start)
    return 2 * _MATRIX**3 / min(times)


def our_rate(config: TrainConfig, steps: int, root: Path) -> float:
    """Images/s of a real run, from its first log row to its last: previews, measurements and checkpoints count."""
    run = runs.create(replace(config, max_steps=steps), "Benchmark", root / f"{time.monotonic_ns()}")
    run_training(run, run.status())
    rows = [row for row in run.metrics()[0] if row["kind"] == "train"]
    return (rows[-1]["step"] - rows[0]["step"]) * config.batch_size / (rows[-1]["time"] - rows[0]["time"])


def throughput(images: ImageSet, config: TrainConfig, rounds: int, steps: int, root: Path) -> dict[str, Any]:
    """Medians of both loops over rounds in which they take turns."""
    notebook = NotebookLoop(images)
    same_batch = PRESETS["notebook"].with_(source="cifar10", data_path=config.data_path)
    found: dict[str, list[float]] = {"notebook": [], "ours_batch_32": [], "ours": [], "matrix": []}
    for _ in range(rounds):
        stepping = notebook.steps()
        next(stepping)  # a loader's first batch makes its order
        start = time.perf_counter()
        for _ in range(steps):
            next(stepping)
        found["notebook"].append(steps * notebook.settings.batch_size / (time.perf_counter() - start))
        found["ours_batch_32"].append(our_rate(same_batch, steps, root))
        found["ours"].append(our_rate(config, steps, root))
        found["matrix"].append(matrix_rate())
    median = {name: statistics.median(values) for name, values in found.items()}
    return {
        "images_per_s": {name: round(median[name], 1) for name in ("notebook", "ours_batch_32", "ours")},
        "throughput_ratio_batch_32": round(median["ours_batch_32"] / median["notebook"], 3),
        "throughput_ratio": round(median["ours"] / median["notebook"], 3),
        "matrix_gflop_per_s": round(median["matrix"] / 1e9, 1),
        "share_of_matrix_rate": round(median["ours"] * FLOP_AN_IMAGE / median["matrix"], 3),
        "rounds": rounds,
    }


def time_to_quality(images: ImageSet, config: TrainConfig, epochs: int, root: Path) -> dict[str, Any]:
    """Seconds of the notebook's loop for `epochs`, and of ours to its lowest validation total."""
    notebook, totals = NotebookLoop(images), []
    start = time.perf_counter()
    for epoch in range(epochs):
        for _ in notebook.steps():
            pass
        totals.append(notebook.validate())
        print(f"notebook, epoch {epoch + 1}: {totals[-1]:.5f}, {time.perf_counter() - start:.0f} s", flush=True)
    notebook_s = time.perf_counter() - start
    target = min(total for total in totals if total == total)  # NaN is none

    run = runs.create(config, "Benchmark", root / "quality")

    read = 0

    def reached() -> bool:
        nonlocal read
        new, read = run.metrics(read)
        return any(row["kind"] == "full" and row["total"] <= target for row in new)

    start_time = time.time()
    run_training(run, run.status(), stop_asked=reached)
    full = [row for row in run.metrics()[0] if row["kind"] == "full"]
    hits = [row["time"] - start_time for row in full if row["total"] <= target]
    return {
        "notebook_s": round(notebook_s, 1),
        "notebook_totals": [round(total, 5) if total == total else None for total in totals],
        "target": round(target, 5),
        "ours_s": round(hits[0], 1) if hits else None,
        "ours_totals": [[round(row["time"] - start_time, 1), round(row["total"], 5)] for row in full],
        "time_to_quality_ratio": round(notebook_s / hits[0], 2) if hits else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=4, help="turns of both loops (default 4)")
    parser.add_argument("--steps", type=int, default=60, help="steps a turn (default 60)")
    parser.add_argument("--epochs", type=int, default=10, help="of the notebook's loop (default 10)")
    parser.add_argument("--preset", choices=PRESETS, default="standard", help="ours (default standard)")
    parser.add_argument("--only", choices=("throughput", "quality"), help="one of the two")
    options = parser.parse_args()
    images = load_image_set("cifar10", "data")
    config = PRESETS[options.preset].with_(source="cifar10", data_path=str(Path("data").resolve()))
    result: dict[str, Any] = {
        "benchmark": "training",
        "machine": {"system": platform.platform(), "cores": os.cpu_count(), "load_average": os.getloadavg()},
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "threads": torch.get_num_threads(),
        "images": images.digest[:12],
        "preset": options.preset,
    }
    with tempfile.TemporaryDirectory() as folder:
        if options.only != "quality":
            result |= throughput(images, config, options.rounds, options.steps, Path(folder))
            print(json.dumps(result), flush=True)
        if options.only != "throughput":
            result |= time_to_quality(images, config, options.epochs, Path(folder))
    result["peak_memory_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    print(json.dumps(result))


if __name__ == "__main__":
    main()

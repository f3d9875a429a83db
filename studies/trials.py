"""Trials: real runs of the training loop on CIFAR-10, and what each came to."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from explorer import runs
from explorer.analysis import evaluation
from explorer.analysis.measures.sharpness import laplacian_variance
from explorer.config import TrainConfig
from explorer.data import ImageSet
from explorer.errors import ExplorerError
from explorer.files import dumps
from explorer.nets.base import Net
from explorer.pixels import to_float
from explorer.training.loop import run_training
from explorer.training.setup import Training
from explorer.units import total

LOOKED_AT = 1_000  # training and validation images, in a trial that is watched


def train(trials: Mapping[str, TrainConfig], to: Path, looks: int = 0) -> None:
    """Run each trial that `to` does not have yet, and add a row to that JSON file when it ends.

    A row has the trial's name and what `run` says of it.
    """
    for name, config in trials.items():
        if any(row["name"] == name for row in read(to)):
            continue
        print(name, flush=True)
        on_cifar10 = replace(config, source="cifar10", data_path=str(Path("data").resolve()))
        row = {"name": name, **run(on_cifar10, looks)}
        write(to, [*read(to), row])  # read again: others may add theirs meanwhile


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a study; none before its first trial."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """The rows of a study, a line each."""
    path.write_text("[\n" + ",\n".join(map(dumps, rows)) + "\n]\n", encoding="utf-8")


class Looks:
    """Measures a net as it trains: always the same training and validation images, in eval mode, one sample of z each.

    Parameters
    ----------
    count : int
        Looks after the first, closer together at the beginning, where most happens.
    """

    def __init__(self, count: int) -> None:
        self.count, self.rows = count, list[dict[str, float]]()
        self.sharpness: float | None = None

    def __call__(self, training: Training) -> None:
        steps = {round(training.total_steps * (i / self.count) ** 1.5) for i in range(self.count + 1)}
        if training.step not in steps:
            return
        row = {
            "step": training.step,
            "epoch": round(training.step / training.steps_per_epoch, 4),
            "seconds": round(training.stepping_s, 3),
        }
        for split in ("train", "validation"):
            indices = training.train_indices if split == "train" else training.validation_indices
            assert isinstance(training.net, Net)
            found = evaluation.evaluate(training.net, iter(_pixels(training.images, _some(indices))))
            values = {
                "recon": found.recon, "kl": found.kl, "total": total(found.recon, found.kl, training.config.beta)
            }  # fmt: skip
            row |= {f"{split}_{name}": float(f"{value:.6g}") for name, value in values.items()}
        self.rows.append(row)
        if training.step == training.total_steps:
            images = _pixels(training.images, _some(training.validation_indices))
            self.sharpness = float(f"{sharpness(training.net, images):.6g}")

    def to_json(self) -> dict[str, list[float]]:
        """A list a measure: step, epoch, seconds (of training steps alone), and recon, kl, total of either split."""
        return {name: [row[name] for row in self.rows] for name in self.rows[0]}


@torch.no_grad()
def sharpness(net: nn.Module, batches: tuple[torch.Tensor, ...]) -> float:
    """Variance of the Laplacian of reconstructions over that of the images (N, 3, H, W), 0..1, summed over images."""
    net.eval()
    generator, found = torch.Generator().manual_seed(evaluation.SEED), np.zeros(2)
    for x in batches:
        for i, pixels in enumerate((net(x, generator)[0].clamp(0, 1), x)):
            found[i] += laplacian_variance(pixels.numpy()).sum()
    return found[0] / found[1]


def _some(indices: np.ndarray) -> np.ndarray:
    return np.random.default_rng(0).permutation(indices)[:LOOKED_AT]


def _pixels(images: ImageSet, indices: np.ndarray) -> tuple[torch.Tensor, ...]:
    return to_float(images.images[indices]).split(evaluation.BATCH)


def run(config: TrainConfig, looks: int = 0) -> dict[str, Any]:
    """A run in a folder that is thrown away, and what it came to.

    Returns
    -------
    dict
        "command", and "settings", those that are not their defaults; "seconds", "precision", "threads"; "subset", all
        validations on the subset of the validation split as [step, total]; and "validation", that on all of it at the
        end: recon, kl (nats a dimension), total. If the objective became no number, "error" in the latter's place.
        With `looks`, so many, "looks" too, as `Looks.to_json` says, and at the end the validation images' "sharpness".
    """
    watch = Looks(looks) if looks else None
    with tempfile.TemporaryDirectory() as folder:
        made = runs.create(config, "Trial", Path(folder, "run"))
        error: dict[str, Any] = {}
        try:
            run_training(made, made.status(), watch=watch)
        except ExplorerError as e:
            error = {"error": e.what}
        metrics, environment = made.metrics(), made.environment
    values = asdict(replace(config, source=TrainConfig.source, data_path=""))  # which all trials share
    return {
        "command": replace(config, data_path="").command(),
        "seconds": round(metrics.rows[-1].time - metrics.rows[0].time, 1),
        "precision": environment["precision"],
        "threads": environment["threads"],
        "subset": [[row.step, round(row.total, 6)] for row in metrics.subset],
        "settings": {f.name: values[f.name] for f in fields(config) if values[f.name] != f.default},
        **({"looks": watch.to_json(), "sharpness": watch.sharpness} if watch else {}),
        **(error or {"validation": {key: getattr(metrics.full[-1], key) for key in ("recon", "kl", "total")}}),
    }

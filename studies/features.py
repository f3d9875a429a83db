"""The classifier in whose features samples are measured: trained on CIFAR-10's training images alone.

    python -m studies.features train
    python -m studies.features floor

`train` writes models/features/cifar10.safetensors and its card: about ten minutes on one core. Flips and shifts by up
to two pixels are all that is done to images; validation and test images are only classified, once, at the end. `floor`
puts into the card how far real images are from each other in its features: samples reach no more.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer import sample_scores
from explorer.analysis import features
from explorer.analysis.features.net import STEM, WIDTHS, FeatureNet
from explorer.data import load_image_set
from explorer.data.imageset import SPLITS, ImageSet, Split
from explorer.files import read_json, write_json
from explorer.pixels import to_float
from explorer.training.muon import Muon

EPOCHS, BATCH = 10, 500
MUON_RATE, RATE = 0.06, 2e-3  # of convolutions, and of all else by AdamW, at their highest
RISE = 0.2  # share of the steps in which rates rise
SMOOTHING = 0.1  # of labels
COUNTS = (500, 1_000, 2_000, 5_000, 10_000)  # of real images that are compared
SHIFT = 2  # pixels, at most, each way


def train(images: ImageSet, epochs: int, seed: int) -> FeatureNet:
    """A net after `epochs` over the training images; in eval mode."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    indices = images.indices("train")
    padded = np.pad(images.images[indices], ((0, 0), (0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)), mode="reflect")
    labels = torch.from_numpy(images.labels[indices])
    net = FeatureNet(len(images.class_names)).train()
    whiten(net, images.images[indices[:5_000]])
    convolutions = [layer.weight for layer in net.blocks.modules() if isinstance(layer, nn.Conv2d)]
    rest = [p for p in net.parameters() if p.requires_grad and all(p is not c for c in convolutions)]
    optimisers = [
        Muon([(p, 0) for p in convolutions], lr=MUON_RATE),
        torch.optim.AdamW(rest, lr=RATE, weight_decay=0.01),
    ]
    steps_per_epoch = len(indices) // BATCH
    total, step = epochs * steps_per_epoch, 0
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(
            o, lambda s: min((s + 1) / (RISE * total), (total - s) / ((1 - RISE) * total))
        )
        for o in optimisers
    ]
    for epoch in range(epochs):
        order, started, right, losses = rng.permutation(len(indices)), time.perf_counter(), 0, 0.0
        for i in range(steps_per_epoch):
            chosen = order[i * BATCH : (i + 1) * BATCH]
            y = labels[chosen]
            with torch.autocast("cpu", torch.bfloat16):
                logits = net(to_float(augmented(padded, chosen, rng)))
            loss = nn.functional.cross_entropy(logits.float(), y, label_smoothing=SMOOTHING)
            for optimiser in optimisers:
                optimiser.zero_grad()
            loss.backward()
            for optimiser, schedule in zip(optimisers, schedules, strict=True):
                optimiser.step()
                schedule.step()
            step, right, losses = step + 1, right + int((logits.argmax(1) == y).sum()), losses + loss.item()
        seen, took_s = steps_per_epoch * BATCH, time.perf_counter() - started
        print(f"epoch {epoch + 1}: loss {losses / steps_per_epoch:.4f}, {right / seen:.2%}, {took_s:.0f} s", flush=True)
    return net.eval()


def augmented(padded: np.ndarray, chosen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Some of the images, uint8 (N, 3, 32 + 2 SHIFT, 32 + 2 SHIFT), each shifted, or flipped too: (n, 3, 32, 32)."""
    along = np.arange(32)
    rows, columns = (rng.integers(0, 2 * SHIFT + 1, (2, len(chosen), 1)) + along).astype(np.int64)
    columns = np.where(rng.random((len(chosen), 1)) < 0.5, columns, columns[:, ::-1])
    return padded[
        chosen[:, None, None, None],
        np.arange(3)[None, :, None, None],
        rows[:, None, :, None],
        columns[:, None, None, :],
    ]


def whiten(net: FeatureNet, images: np.ndarray) -> None:
    """Set the first layer to the principal axes of 2 x 2 patches and their negatives, and fix it but for its bias."""
    x = (to_float(images) - net.mean) / net.std
    patches = nn.functional.unfold(x, 2).transpose(1, 2).reshape(-1, STEM // 2)  # (N * 31 * 31, 12)
    variance, axes = torch.linalg.eigh(torch.cov(patches.T).double())
    white = (axes / (variance + 5e-4).sqrt()).T.float().view(-1, 3, 2, 2)
    weight = next(net.stem.parameters())
    weight.data.copy_(torch.cat([white, -white]))
    weight.requires_grad_(False)


@torch.inference_mode()
def accuracy(net: FeatureNet, images: ImageSet, split: Split) -> float:
    """Share of a split that is classified as labelled."""
    found: list[Tensor] = []
    for chosen in np.array_split(images.indices(split), 20):
        found.append(net(to_float(images.images[chosen])).argmax(1) == torch.from_numpy(images.labels[chosen]))
    return float(torch.cat(found).float().mean())


def save(net: FeatureNet, images: ImageSet, said: dict[str, Any]) -> None:
    """Write weights in half precision, and the card, with what these weights are measured to do."""
    features.save(net)
    net = features.load()
    card = {
        "title": "Classifier of CIFAR-10, for its features",
        **said,
        "parameters": sum(p.numel() for p in net.parameters()),
        "accuracy": {split: round(accuracy(net, images, split), 4) for split in SPLITS},
        "features": WIDTHS[-1],
        "layer": "means over places of what the last of three blocks makes of an image, after its ReLU",
        "source": images.source,
        "environment": {
            "images": f"{images.name}, which went through JPEG once on its way here",
            "digest": images.digest,
            "counts": {split: len(images.indices(split)) for split in SPLITS},
            "augmentation": f"flips, and shifts by up to {SHIFT} pixels, of training images",
            "device": "cpu",
            "precision": "bfloat16",
            "threads": torch.get_num_threads(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        },
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
        "dtype": "float16",
        "licence": "MIT",
    }
    write_json(features.CARD, card, indent=2)


def write_floor() -> None:
    """Put into the card how far training and validation images are from as many test images: a few minutes."""
    images, card = load_image_set("cifar10", "data"), read_json(features.CARD)
    splits: tuple[Split, ...] = ("train", "validation")
    rows = [sample_scores.as_json(sample_scores.real(images, n, split)) for split in splits for n in COUNTS]
    write_json(features.CARD, (card or {}) | {"samples": rows}, indent=2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="train it on CIFAR-10 in data/, and write weights and card")
    training.add_argument("--epochs", type=int, default=EPOCHS)
    training.add_argument("--seed", type=int, default=0)
    commands.add_parser("floor", help="put into the card how far real images are from each other, by count")
    options = parser.parse_args()
    if options.command == "floor":
        write_floor()
        return
    images, started = load_image_set("cifar10", "data"), time.perf_counter()
    net = train(images, options.epochs, options.seed)
    said = {
        "command": f"python -m studies.features train --epochs {options.epochs} --seed {options.seed}",
        "seed": options.seed,
        "epochs": options.epochs,
        "step": options.epochs * (len(images.indices("train")) // BATCH),
        "wall_time_s": round(time.perf_counter() - started),
    }
    save(net, images, said)


if __name__ == "__main__":
    main()

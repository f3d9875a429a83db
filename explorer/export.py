"""From a run to a shipped model: its weights in half precision, and a card of what it does on held-out images."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer import checkpoints, models
from explorer.analysis import blur
from explorer.analysis.evaluation import evaluate_split
from explorer.data import ImageSet, Split, load_image_set
from explorer.errors import ExplorerError
from explorer.files import read_json, write_json
from explorer.models import BLUR_BETAS, ID
from explorer.nets import BETA_RANGE
from explorer.nets.base import Net
from explorer.runs import Run

CURVE_POINTS = 21  # of a conditional model's card: five a decade
PAUSE_S = 300.0  # a longer silence in a run's metrics was a pause or a stop, and no training time
_MEASURED: tuple[Split, ...] = ("validation", "test")


def export(run: Run, name: str, licence: str = "MIT") -> Path:
    """Write `models/NAME.safetensors`, half precision, and its card, measured as written; returns the card's path.

    Raises
    ------
    ExplorerError
        If the run has no readable checkpoint, its images are gone or changed, or the name is taken or unfit.
    """
    if not ID.fullmatch(name) or name[0].isdigit() or (models.SHIPPED / f"{name}.json").exists():
        advice = "Use small letters, digits and hyphens, a letter first, and a new name."
        raise ExplorerError(f"{name!r} is taken or unfit", advice)
    checkpoint = checkpoints.latest_readable(run.path / "checkpoints")
    if checkpoint is None:
        raise ExplorerError(f"{run.title} has no readable checkpoint", "Train it first.")
    config, environment = run.config, run.environment
    images = load_image_set(config.source, config.data_path or None)
    if images.digest != environment["digest"]:
        raise ExplorerError(f"{images.name} has changed since the run", "Put the same images back.")
    net, metadata = checkpoints.load_weights(checkpoint / "weights.safetensors")
    weights = models.SHIPPED / f"{name}.safetensors"
    checkpoints.save_weights(weights, net, {}, dtype=torch.float16)
    net, _ = checkpoints.load_weights(weights)
    beta, curve = metadata["beta"], {}
    measured = {split: evaluate_split(net.at(beta), images, split, beta) for split in _MEASURED}
    if config.conditional:
        betas = [float(f"{b:.3g}") for b in np.geomspace(*BETA_RANGE, CURVE_POINTS)]
        at_each = {b: evaluate_split(net.at(b), images, "test", b) for b in betas}
        curve = {"curve": [{"beta": b, **found} for b, found in at_each.items()]}
    times = [row.time for row in run.metrics().rows]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    stored = read_json(run.path / "config.json") or {}
    card = {
        "title": run.title,
        "family": config.family,
        "latent_dim": config.latent_dim,
        "beta": beta,
        "source": config.source,
        "step": metadata["step"],
        "wall_time_s": round(sum(gap for gap in gaps if gap < PAUSE_S)),
        "measured": measured,
        **curve,  # on the test split
        **measured_blur(net, beta, images),
        "measured_how": "mean over the split, one sample of z an image; recon is the mean squared error a pixel value "
        "on a scale of 0..1, kl the mean over latent dimensions in nats, total = recon + beta * kl",
        "command": run.command,
        "config": stored["config"],
        "versions": stored.get("versions", {}),
        "environment": environment,
        "dtype": "float16",
        "licence": licence,
    }
    path = models.SHIPPED / f"{name}.json"
    write_json(path, card, indent=2)
    os.chmod(weights, 0o644)
    return path


def measured_blur(net: Net, beta: float, images: ImageSet) -> dict[str, Any]:
    """What a card says of a net's blur: "blur", and of a conditional net "blur_curve"."""
    some = images.images[blur.some(images)]

    def at(beta: float) -> dict[str, Any]:
        return blur.measure(net.at(beta), some).to_json()

    curve = {"blur_curve": [{"beta": b, **at(b)} for b in BLUR_BETAS]} if net.family.conditional else {}
    return {"blur": at(beta), **curve}

"""Rows as studies/trials.py writes them, of trials that were never run: with effects that are known beforehand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from explorer.claims import CLAIMS
from explorer.claims.generalise import SIZES
from explorer.claims.longer import LENGTHS

Row = dict[str, Any]
STEPS = [0, 50, 150, 300]
PLANNED = {name: config for claim in CLAIMS.values() for name, config in claim.trials.items()}


def row(name: str, mse: float, nats: float | None = None) -> Row:
    """A trial that fell from twice its error to `mse`; its training error a tenth less, its sharpness a quarter."""
    config = PLANNED[name]
    kl = None if nats is None else nats / config.latent_dim
    fall = [2 * mse, 1.6 * mse, 1.2 * mse, mse]
    looks: dict[str, list[Any]] = {
        "step": STEPS,
        "epoch": [step / 300 for step in STEPS],
        "seconds": [step / 10 for step in STEPS],
    }
    for split, share in (("train", 0.9), ("validation", 1.0)):
        looks[f"{split}_recon"] = [share * value for value in fall]
        looks[f"{split}_kl"] = [kl] * 4
        looks[f"{split}_total"] = [share * value + config.beta * (kl or 0) for value in fall]
    values = asdict(config)
    return {
        "name": name,
        "command": config.command(),
        "settings": {f.name: values[f.name] for f in fields(config) if values[f.name] != f.default},
        "looks": looks,
        "validation": {"recon": mse, "kl": kl, "total": mse + config.beta * (kl or 0)},
        "sharpness": 0.25,
    }


def generalise(
    seed: int,
    gaps: tuple[float, float] = (0.001, 0.001),
    sharpness: tuple[float, float] = (0.3, 0.2),
    vae: Sequence[float] = (0.005,) * len(SIZES),
) -> list[Row]:
    """Autoencoder, whose MSE is 0.004, and VAE, with one for each size: with these gaps in MSE and this sharpness."""
    found = []
    for size, mse in zip(SIZES, vae, strict=True):
        for i, net in enumerate(("autoencoder", "VAE")):
            one = row(f"generalise: {net}, {size or 'all'} images, seed {seed}", (0.004, mse)[i], (None, 215.0)[i])
            one["looks"]["train_recon"][-1] = one["looks"]["validation_recon"][-1] - gaps[i]
            found.append(one | {"sharpness": sharpness[i]})
    return found


def longer(seed: int, mses: Sequence[float], on_all: Sequence[float]) -> list[Row]:
    """Runs of all lengths that end with these errors, on 4,000 and on all training images, at 215 nats."""
    return [
        row(f"longer: {name.format(epochs)}, seed {seed}", mse, 215.0)
        for size, name, ended in ((4000, "{} epochs", mses), (0, "all images, epochs {}", on_all))
        for epochs, mse in zip(LENGTHS[size], ended, strict=True)
    ]


def spatial(seed: int, mse: float, nats: float = 200.0) -> list[Row]:
    """A flat latent with MSE 0.0064 at 400 nats and 0.016 at 100, so 0.01012 at 200; and a spatial one."""
    return [
        row(f"spatial: flat, beta 0.0003, seed {seed}", 0.0064, 400.0),
        row(f"spatial: flat, beta 0.003, seed {seed}", 0.016, 100.0),
        row(f"spatial: spatial, beta 0.001, seed {seed}", mse, nats),
    ]


def schedule(seed: int, mses: tuple[float, float]) -> list[Row]:
    """Constant betas with MSE 0.006 at 312.5 nats and 0.008 at 200, so 0.00693 at 250; and both schedules at 250."""
    return [
        row(f"schedule: constant 0.0007, seed {seed}", 0.006, 312.5),
        row(f"schedule: constant 0.0014, seed {seed}", 0.008, 200.0),
        row(f"schedule: linear, seed {seed}", mses[0], 250.0),
        row(f"schedule: cyclical, seed {seed}", mses[1], 250.0),
    ]


def time(seed: int, slower: float) -> list[Row]:
    """An autoencoder, and VAEs that do the same in so many times its time."""
    found = [row(f"time: autoencoder, seed {seed}", 0.009)]
    for beta in (1e-3, 1e-4):
        one = row(f"time: VAE, beta {beta:g}, seed {seed}", 0.009, 215.0)
        one["looks"]["seconds"] = [slower * seconds for seconds in one["looks"]["seconds"]]
        found.append(one)
    return found


def everything(seeds: int = 3) -> list[Row]:
    """Of all claims. Most hold; longer training fails, a schedule is undecided, generalising depends."""
    found: list[Row] = []
    for seed in range(seeds):
        off = 1 + 0.01 * (seed - 1)
        found += generalise(seed, sharpness=(0.3, 0.2 * off), vae=(0.003 * off, 0.005, 0.005))
        found += longer(seed, (0.005, 0.005, 0.0052), (0.005, 0.005, 0.005))
        found += spatial(seed, 0.008 * off)
        found += schedule(seed, (0.0069 * off, 0.0068))
        found += time(seed, 1.3 * off)
    known = {one["name"].split(":")[0] for one in found}
    others = {n: c for n, c in PLANNED.items() if n.split(":")[0] not in known and c.seed < seeds}
    return found + [row(name, 0.005 + 0.0001 * config.seed, 215.0) for name, config in others.items()]


def write(path: Path, rows: Sequence[Row]) -> Path:
    """The file, as studies/trials.py writes it."""
    path.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")
    return path

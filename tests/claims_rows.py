"""Rows as studies/trials.py writes them, of trials that were never run: with effects that are known beforehand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer.analysis.claims import LENGTHS, SIZES

Row = dict[str, Any]
STEPS = [0, 50, 150, 300]


def row(claim: str, what: str, seed: int, mse: float, nats: float | None = None, **settings: Any) -> Row:
    """A trial that fell from twice its error to `mse`; its training error a tenth less, its sharpness a quarter."""
    beta = settings.get("beta", 1e-3)
    kl = None if nats is None else nats / 128
    fall = [2 * mse, 1.6 * mse, 1.2 * mse, mse]
    looks: dict[str, list[Any]] = {
        "step": STEPS,
        "epoch": [step / 300 for step in STEPS],
        "seconds": [step / 10 for step in STEPS],
    }
    for split, share in (("train", 0.9), ("validation", 1.0)):
        looks[f"{split}_recon"] = [share * value for value in fall]
        looks[f"{split}_kl"] = [kl] * 4
        looks[f"{split}_total"] = [share * value + beta * (kl or 0) for value in fall]
    return {
        "name": f"{claim}: {what}, seed {seed}",
        "claim": claim,
        "command": f"python -m explorer train --seed {seed}",
        "settings": {**settings, **({"seed": seed} if seed else {})},
        "looks": looks,
        "validation": {"recon": mse, "kl": kl, "total": mse + beta * (kl or 0)},
        "sharpness": 0.25,
    }


def generalise(seed: int, gaps: tuple[float, float], sharpness: tuple[float, float] = (0.3, 0.2)) -> list[Row]:
    """Autoencoder and VAE at all sizes, with these gaps in MSE and this sharpness."""
    found = []
    for size in SIZES:
        for i, family in enumerate(("autoencoder", "residual_vae")):
            settings: dict[str, Any] = {"train_images": size} if size else {}
            settings |= {"family": family} | ({"beta": 0.0} if i == 0 else {})
            one = row("generalise", f"{family}, {size}", seed, (0.004, 0.005)[i], (None, 215.0)[i], **settings)
            one["looks"]["train_recon"][-1] = one["looks"]["validation_recon"][-1] - gaps[i]
            found.append(one | {"sharpness": sharpness[i]})
    return found


def longer(seed: int, mses: Sequence[float]) -> list[Row]:
    """Runs of all lengths that end with these errors, at 215 nats."""
    return [
        row("longer", f"{epochs} epochs", seed, mse, 215.0, family="residual_vae", epochs=epochs)
        for epochs, mse in zip(LENGTHS, mses, strict=True)
    ]


def spatial(seed: int, mse: float, nats: float = 200.0) -> list[Row]:
    """A flat latent with MSE 0.0064 at 400 nats and 0.016 at 100, so 0.01012 at 200; and a spatial one."""
    flat = ((1e-3, 0.0064, 400.0), (1e-2, 0.016, 100.0))
    return [
        *(row("spatial", f"flat, beta {b:g}", seed, e, n, family="residual_vae", beta=b) for b, e, n in flat),
        row("spatial", "spatial", seed, mse, nats, family="spatial_vae"),
    ]


def schedule(seed: int, mses: tuple[float, float]) -> list[Row]:
    """Constant betas with MSE 0.006 at 312.5 nats and 0.008 at 200, so 0.00693 at 250; and both schedules at 250."""
    constant = ((7e-4, 0.006, 312.5), (1.4e-3, 0.008, 200.0))
    return [
        *(row("schedule", f"constant {b:g}", seed, e, n, beta=b) for b, e, n in constant),
        *(
            row("schedule", kind, seed, mse, 250.0, beta_schedule=kind)
            for kind, mse in zip(("linear", "cyclical"), mses, strict=True)
        ),
    ]


def time(seed: int, slower: float) -> list[Row]:
    """An autoencoder, and VAEs that do the same in so many times its time."""
    found = [row("time", "autoencoder", seed, 0.009, family="autoencoder", trunk="conv_vae", beta=0.0)]
    for beta in (1e-3, 1e-4):
        one = row("time", f"VAE, beta {beta:g}", seed, 0.009, 215.0, beta=beta)
        one["looks"]["seconds"] = [slower * seconds for seconds in one["looks"]["seconds"]]
        found.append(one)
    return found


def everything(seeds: int = 3) -> list[Row]:
    """Of all claims: most hold, training for longer fails, a schedule is undecided."""
    found: list[Row] = []
    for seed in range(seeds):
        off = 1 + 0.01 * (seed - 1)
        found += generalise(seed, (0.001 * off, 0.0004), (0.3, 0.2 * off))
        found += longer(seed, (0.005, 0.005, 0.00501 * off))
        found += spatial(seed, 0.008 * off)
        found += schedule(seed, (0.0069 * off, 0.0068))
        found += time(seed, 1.3 * off)
    return found


def write(path: Path, rows: Sequence[Row]) -> Path:
    """The file, as studies/trials.py writes it."""
    path.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")
    return path

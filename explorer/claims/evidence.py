"""What claims are judged by: trials that were run, and what the shipped models' cards say of their blur."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer import models
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.files import Kept
from explorer.units import nats_per_image

_STUDIES = Path(__file__).parent.parent.parent / "studies"
MEASURED = (_STUDIES / "claims.json", _STUDIES / "schedules.json")


@dataclass(frozen=True)
class Trial:
    """A training run on CIFAR-10 and what it came to: a row of `MEASURED`, as studies/trials.py writes it.

    Parameters
    ----------
    name : str
        One of `Claim.trials`.
    command : str
    settings : dict
        Of `TrainConfig`, those that are not its defaults.
    validation : dict
        On the whole validation split, at the end: recon (MSE, pixels 0 to 1), kl (nats a dimension; None for a point),
        total.
    looks : dict of str to list of float
        At always the same images of either split, in eval mode: step, epoch, seconds (of training steps alone), and
        recon, kl, total after "train_" or "validation_"; empty for a trial that was not watched.
    sharpness : float or None
        At the end, on those validation images: variance of the Laplacian over the originals'.
    """

    name: str
    command: str
    settings: dict[str, Any]
    validation: dict[str, float]
    looks: dict[str, list[float]]
    sharpness: float | None = None

    def __getitem__(self, setting: str) -> Any:
        """A setting, or its default."""
        return self.settings.get(setting, getattr(TrainConfig, setting))

    @property
    def mse(self) -> float:
        """On the whole validation split."""
        return self.validation["recon"]

    @property
    def nats(self) -> float:
        """Rate of an image of the validation split."""
        return nats_per_image(self.validation["kl"], self["latent_dim"])

    @property
    def best(self) -> float:
        """The lowest validation MSE of all looks."""
        return min(self.looks["validation_recon"])

    @property
    def gap(self) -> float:
        """Validation MSE less training MSE, at the end."""
        return self.looks["validation_recon"][-1] - self.looks["train_recon"][-1]

    @property
    def sharp(self) -> float:
        """Its sharpness; raises ExplorerError if it was not watched."""
        if self.sharpness is None:
            raise ExplorerError(f"the trial {self.name} has no sharpness", "Delete its row and measure it again.")
        return self.sharpness


@dataclass(frozen=True)
class Sharpness:
    """What a shipped model's card says of its blur, over a thousand test images: `explorer.analysis.blur.Blur`."""

    title: str
    family: str
    beta: float
    nats: float | None
    sharpness: float
    steps: int = 0


@dataclass(frozen=True, eq=False)
class Evidence:
    """What was measured: of all claims, or of one. The same object while nothing was measured anew: `collect`."""

    trials: Sequence[Trial] = ()
    models: Sequence[Sharpness] = ()

    def of(self, **settings: Any) -> list[Trial]:
        """Trials with these settings, by seed."""
        found = [t for t in self.trials if all(t[name] == v for name, v in settings.items())]
        return sorted(found, key=lambda t: t["seed"])

    def among(self, names: Collection[str]) -> Evidence:
        """The same with these trials alone."""
        return replace(self, trials=[t for t in self.trials if t.name in names])


def collect(files: Iterable[Path]) -> Evidence:
    """All that was measured: the trials of these files, and what shipped models' cards say of their blur, all on the
    same images.

    Raises
    ------
    ExplorerError
        If a file can't be read.
    """
    trials = list(files)
    return _kept(models.SHIPPED, *trials, beside=[*map(str, trials), *map(str, models.card_paths())])


def _collect(_shipped: Path, *files: Path) -> Evidence:
    cards = []
    for model in models.measured_alike(models.shipped()):
        blurs = [model.card.get("blur", {})] if not model.conditional else model.card.get("blur_curve", [])
        for blur in blurs:
            if {"nats", "sharpness"} <= blur.keys():
                beta = blur.get("beta", model.beta)
                cards.append(
                    Sharpness(model.title, model.family, beta, blur["nats"], blur["sharpness"], model.step)
                )  # fmt: skip
    return Evidence(read(files), cards)


_kept = Kept(_collect, most=8)


def read(files: Iterable[Path]) -> list[Trial]:
    """The trials of JSON files that studies/trials.py writes, in their order; files that aren't there have none.

    Trials whose objective became no number are left out: nothing was measured at their end.

    Raises
    ------
    ExplorerError
        If a file can't be read.
    """
    found = []
    for file in files:
        try:
            rows = json.loads(file.read_text(encoding="utf-8"))
            found += [
                Trial(
                    row["name"], row["command"], row["settings"], row["validation"], row.get("looks", {}),
                    row.get("sharpness"),
                )
                for row in rows
                if "error" not in row
            ]  # fmt: skip
        except FileNotFoundError:
            continue
        except (ValueError, KeyError, TypeError) as e:
            raise ExplorerError(f"{file.name} in {file.parent} can't be read", "Restore it, or delete it.") from e
    return found


def planned(key: str, settings: Mapping[str, TrainConfig], seeds: int = 3) -> dict[str, TrainConfig]:
    """A claim's trials by name, "KEY: WHAT, seed N", from what is compared.

    Seeds go round first, so that a part of the trials is a comparison too. Every second seed goes through them
    backwards: what a machine does as time passes falls on all alike.
    """
    return {
        # "auto" might choose another precision for one net than for the other.
        f"{key}: {what}, seed {seed}": replace(config, seed=seed, precision="bfloat16")
        for seed in range(seeds)
        for what, config in list(settings.items())[:: -1 if seed % 2 else 1]
    }

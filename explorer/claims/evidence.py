"""What claims are judged by: trials that were run, and what the shipped models' cards say of their blur."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from explorer import models, places
from explorer.config import TrainConfig, checked
from explorer.errors import ExplorerError
from explorer.files import Kept, read_bytes
from explorer.nets import FAMILIES
from explorer.records import Record
from explorer.units import nats_per_image

_STUDIES = places.PROJECT / "studies"
_SETTINGS = {f.name for f in fields(TrainConfig)}
_LEAST = 1e-12  # of an error: by it others are divided
_RESTORE = "Restore it, or delete it."
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
    left_out: Sequence[ExplorerError] = ()  # what is wrong with files, and rows, that can't be read

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
    trials, left_out = _read_all(files)
    return Evidence(trials, cards, left_out)


_kept = Kept(_collect, most=8)


def read(files: Iterable[Path]) -> list[Trial]:
    """The trials of JSON files that studies/trials.py writes, in their order; files that aren't there have none.

    Trials whose objective became no number are left out: nothing was measured at their end.

    Raises
    ------
    ExplorerError
        If a file can't be read.
    """
    trials, wrong = _read_all(files)
    if wrong:
        raise ExplorerError(wrong[0].what, wrong[0].advice)
    return trials


def _read_all(files: Iterable[Path]) -> tuple[list[Trial], list[ExplorerError]]:
    """The same of all that can be read, and what is wrong with the rest."""
    found, wrong = list[Trial](), list[ExplorerError]()
    for file in files:
        try:
            rows = json.loads(read_bytes(file))
            if not isinstance(rows, list):
                raise TypeError
        except FileNotFoundError:
            continue
        except (OSError, ValueError, TypeError, RecursionError):
            wrong.append(ExplorerError(f"{file.name} in {file.parent} can't be read", _RESTORE))
            continue
        for i, row in enumerate(rows, 1):
            try:
                said = Record(row, f"{file.name}, row {i}", _RESTORE)
                if not said.has("error"):
                    found.append(_trial(said))
            except ExplorerError as e:
                wrong.append(ExplorerError(e.what, e.advice))
    return found, wrong


def _trial(said: Record) -> Trial:
    stated = said.record("settings")
    settings = {name: checked(name, stated.values[name]) for name in stated.values if name in _SETTINGS}
    if len(settings) < len(stated.values):
        raise said.wrong("settings", "has one that nobody knows", _RESTORE)
    end = said.record("validation")
    values: dict[str, Any] = {"recon": end.number("recon", _LEAST), "total": end.number("total"), "kl": None}
    if FAMILIES[TrainConfig(**settings).family].posterior != "point":
        values["kl"] = end.number("kl", 0.0)
    looks = _looks(said.record("looks"), values["kl"] is None) if said.has("looks") and said.values["looks"] else {}
    sharpness = said.number("sharpness", 0.0) if said.has("sharpness") else None
    return Trial(said.text("name", 200), said.text("command", 4_000), settings, values, looks, sharpness)


def _looks(said: Record, of_points: bool) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {name: said.numbers(name, 0.0) for name in ("step", "epoch", "seconds")}
    for split in ("train", "validation"):
        found[f"{split}_recon"] = said.numbers(f"{split}_recon", _LEAST)
        found[f"{split}_total"] = said.numbers(f"{split}_total")
        kl = f"{split}_kl"
        found[kl] = [None] * len(found["step"]) if of_points else said.numbers(kl, 0.0)
    if any(len(values) != len(found["step"]) for values in found.values()):
        raise said.wrong("step", f"has {len(found['step'])} numbers", "As many as all others.")
    if found["step"] != sorted(found["step"]) or not found["step"][-1]:
        raise said.wrong("step", "doesn't rise", "From the first look to the last.")
    return found


def planned(
    key: str, settings: Mapping[str, TrainConfig], seeds: int = 3, precision: str = "bfloat16"
) -> dict[str, TrainConfig]:
    """A claim's trials by name, "KEY: WHAT, seed N", from what is compared.

    Seeds go round first, so that a part of the trials is a comparison too. Every second seed goes through them
    backwards: what a machine does as time passes falls on all alike. Their precision is said, and not "auto", which
    might choose another for one net than for the other.
    """
    return {
        f"{key}: {what}, seed {seed}": replace(config, seed=seed, precision=precision)
        for seed in range(seeds)
        for what, config in list(settings.items())[:: -1 if seed % 2 else 1]
    }

"""Priors that were trained for a model: those shipped in `models/priors/`, and those of runs, also while they train.

A prior is at home in the latents of one set of weights. To others, though they be of the same model, it means nothing:
a model that was trained again has left its priors behind (`left_out`).

Nothing here imports torch until one is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import models, records, runs, weights
from explorer.config import TRAINED_PRIORS
from explorer.errors import ExplorerError
from explorer.files import Kept, listed, read_json, write_json
from explorer.models import ID, Model
from explorer.records import Record
from explorer.runs import Run

if TYPE_CHECKING:
    from explorer.priors.base import Prior

FOLDER = "priors"  # of shipped ones, in `models/`


@dataclass(frozen=True)
class FittedPrior:
    """A prior that can be loaded, and what is known of it.

    Parameters
    ----------
    id : str
        Name of a shipped card, or id of a run: what stands in URLs.
    title : str
    key : str
        Of `explorer.priors.PRIORS`.
    model_id : str
        Of the model whose latents it is over.
    weights : Path
        safetensors file.
    shipped : bool
    step : int
        Optimiser steps taken.
    card : dict
        All that the card says; empty for a run. Beside what stands in the fields above it may hold "loss", by splits,
        in the unit of the prior's record; "command" and "config", the `TrainConfig` that repeat it; "wall_time_s",
        "versions", "environment", "dtype" and "licence" as of `Model.card`; "measured", what `add_to_card` put there.
    digest : str
        SHA-256 of the file of weights that it was fitted to the latents of.
    """

    id: str
    title: str
    key: str
    model_id: str
    weights: Path
    shipped: bool
    step: int
    card: dict[str, Any] = field(default_factory=dict, hash=False, compare=False, repr=False)
    digest: str = ""

    @property
    def version(self) -> tuple[str, int]:
        """Changes whenever what it draws does: a key for caches."""
        return self.id, self.step


def of(model: Model) -> list[FittedPrior]:
    """Those of a model's very weights: shipped ones by their ids, then runs', newest first."""
    digest = weights.digest(model.weights)
    return [fitted for fitted in _naming(model) if fitted.digest == digest]


def left_out(model: Model) -> list[ExplorerError]:
    """Why others that name it can't be used with it, and what is wrong with cards in `models/priors/`."""
    digest = weights.digest(model.weights)
    wrong = [found for found in _cards() if isinstance(found, ExplorerError)]
    others = [
        ExplorerError(
            f"{fitted.title} was fitted to other weights of {model.title} than it has now", "Fit one to these."
        )
        for fitted in _naming(model)
        if fitted.digest != digest
    ]
    return [*wrong, *others]


def runs_of(model_id: str) -> list[Run]:
    """Runs of priors, newest first, over latents of a model or a run with that id, whatever they have come to."""
    return [run for run, of in runs.each(_base_id) if of == model_id]


def load(fitted: FittedPrior) -> Prior:
    """The prior, float32, in eval mode.

    Raises
    ------
    ExplorerError
        If its file is gone or damaged, or of another prior than is said of it.
    """
    from explorer import checkpoints

    path = fitted.weights
    if not (fitted.shipped or path.is_file()):  # its run trains on and has dropped that checkpoint for a newer one
        run = runs.find(fitted.id)
        newest = _of_run(run) if run else None
        path = newest.weights if newest else path
    prior, _ = checkpoints.load_prior(path)
    if prior.record.key != fitted.key:
        raise ExplorerError(f"{path.name} is of the prior {prior.record.key}, not {fitted.key}", "Restore it.")
    return prior


def folder() -> Path:
    """Where exported ones go."""
    return models.own() / FOLDER


def is_taken(name: str) -> bool:
    """Whether a shipped one, or one that was exported here, has that id."""
    return any((place / f"{name}.json").exists() for place in _places())


def add_to_card(fitted: FittedPrior, measured: dict[str, Any]) -> None:
    """Put what was measured of a shipped one into its card, as "measured", and keep what else stands there.

    ExplorerError if it has no card.
    """
    path = fitted.weights.with_suffix(".json")
    card = read_json(path) if fitted.shipped else None
    if card is None:
        raise ExplorerError(f"{fitted.title} has no card", "Export its run first.")
    write_json(path, card | {"measured": card.get("measured", {}) | measured}, indent=2)


def _naming(model: Model) -> Iterator[FittedPrior]:
    yield from (found for found in _cards() if isinstance(found, FittedPrior) and found.model_id == model.id)
    titles = runs.list_titles()
    for _, found in runs.each(_of_run):
        if found and found.model_id == model.id:
            yield replace(found, title=titles.get(found.id, found.id))


def _places() -> tuple[Path, Path]:
    return models.SHIPPED / FOLDER, folder()


def _cards() -> Iterator[FittedPrior | ExplorerError]:
    """Of one name the shipped one."""
    found = {name: place / name for place in reversed(_places()) for name in listed(place, ".json")}
    for name in sorted(found):
        path = found[name]
        yield _read_card(path, beside=[str(path.with_suffix(".safetensors"))])


def _parse(path: Path) -> FittedPrior | ExplorerError:
    """The prior of a card, or what is wrong with it, or with its weights."""
    try:
        if not ID.fullmatch(path.stem):
            raise ExplorerError(f"{path.name} is no name of a prior", "Small letters, digits and hyphens, up to 64.")
        said = records.read(path)
        if said is None:
            raise ExplorerError(f"{path.name} leads nowhere", "Delete it.")
        fitted = _of_card(path, said)
    except ExplorerError as e:
        return ExplorerError(e.what, e.advice)
    return _unusable(fitted.weights, fitted.key) or fitted


def _of_card(path: Path, said: Record) -> FittedPrior:
    model = said.record("model")
    environment = said.record("environment")
    card = dict(said.values)
    if said.has("loss"):
        loss = said.record("loss")
        card["loss"] = {split: loss.number(split) for split in loss.values}
    if said.has("config"):
        card["config"] = dict(said.record("config").values)
    if said.has("measured"):
        card["measured"] = dict(said.record("measured").values)
    environment.text("digest", 200, empty=True)
    return FittedPrior(
        id=path.stem,
        title=said.text("title", 200),
        key=said.choice("prior", TRAINED_PRIORS),
        model_id=model.text("id", 64),
        weights=path.with_suffix(".safetensors"),
        shipped=True,
        step=said.whole("step"),
        card=card,
        digest=model.text("weights", 200),
    )


def _of_run(run: Run) -> FittedPrior | None:
    """What a run has come to at its newest whole checkpoint, called by its id; None if it has none, or is no prior."""
    try:
        config, base = run.config, run.base
    except ExplorerError:
        return None
    if base is None or config.prior not in TRAINED_PRIORS:
        return None
    usable = (s for s in reversed(run.checkpoint_steps()) if _unusable(run.weights_path(s), config.prior) is None)
    if (step := next(usable, None)) is None:
        return None
    return FittedPrior(
        id=run.id,
        title=run.id,
        key=config.prior,
        model_id=base.id,
        weights=run.weights_path(step),
        shipped=False,
        step=step,
        digest=weights.digest(run.model_path),
    )


def _base_id(run: Run) -> str:
    base = run.base
    return base.id if base else ""


def _why_unusable(path: Path, key: str) -> ExplorerError | None:
    """Why weights can't be those of a prior, as far as their header tells."""
    try:
        found = weights.prior_settings(weights.metadata(path), path.name)["prior"]
    except ExplorerError as e:
        return ExplorerError(e.what, e.advice)
    return None if found == key else ExplorerError(f"{path.name} is of the prior {found}, not {key}", "Restore it.")


_unusable = Kept(_why_unusable)
_read_card = Kept(_parse)

"""Models that pages can show: those shipped in `models/`, and every run with a readable checkpoint.

Nothing here imports torch until weights are loaded.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, cast

from safetensors import SafetensorError, safe_open

from explorer import runs
from explorer.config import TrainConfig
from explorer.data import SOURCES, Split
from explorer.errors import ExplorerError
from explorer.files import Kept, read_json
from explorer.nets import BETA_STOPS, FAMILIES
from explorer.runs import Run

if TYPE_CHECKING:
    from explorer.nets.base import Net


SHIPPED = Path(__file__).parent.parent / "models"
DEFAULT = "cifar10-beta-1e-3"  # the model that pages show first, of the notebook's beta

BLUR_BETAS = BETA_STOPS[::5]  # betas that a conditional model's blur is measured at: two a decade

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_log = logging.getLogger(__name__)


class Means(TypedDict):
    """Means over a whole split, one sample of z an image.

    Attributes
    ----------
    recon : float
        Mean squared error a pixel value, pixels 0 to 1.
    kl : float
        Nats a latent dimension; infinite where the latent is a point.
    total : float
        recon + beta * kl.
    perplexity : float
        Of codes only: how many, equally used, would carry as much.
    """

    recon: float
    kl: float
    total: float
    perplexity: NotRequired[float]


@dataclass(frozen=True)
class Model:
    """A model that can be loaded, and what is known of it.

    Parameters
    ----------
    id : str
        Name of a shipped card, or id of a run: what stands in URLs.
    title : str
    weights : Path
        safetensors file.
    family : str
        Key of `explorer.nets.FAMILIES`.
    latent_dim : int
    beta : float
        The beta it was trained at; where that moved, the one in force at `step`: `Run.beta_at`.
    source : str
        Key of the image source it was trained on.
    step : int
        Optimiser steps taken.
    measured : mapping of Split to Means
        As far as they were measured.
    measured_step : int or None
        Step of the weights that were measured, where these may be earlier ones: of a run.
    shipped : bool
    digest : str
        Of the images, all splits, that it was trained and measured on; "" if nobody wrote it down.
    card : dict
        All that the card says; empty for a run. It may lack any of these, beside the fields above:

        "blur", an `explorer.analysis.blur.Blur` as JSON, over `blur.some` images, and "images", how many these are; of
        a conditional model "curve", `Means` on the test split with their "beta", ascending, and "blur_curve", blurs
        with their "beta" at each of `BLUR_BETAS`, and "prior_gap", an `explorer.analysis.prior_gap.Gap` at each of
        `BETA_STOPS`; "wall_time_s", seconds of training, without pauses; "command" and "config", the `TrainConfig`
        that repeat it; "versions" of Python and packages; "environment", as `Run.environment`; "dtype" of the weights;
        "licence"; "measured_how", the units of "measured" in words.
    """

    id: str
    title: str
    weights: Path
    family: str
    latent_dim: int
    beta: float
    source: str
    step: int
    measured: Mapping[Split, Means]
    shipped: bool
    digest: str = ""
    measured_step: int | None = None
    card: dict[str, Any] = field(default_factory=dict, hash=False, compare=False, repr=False)

    @property
    def version(self) -> tuple[str, int, float]:
        """Changes whenever what it makes of an image does: a key for caches. Without the beta: of its weights."""
        return self.id, self.step, self.beta

    @property
    def held_out(self) -> Split | None:
        """The split that pages quote it on: "test", or where that wasn't measured "validation"; None if neither."""
        splits: tuple[Split, ...] = ("test", "validation")
        return next((split for split in splits if split in self.measured), None)

    @property
    def conditional(self) -> bool:
        """Whether it is a VAE at any beta: `dataclasses.replace(model, beta=...)` is the same weights at another."""
        return FAMILIES[self.family].conditional

    @property
    def weighs_beta(self) -> bool:
        """Whether beta means anything to it."""
        return FAMILIES[self.family].weighs_beta

    @property
    def latent_size(self) -> str:
        """How much its latent is: "128 numbers"."""
        return f"{self.latent_dim:,} {'codes' if FAMILIES[self.family].posterior == 'codes' else 'numbers'}"

    @property
    def effort(self) -> str:
        """What it took, to follow "trained on its images": "for 500 steps"."""
        return "in closed form" if FAMILIES[self.family].closed_form else f"for {self.step:,} steps"


def shipped() -> list[Model]:
    """Models in `models/` by family, as `FAMILIES` has them, by beta, largest first, and by id.

    One whose card can't be read is left out.
    """
    families = list(FAMILIES)
    known = (_read_card(SHIPPED / name) for name in os.listdir(SHIPPED) if name.endswith(".json"))
    return sorted((m for m in known if m), key=lambda m: (families.index(m.family), -m.beta, m.id))


def measured_alike(found: Sequence[Model]) -> list[Model]:
    """Those measured on the very same images as the default model, or if it isn't among them as the first.

    Numbers of others don't belong into the same chart.
    """
    first = next((model for model in found if model.id == DEFAULT), found[0] if found else None)
    return [model for model in found if first and model.digest == first.digest]


def list_models() -> list[Model]:
    """Shipped models, then trained ones, newest first."""
    titles, known = runs.list_titles(), shipped()
    for run, model in runs.each(_of_newest):
        if model:
            title = titles.get(run.id, model.title)
            known.append(model if model.title == title else replace(model, title=title))
    return known


def get(model_id: str) -> Model:
    """The model with an id; ExplorerError if there is none."""
    if ID.fullmatch(model_id):
        if model := _read_card(SHIPPED / f"{model_id}.json"):
            return model
        if (run := runs.find(model_id)) and (model := from_run(run)):
            return model
    raise ExplorerError(f"there is no model {model_id[:64]!r}", f"Known: {', '.join(m.id for m in list_models())}.")


def from_run(run: Run) -> Model | None:
    """The model that a run has come to at its newest whole checkpoint; None if it has none, or no settings."""
    model = _of_newest(run)
    return model if model is None else replace(model, title=run.title)


def _of_newest(run: Run) -> Model | None:
    """The same, called as if there were no other runs."""
    model = _known_of_run(run.path, beside=run.kept_in())
    return model if model is None or _is_whole(model.weights) else _of_run(run.path)


def _of_run(folder: Path) -> Model | None:
    run = Run(folder)
    step = next((step for step in reversed(run.checkpoint_steps()) if _is_whole(run.weights_path(step))), None)
    if step is None:
        return None
    try:
        config, full = run.config, run.measured_at(step)
    except ExplorerError:
        return None
    return Model(
        id=run.id,
        title=run.title_alone,
        weights=run.weights_path(step),
        family=config.family,
        latent_dim=config.latent_dim,
        beta=run.beta_at(step),
        source=config.source,
        step=step,
        measured=_measured({"validation": full.to_json()}) if full else {},
        measured_step=full.step if full else None,
        shipped=False,
        digest=(_environment(run.path / "environment.json") or {}).get("digest", ""),
    )


_known_of_run = Kept(_of_run)


def start_weights(config: TrainConfig) -> Path:
    """The weights that a run with these settings starts from, which have its architecture.

    Raises
    ------
    ExplorerError
        If there is no such model or checkpoint, it is damaged, or its architecture is another than the settings'.
    """
    name = config.start_from
    if "@" in name:
        run, step = runs.checkpoint(name)
        weights = run.weights_path(step)
    else:
        weights = get(name).weights
    try:
        with safe_open(weights, framework="numpy") as file:
            found = json.loads(file.metadata()["explorer"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as e:
        raise ExplorerError(f"the weights of {name} are missing or damaged: {e}", "Choose another model.") from e
    asked = config.architecture
    theirs = {setting: getattr(TrainConfig, setting) for setting in asked} | found | found.get("options", {})
    wrong = [setting for setting in asked if asked[setting] != theirs[setting]]
    if wrong:
        has, wants = (" and ".join(f"{n} {values[n]}" for n in wrong) for values in (theirs, asked))
        changes = " and ".join(f"{n} to {theirs[n]}" for n in wrong)
        raise ExplorerError(
            f"{name} has {has}, and this run asks for {wants}",
            f"Weights fix that: set {changes}, or start from random weights.",
        )
    return weights


def load_model(model: Model) -> Net:
    """The net, float32, in eval mode, of a conditional model that of all betas.

    ExplorerError if the file is gone, damaged or of another architecture.
    """
    from explorer import checkpoints

    if not (model.shipped or model.weights.is_file()):
        model = get(model.id)  # its run trains on and has dropped that checkpoint for a newer one
    net, _ = checkpoints.load_weights(model.weights)
    return net


def _can_be_opened(weights: Path) -> bool:
    """Whether a safetensors file has all the bytes that its header promises."""
    try:
        with safe_open(weights, framework="numpy"):
            return True
    except (OSError, SafetensorError):
        return False


_is_whole = Kept(_can_be_opened)


def _parse_card(path: Path) -> Model | None:
    """The model of a card; None without one that can be read, which is said in the log."""
    if not path.is_file():
        return None
    try:
        model = _from_card((read_json(path) or {}) | {"id": path.stem})
        if model.family in FAMILIES and model.source in SOURCES:
            return model
        reason = "its family or its images are unknown"
    except (KeyError, TypeError, AttributeError) as e:
        reason = repr(e)
    _log.warning("%s is no card of a model: %s", path, reason)
    return None


_read_card = Kept(_parse_card)
_environment = Kept(read_json)


def _from_card(card: dict[str, Any]) -> Model:
    known = {k: card[k] for k in ("id", "title", "family", "latent_dim", "beta", "source", "step")}
    return Model(
        **known,
        measured=_measured(card.get("measured", {})),
        weights=SHIPPED / f"{card['id']}.safetensors",
        shipped=True,
        digest=card.get("environment", {}).get("digest", ""),
        card=card,
    )


def _measured(splits: dict[Split, dict[str, Any]]) -> dict[Split, Means]:
    """As `Model.measured`; JSON knows no infinity, and holds null for it."""
    found: dict[Split, Means] = {}
    for split, means in splits.items():
        known = {name: _or_infinite(means[name]) for name in Means.__annotations__ if name in means}
        if {"recon", "kl", "total"} <= known.keys():
            found[split] = cast("Means", known)
    return found


def _or_infinite(value: float | None) -> float:
    return math.inf if value is None or math.isnan(value) else value

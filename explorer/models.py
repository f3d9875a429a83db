"""Models that pages can show: those shipped in `models/`, imported ones, and every run with a readable checkpoint.

Nothing here imports torch until weights are loaded.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import cards, own_code, places, records, runs
from explorer.cards import Imported, Means
from explorer.config import SettingError, TrainConfig
from explorer.data import SOURCES, Split
from explorer.errors import ExplorerError
from explorer.files import Kept, listed
from explorer.nets import BETA_STOPS, FAMILIES, Family
from explorer.priors import PRIORS, PriorRecord, fitting
from explorer.runs import Base, Run
from explorer.runs.rows import Full
from explorer.weights import architecture, metadata

if TYPE_CHECKING:
    from explorer.nets.base import Net


SHIPPED = places.PROJECT / "models"
DEFAULT = "cifar10-beta-1e-3"  # the model that pages show first, of the notebook's beta

BLUR_BETAS = BETA_STOPS[::5]  # betas that a conditional model's blur is measured at: two a decade

IMPORTED_VARIABLE = "VAE_EXPLORER_IMPORTED"
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Model:
    """A model that can be loaded, and what is known of it.

    Parameters
    ----------
    id : str
        Name of a card, or id of a run: what stands in URLs.
    title : str
    weights : Path
        safetensors file.
    family : str
        Key of `explorer.nets.FAMILIES`.
    latent_dim : int
    beta : float
        The beta it was trained at; where that moved, the one in force at `step`: `Run.beta_at`.
    source : str
        Key of the image source it was trained on; of an imported one of which nobody said that, the one it is measured
        on.
    step : int
        Optimiser steps taken, since it started.
    goes_on : bool
        Whether it started from trained weights.
    measured : mapping of Split to Means
        As far as they were measured.
    measured_step : int or None
        Step of the weights that were measured, where these may be earlier ones: of a run.
    shipped : bool
        Whether it has a card, and is no run's.
    imported : Imported or None
        Where it came from, if it was not trained here.
    digest : str
        Of the images, all splits, that it was trained and measured on; "" if nobody wrote it down.
    card : dict
        All that the card says; empty for a run. It may lack any of these, beside the fields above:

        "likelihood", an `explorer.analysis.likelihood.record.Reported` as JSON; "blur", an
        `explorer.analysis.blur.Blur` as JSON, over `blur.some` images, and "images", how many these are; of a
        conditional model "curve", `Means` on the test split with their "beta", ascending, and "blur_curve",
        blurs with their "beta" at each of `BLUR_BETAS`; "blur_elsewhere", blurs on images that come with the
        app, with their "digest"; and "prior_gap", an `explorer.analysis.prior_gap.Gap` at each of `BETA_STOPS`;
        "samples", rows of `explorer.sample_scores`; "wall_time_s", seconds of training, without pauses;
        "command" and "config", the `TrainConfig` that repeat it; "versions" of Python and packages;
        "environment", as `Run.environment`; "dtype" of the weights; "licence"; "measured_how", the units of
        "measured" in words.
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
    goes_on: bool = False
    imported: Imported | None = None
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
    def as_of(self) -> str:
        """Which weights of it these are: "step 2,496", "imported 2026-11-26"."""
        return f"imported {self.imported.day}" if self.imported else f"step {self.step:,}"

    @property
    def trained_on(self) -> str:
        """The images that it was trained on, to follow "trained on"."""
        known = self.imported is None or self.imported.source
        return SOURCES[self.source].title if known else "unknown images"

    def has_not_seen(self, source: str | None) -> bool:
        """Whether it was trained on other images than a source's, as far as is known."""
        return self.source != source and (self.imported is None or bool(self.imported.source))

    @property
    def effort(self) -> str:
        """What it took, to follow "trained on its images": "for 500 steps"; of an imported one where it came from."""
        if self.imported:
            return f"elsewhere, imported from {self.imported.file} on {self.imported.day}"
        if FAMILIES[self.family].closed_form:
            return "in closed form"
        return f"for {self.step:,} steps{' more, from trained weights' if self.goes_on else ''}"


def shipped() -> list[Model]:
    """Models in `models/` by source and family, as `SOURCES` and `FAMILIES` have them, by beta, largest first, by id.

    Those that can't be used are left out: `left_out`.
    """
    sources, families = list(SOURCES), list(FAMILIES)
    known = [model for model in _cards() if isinstance(model, Model)]
    return sorted(
        known,
        key=lambda model: (sources.index(model.source), families.index(model.family), -model.beta, model.id),
    )


def imported() -> list[Model]:
    """Models that were trained elsewhere, by title. Those that can't be used are left out: `left_out`."""
    known = [model for model in map(_card, _imported_paths()) if isinstance(model, Model) and model.imported]
    return sorted(known, key=lambda model: (model.title.casefold(), model.id))


def carded() -> list[Model]:
    """All with a card that says what was measured of them: those shipped, then those imported."""
    return shipped() + imported()


def left_out() -> list[ExplorerError]:
    """What is wrong with files that should be cards of models, and are none that can be used."""
    found = [*_cards(), *map(_card, _imported_paths())]
    return [wrong for wrong in found if isinstance(wrong, ExplorerError)]


def imported_folder() -> Path:
    """Where imported models are kept: `VAE_EXPLORER_IMPORTED`, or `imported/` beside runs (`explorer.places`)."""
    return Path(os.environ.get(IMPORTED_VARIABLE) or places.kept("imported"))


def _imported_paths() -> list[Path]:
    beside = [] if os.environ.get(IMPORTED_VARIABLE) else places.read_too("imported")
    found = {name: place / name for place in (*beside, imported_folder()) for name in listed(place, ".json")}
    return [found[name] for name in sorted(found)]


def own() -> Path:
    """Where exported models go: `models/`, or of an app that may not be written the user's (`explorer.places`)."""
    return places.writable(SHIPPED, "models")


def card_paths() -> list[Path]:
    """Cards of all models that aren't runs'; of one name the shipped one.

    Raises
    ------
    ExplorerError
        If `models/` can't be read.
    """
    try:
        os.listdir(SHIPPED)
    except OSError as e:
        raise ExplorerError(f"{SHIPPED} can't be read: {e.strerror}", "Restore it, or train a model.") from e
    found = {name: place / name for place in (own(), SHIPPED) for name in listed(place, ".json")}
    return [found[name] for name in sorted(found)]


def _cards() -> Iterator[Model | ExplorerError]:
    try:
        paths = card_paths()
    except ExplorerError as e:
        yield ExplorerError(e.what, e.advice)
        return
    yield from map(_card, paths)


def _card(path: Path) -> Model | ExplorerError:
    found = _read_card(path, beside=[str(path.with_suffix(".safetensors"))])
    if isinstance(found, ExplorerError) or FAMILIES[found.family].trained:
        return found
    wrong = own_code.why_not(str(found.card.get("code", "")))  # asked each time: it is allowed or forbidden elsewhere
    return ExplorerError(f"{found.title} can't be used: {wrong.what}", wrong.advice) if wrong else found


def measured_alike(found: Sequence[Model]) -> list[Model]:
    """Those measured on the very same images as the default model, or if it isn't among them as the first.

    Numbers of others don't belong into the same chart.
    """
    first = next((model for model in found if model.id == DEFAULT), found[0] if found else None)
    return [model for model in found if first and model.digest == first.digest]


def first_of(source: str) -> str:
    """Id of the model to show first on images of a source: of the shipped ones that learnt from them, or `DEFAULT`."""
    learnt = [model.id for model in shipped() if model.source == source]
    return learnt[0] if learnt and DEFAULT not in learnt else DEFAULT


def list_models() -> list[Model]:
    """Shipped models, then imported ones, then trained ones, newest first."""
    global _listed
    found, titles = tuple(model for _, model in runs.each(_of_newest) if model), runs.list_titles()
    by, trained = _listed
    if by != (found, titles):  # of the very same models: quickly seen
        trained = [replace(model, title=titles.get(model.id, model.id)) for model in found]
        _listed = (found, titles), trained
    return carded() + trained


_listed: tuple[tuple[tuple[Model, ...], dict[str, str]], list[Model]] = ((), {}), []


def get(model_id: str) -> Model:
    """The model with an id; ExplorerError if there is none, or it can't be used."""
    if ID.fullmatch(model_id):
        places_ = (SHIPPED, own(), *{path.parent for path in _imported_paths() if path.stem == model_id})
        path = next((p for p in (place / f"{model_id}.json" for place in places_) if p.is_file()), None)
        if path:
            found = _card(path)
            if isinstance(found, ExplorerError):
                raise ExplorerError(found.what, found.advice)
            return found
        if (run := runs.find(model_id)) and (model := from_run(run)):
            return model
    raise ExplorerError(f"there is no model {model_id[:64]!r}", f"Known: {', '.join(m.id for m in list_models())}.")


def of_card_beside(weights: Path) -> Model | None:
    """The model that a file of weights is of, as a card beside it says; None without such a card."""
    card = weights.with_suffix(".json")
    found = _card(card) if card.is_file() else None
    return found if isinstance(found, Model) else None


def from_run(run: Run) -> Model | None:
    """The model that a run has come to at its newest whole checkpoint; None if it has none, or no settings."""
    model = _of_newest(run)
    return model if model is None else replace(model, title=run.title)


def _of_newest(run: Run) -> Model | None:
    """The same, called by its id."""
    model = _known_of_run(run.path, beside=run.kept_in())
    usable = model is None or _can_be_used(model.weights, model.family, model.latent_dim)
    return model if usable else _of_run(run.path)


def _of_run(folder: Path) -> Model | None:
    run = Run(folder)
    try:
        config = run.config
        if config.prior:
            return None
        usable = (
            step
            for step in reversed(run.checkpoint_steps())
            if _can_be_used(run.weights_path(step), config.family, config.latent_dim)
        )
        if (step := next(usable, None)) is None:
            return None
        full = run.measured_at(step)
    except ExplorerError:
        return None
    return Model(
        id=run.id,
        title=run.id,
        weights=run.weights_path(step),
        family=config.family,
        latent_dim=config.latent_dim,
        beta=run.beta_at(step),
        source=config.source,
        step=step,
        goes_on=bool(config.start_from),
        measured={"validation": _means(full)} if full else {},
        measured_step=full.step if full else None,
        shipped=False,
        digest=run.environment.get("digest", ""),
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
    if "@" in name or config.prior:
        run, step = runs.checkpoint(name)
        weights = run.weights_path(step)
        if run.config.prior != config.prior:
            what = f"a prior, {run.config.prior}" if run.config.prior else "no prior"
            raise ExplorerError(f"{name} is {what}", "Start from weights of the same kind, or from random ones.")
        if config.prior:
            return weights
    else:
        weights = get(name).weights
    try:
        family, latent_dim, options = architecture(metadata(weights), weights.name)
    except ExplorerError as e:
        raise ExplorerError(f"the weights of {name} can't be used: {e.what}", "Choose another model.") from e
    if not FAMILIES[family].trained:
        raise ExplorerError(f"{name} has code of its own", "It can't be trained on here: choose another model.")
    asked = config.architecture
    theirs = {setting: getattr(TrainConfig, setting) for setting in asked}
    theirs |= {"family": family, "latent_dim": latent_dim} | options
    wrong = [setting for setting in asked if asked[setting] != theirs[setting]]
    if wrong:
        has, wants = (" and ".join(f"{n} {values[n]}" for n in wrong) for values in (theirs, asked))
        changes = " and ".join(f"{n} to {theirs[n]}" for n in wrong)
        raise ExplorerError(
            f"{name} has {has}, and this run asks for {wants}",
            f"Weights fix that: set {changes}, or start from random weights.",
        )
    return weights


def base_of(config: TrainConfig) -> tuple[TrainConfig, Base, Path]:
    """The model that a run of a prior is of: the settings with its images, what it is, and its weights.

    A run that is named without a step is taken at its newest checkpoint.

    Raises
    ------
    ExplorerError
        If there is no such model, it can't have this prior, or its weights are damaged.
    """
    name, record = config.prior_of, PRIORS[config.prior]
    if not name:
        raise SettingError("prior_of", f"{record.title} is a prior of some model", "Say of which: prior_of, its id.")
    if "@" in name or runs.find(name):
        run, step = runs.checkpoint(name)
        if run.config.prior:
            raise SettingError("prior_of", f"{run.title} is a prior itself", "Choose the model that it is of.")
        weights, name = run.weights_path(step), f"{run.id}@{step}"
        base, data_path = Base(run.id, run.title, step, run.environment.get("digest", "")), run.config.data_path
        source = run.config.source
    else:
        model = get(name)
        weights, source, data_path = model.weights, model.source, model.card.get("config", {}).get("data_path", "")
        base = Base(model.id, model.title, model.step, model.digest)
    try:
        family = FAMILIES[architecture(metadata(weights), weights.name)[0]]
    except ExplorerError as e:
        raise ExplorerError(f"the weights of {name} can't be used: {e.what}", "Choose another model.") from e
    if record not in can_have(family):
        known = ", ".join(other.key for other in can_have(family)) or "none"
        raise SettingError(
            "prior_of", f"{record.title} can't be fitted to {base.title}, {family.title}", f"What can: {known}."
        )
    return replace(config, prior_of=name, source=source, data_path=data_path), base, weights


def can_have(family: Family) -> list[PriorRecord]:
    """Priors that are trained as runs, which a model of a family can have; of every beta at once it can have none."""
    return [] if family.conditional else [record for record in fitting(family) if record.trained]


def load_model(model: Model) -> Net:
    """The net, float32, in eval mode, of a conditional model that of all betas.

    ExplorerError if the file is gone, damaged or of another architecture.
    """
    from explorer import checkpoints

    if not (model.shipped or model.weights.is_file()):
        model = get(model.id)  # its run trains on and has dropped that checkpoint for a newer one
    net, _ = checkpoints.load_weights(model.weights)
    return net


def _unusable(weights: Path, family: str, latent_dim: int) -> ExplorerError | None:
    """Why weights can't be those of such a net, as far as their header tells."""
    try:
        found = architecture(metadata(weights), weights.name)[:2]
    except ExplorerError as e:
        return ExplorerError(e.what, e.advice)
    if found == (family, latent_dim):
        return None
    said = " of latent_dim ".join(map(str, found))
    return ExplorerError(f"{weights.name} is a {said}, no {family} of {latent_dim}", "Restore it, or delete it.")


_why_unusable = Kept(_unusable)


def _can_be_used(weights: Path, family: str, latent_dim: int) -> bool:
    return _why_unusable(weights, family, latent_dim) is None


def _parse_card(path: Path) -> Model | ExplorerError:
    """The model of a card, or what is wrong with it, or with its weights."""
    try:
        if not ID.fullmatch(path.stem):
            advice = "A card and its weights are called by small letters, digits and hyphens, up to 64."
            raise ExplorerError(f"{path.name} is no name of a model", advice)
        said = records.read(path)
        if said is None:
            raise ExplorerError(f"{path.name} leads nowhere", "Delete it.")
        card = cards.parse(said)
    except ExplorerError as e:
        return ExplorerError(e.what, e.advice)
    weights = path.with_suffix(".safetensors")
    return _unusable(weights, card.family, card.latent_dim) or Model(
        id=path.stem,
        title=card.title,
        family=card.family,
        latent_dim=card.latent_dim,
        beta=card.beta,
        source=card.source,
        step=card.step,
        goes_on=bool(card.values.get("config", {}).get("start_from")),
        measured=card.measured,
        weights=weights,
        shipped=True,
        digest=card.digest,
        imported=card.imported,
        card=card.values,
    )


_read_card = Kept(_parse_card)


def _means(full: Full) -> Means:
    """What a run was measured to do; where that is no number it is infinite."""
    found = Means(recon=_or_infinite(full.recon), kl=_or_infinite(full.kl), total=_or_infinite(full.total))
    if full.perplexity is not None:
        found["perplexity"] = _or_infinite(full.perplexity)
    return found


def _or_infinite(value: float) -> float:
    return math.inf if math.isnan(value) else value

"""What stands in the plane of rate and distortion: a conditional model's curve, and other models as dots."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from explorer import measured_codecs, models, runs, units
from explorer.data import SOURCES
from explorer.errors import ExplorerError
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.runs import Run
from explorer.runs.rows import Full, Measured
from explorer.units import beta_text

if TYPE_CHECKING:
    from explorer.analysis.over_beta import OverBeta

# What a dot's colour says: a shipped model trained at one beta ("beta"), one with a spatial latent, one of codes, a
# linear one, no model but JPEG or WebP ("codec"), or a run of one's own ("latent"). Keys of `explorer.ui.components`'
# colours.
Concept = Literal["beta", "spatial", "codes", "linear", "codec", "latent"]
MOST_RUNS = 40  # runs with dots: more are no picture, and 500 are 160 kB that each viewer is sent
_ALSO_AT = "@"  # in a dot's id, between the id of a conditional net's run and a beta that the run was measured at


@dataclass(frozen=True)
class Curve:
    """A model's way through the plane, float arrays (n,), ascending in beta.

    Parameters
    ----------
    beta : above 0
    nats : rate, nats an image
    mse : mean squared error a pixel value, pixel scale 0..1
    where : str
        What it was measured on.
    """

    beta: np.ndarray
    nats: np.ndarray
    mse: np.ndarray
    where: str

    def at(self, betas: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """Nats and mean squared errors at other betas, read between points on logarithmic scales: (m,), (m,)."""
        wanted, known = np.log(betas), np.log(self.beta)
        nats, mse = (np.exp(np.interp(wanted, known, np.log(np.maximum(v, 1e-9)))) for v in (self.nats, self.mse))
        return nats, mse


@dataclass(frozen=True)
class Dot:
    """A model that stands beside the curve, or a codec.

    Parameters
    ----------
    id : str
        What `model` finds it by.
    title : str
    beta : float or None
        None where it means nothing.
    nats : float
        Rate, nats an image.
    mse : float
        Mean squared error a pixel value, pixel scale 0..1.
    where : str
        What both were measured on.
    concept : str
        Whose colour it has.
    source : str
        Key of the images that it was measured on.
    pictures : bool
        Whether it has weights that pictures can be made with.
    active : bool
        Whether it is being trained, and so moves.
    """

    id: str
    title: str
    beta: float | None
    nats: float
    mse: float
    where: str
    concept: Concept
    source: str
    pictures: bool = True
    active: bool = False

    @property
    def label(self) -> str:
        """What stands beside it: its beta, or what tells a model from the plain one of that beta; "" for nothing."""
        if self.beta is None or self.concept not in ("beta", "latent"):
            return ""
        text = beta_text(self.beta)
        if self.concept == "beta" and self.title != f"beta {text}":
            return self.title.removeprefix(f"beta {text}, ")
        return text if self.beta else f"beta {text}"  # "0" alone could be anything


def curve(model: Model, swept: OverBeta) -> Curve:
    """A conditional model's curve: its card's, on a whole split, or else that of the images shown."""
    rows = model.card.get("curve")
    if not rows:
        return Curve(swept.beta, swept.nats, swept.mse.mean(axis=1), "these images, from the mean")
    beta, kl, mse = (np.array([row[key] for row in rows], dtype=np.float64) for key in ("beta", "kl", "recon"))
    return Curve(beta, kl * model.latent_dim, mse, f"the test split of {SOURCES[model.source].title}, z sampled")


def dots(kept: str = "", source: str = "") -> list[Dot]:
    """Shipped and imported models with one rate, and runs that were measured and have one: the newest `MOST_RUNS`.

    Whatever trains is among them, and the run whose dot, `kept`, is being looked at. Shipped and imported models are
    those of the images of `source`; or if none is, those that were measured as the default model was. Beside them
    stand JPEG and WebP, where they err as much as any of these.
    """
    carded = models.carded()
    alike = [model for model in carded if model.source == source] or models.measured_alike(carded)
    found = [dot for model in alike if not model.conditional and (dot := _shipped(model))]
    if alike:
        found += _codecs(alike[0].digest, alike[0].source, [dot.mse for dot in found])
    titles, measured = runs.list_titles(), (each for each in runs.each(_of_run) if each[1])
    newest = dict(itertools.islice(measured, MOST_RUNS))
    others = [*runs.active(), runs.find(run_of(kept))]
    older = {run: _of_run(run) for run in others if run and run not in newest}
    for run, of_run in (newest | older).items():
        found += [replace(dot, title=titles.get(run.id, run.id)) for dot in of_run]
    return found


def left_out(shown: Sequence[Dot], source: str) -> list[str]:
    """Imported models that have no place among the dots `shown` beside a curve of those images, and why, in words."""
    found, ids = [], {dot.id for dot in shown}
    for model in models.imported():
        if model.conditional or model.id in ids:
            continue
        split = model.held_out
        if split is None:
            why = "not measured yet"
        elif not math.isfinite(model.measured[split]["kl"]):
            why = "which has no rate"
        else:
            why = f"measured on {'other images of ' if model.source == source else ''}{SOURCES[model.source].title}"
        found.append(f"{model.title}, {why}")
    return found


def run_of(dot_id: str) -> str:
    """Id of the run, or the model, that a dot stands for."""
    return dot_id.partition(_ALSO_AT)[0]


def model(dot_id: str) -> Model:
    """The model that a dot stands for; ExplorerError if it has none to show."""
    model_id, _, beta = dot_id.partition(_ALSO_AT)
    found = models.get(model_id)
    return replace(found, beta=float(beta)) if beta and found.conditional else found


def floor(source: str) -> float | None:
    """The shipped autoencoder's mean squared error on a source: what a net can do for a picture if nats are free."""
    points = (m for m in models.shipped() if FAMILIES[m.family].posterior == "point" and m.source == source)
    return next((model.measured["test"]["recon"] for model in points if "test" in model.measured), None)


def _shipped(model: Model) -> Dot | None:
    split = model.held_out
    if split is None:
        return None
    measured = model.measured[split]
    nats = units.nats_per_image(measured["kl"], model.latent_dim)
    if not math.isfinite(nats):
        return None
    family = FAMILIES[model.family]
    concept: Concept = "beta" if family.cells == 1 else "spatial"
    if family.closed_form:
        concept = "linear"
    elif family.posterior == "codes":
        concept = "codes"
    where = f"the {split} split of {SOURCES[model.source].title}"
    beta = model.beta if model.weighs_beta else None
    return Dot(model.id, model.title, beta, nats, measured["recon"], where, concept, model.source)


def _codecs(digest: str, source: str, among: Sequence[float]) -> list[Dot]:
    """Files of many pictures whose mean squared errors lie among others."""
    errors = [(row, row.values["mse"]) for row in measured_codecs.known(digest)]
    of = SOURCES[source].title
    return [
        Dot(
            f"{row.codec}-{row.quality}", row.title, None, row.nats, mse,
            f"{row.images:,} test images of {of}; {row.sizes}", "codec", source, pictures=False,
        )
        for row, mse in errors
        if mse and among and min(among) <= mse <= max(among)
    ]  # fmt: skip


def _of_run(run: Run) -> list[Dot]:
    """Where a run stands: one dot, and for a conditional net one at each beta that it is watched at."""
    try:
        config, summary = run.config, run.summary()
    except ExplorerError:
        return []
    latest = summary.latest
    if not latest or not math.isfinite(latest.kl):
        return []
    others = [row for row in summary.at if row.beta != latest.beta and math.isfinite(row.kl)]
    of, pictures, active = SOURCES[config.source].title, bool(run.checkpoint_steps()), run.status().active

    def dot(row: Measured, beta: float | None, name: str) -> Dot:
        images = "the validation split" if isinstance(row, Full) else "some validation images"
        return Dot(
            name, run.id, beta, units.nats_per_image(row.kl, config.latent_dim), row.recon,
            f"{images} of {of}, step {row.step:,}", "latent", config.source, pictures, active,
        )  # fmt: skip

    return [
        dot(latest, latest.beta if config.weighs_beta else None, run.id),
        *(dot(row, row.beta, f"{run.id}{_ALSO_AT}{beta_text(row.beta)}") for row in others),
    ]

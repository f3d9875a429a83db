"""What a run's latent is used for, live: the KL of each dimension or the use of each code, and the run's way through
rate and distortion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer import models, units
from explorer.config import TrainConfig
from explorer.in_use import in_use, in_use_words
from explorer.nets import FAMILIES
from explorer.runs import Run
from explorer.runs.metrics import Metrics
from explorer.runs.rows import Subset
from explorer.ui.components import register, terms
from explorer.ui.components.curves import thin
from explorer.ui.shell import cache
from explorer.units import beta_text

if TYPE_CHECKING:
    from explorer.frontier import Frontier

MOST_POINTS = 300  # measurements of the run's way through rate and distortion that are sent to the browser, at most
_component = register("latent_use")


def show(run: Run, config: TrainConfig, metrics: Metrics, topic: str) -> None:
    """Draw both, once there is something to draw, and go on with the part "latent" of a topic, if one is named."""
    data = payload(run.latent_use, config, metrics.subset, frontier(config.source, config.latent_dim))
    if data:
        _component(key="latent-use", data=data | {"topic": topic}, height="content")


def frontier(source: str, latent_dim: int) -> Frontier | None:
    """Of the linear VAE on some images, if one is shipped: for another number of dimensions it would be another."""
    for model in models.shipped():
        if FAMILIES[model.family].closed_form and (model.source, model.latent_dim) == (source, latent_dim):
            return cache.linear_frontier(model)
    return None


def payload(
    use: dict[str, Any], config: TrainConfig, rows: Sequence[Subset], frontier: Frontier | None = None
) -> dict[str, Any]:
    """What latent_use.js is sent; empty before the first measurement.

    Parameters
    ----------
    use : dict
        As `Run.latent_use`.
    rows : sequence of Subset
        All measurements on the subset of the validation split: the run's way.
    frontier : Frontier, optional
        What the run has to beat.

    Returns
    -------
    dict
        bars : list of float, descending: KL of each dimension, nats; of codes, each one's share of the cells, percent.
        title, unit, order, words : str: above the bars, what they count, below them, and what they come to.
        trail : list of [nats an image, mean squared error on a pixel scale of 0..1], in the order of steps.
        trail_step : int, where the trail ends; None without one.
        frontier : the same of the linear VAE, a point a beta; empty without one.
        models : list of {"nats", "mse"} in these units and "label", the beta in words: shipped models to compare with.
        terms : as of `terms.templates`.
    """
    if not use:
        return {}
    return moving(use, config, rows) | {
        "frontier": list(zip(frontier.nats.tolist(), frontier.mse.tolist(), strict=True)) if frontier else [],
        "models": _landmarks(config),
        "terms": terms.templates(rate=None),
    }


def moving(use: dict[str, Any], config: TrainConfig, rows: Sequence[Subset]) -> dict[str, Any]:
    """What of the payload changes as the run goes on; empty before the first measurement."""
    if not use:
        return {}
    bars = _codes(use, config) if "code_counts" in use else _dimensions(use)
    measured = [row for row in rows if math.isfinite(row.recon) and math.isfinite(row.kl)]
    trail = [
        [float(f"{units.nats_per_image(row.kl, config.latent_dim):.6g}"), row.recon]
        for row in thin(measured, MOST_POINTS)
    ]
    return {**bars, "trail": trail, "trail_step": measured[-1].step if measured else None}


def _dimensions(use: dict[str, Any]) -> dict[str, Any]:
    kl = sorted(use["kl_per_dim"], reverse=True)
    return {
        "title": "KL of each dimension",
        "unit": "nats, validation",
        "bars": kl,
        "order": "dimensions, the most used first",
        "words": f"step {use['step']:,}: {in_use_words(int(in_use(np.array(kl))), len(kl))}",
    }


def _codes(use: dict[str, Any], config: TrainConfig) -> dict[str, Any]:
    counts = sorted(use["code_counts"], reverse=True)
    shares = [count / sum(counts) for count in counts]
    entropy = -sum(share * math.log(share) for share in shares if share)
    known, even = (units.nats_per_image(nats, config.latent_dim) for nats in (entropy, math.log(len(counts))))
    return {
        "title": "Use of each code",
        "unit": "% of cells, validation",
        "bars": [100 * share for share in shares],
        "order": "codes, the most used first",
        "words": f"step {use['step']:,}: perplexity {math.exp(entropy):.0f} of {len(counts):,}; {even:.0f} nats an "
        f"image, {known:.0f} if frequencies are known",
    }


def _landmarks(config: TrainConfig) -> list[dict[str, Any]]:
    """Shipped models that were measured on images of the same source."""
    found = []
    for model in models.shipped():
        measured = model.measured.get("validation")
        family = FAMILIES[model.family]
        of_one_beta = family.flat and not (family.closed_form or family.conditional)
        if model.source == config.source and measured and of_one_beta:
            nats = units.nats_per_image(measured["kl"], model.latent_dim)
            found.append({"nats": nats, "mse": measured["recon"], "label": beta_text(model.beta)})
    return found

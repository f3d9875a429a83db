"""From a run to a shipped model: its weights in half precision, and a card of what it does on held-out images.

Cards are measured again, as far as they need it, when there is something new to measure. How far samples are from real
pictures takes minutes, and is measured then alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer import checkpoints, fitted, models, perception, sample_scores
from explorer.analysis import blur, prior_gap
from explorer.analysis.blur import Blur
from explorer.analysis.evaluation import BATCH, evaluate_prior, evaluate_split
from explorer.analysis.likelihood import measure as likelihood
from explorer.analysis.measures import MEASURES
from explorer.data import SOURCES, ImageSet, Split, load_image_set
from explorer.errors import ExplorerError
from explorer.files import read_json, reserved, write_json
from explorer.models import BLUR_BETAS, ID, Model
from explorer.nets import BETA_RANGE, BETA_STOPS, FAMILIES, Family
from explorer.nets.base import Net
from explorer.priors.encodings import encode
from explorer.runs import Run
from explorer.weights import digest

CURVE_POINTS = 21  # betas in the "curve" of a conditional model's card: five a decade
PAUSE_S = 300.0  # a longer silence in a run's metrics was a pause or a stop, and no training time
_MEASURED: tuple[Split, ...] = ("validation", "test")


def export(run: Run, name: str, licence: str = "MIT") -> Path:
    """Write `models/NAME.safetensors`, half precision, and its card, measured as written; returns the card's path.

    Of a prior's run it is `models/priors/NAME.safetensors`, and the card names the weights that it is a prior of.

    Raises
    ------
    ExplorerError
        If the run has no readable checkpoint, its images are gone or changed, or the name is taken or unfit.
    """
    taken = fitted.is_taken(name) if run.config.prior else _is_taken(name)
    if not ID.fullmatch(name) or name[0].isdigit() or reserved(name) or taken:
        advice = "Use small letters, digits and hyphens, a letter first, and a new name."
        raise ExplorerError(f"{name!r} is taken or unfit", advice)
    checkpoint = checkpoints.latest_readable(run.path / "checkpoints")
    if checkpoint is None:
        raise ExplorerError(f"{run.title} has no readable checkpoint", "Train it first.")
    images = load_image_set(run.config.source, run.config.data_path or None)
    if images.digest != run.environment.get("digest"):
        raise ExplorerError(f"{images.name} has changed since the run", "Put the same images back.")
    net, metadata = checkpoints.load(checkpoint / "weights.safetensors")
    card_path = (fitted.folder() if run.config.prior else models.own()) / f"{name}.json"
    weights = card_path.with_suffix(".safetensors")
    card_path.parent.mkdir(exist_ok=True)
    checkpoints.save_weights(weights, net, {}, dtype=torch.float16)
    of_kind = _prior_card if run.config.prior else _model_card
    card = {"title": run.title, "step": metadata["step"]} | of_kind(run, weights, metadata["step"], images)
    write_json(card_path, card | _provenance(run) | {"dtype": "float16", "licence": licence}, indent=2)
    os.chmod(weights, 0o644)
    return card_path


def _is_taken(name: str) -> bool:
    return any((place / f"{name}.json").exists() for place in (models.own(), models.SHIPPED))


def _model_card(run: Run, weights: Path, step: int, images: ImageSet) -> dict[str, Any]:
    """What only the card of a model says."""
    net, _ = checkpoints.load_weights(weights)
    config, beta = run.config, run.beta_at(step)
    return {
        "family": config.family,
        "latent_dim": config.latent_dim,
        "beta": beta,
        "source": config.source,
        **_measured(net, beta, images, {}, {}),
        "measured_how": "mean over the split, one sample of z an image; recon is the mean squared error a pixel value "
        "on a scale of 0..1, kl the mean over latent dimensions in nats, total = recon + beta * kl",
    }


def _prior_card(run: Run, weights: Path, step: int, images: ImageSet) -> dict[str, Any]:
    """What only the card of a prior says: whose latents it is over, and its loss on encodings."""
    prior, _ = checkpoints.load_prior(weights)
    model, base = checkpoints.load_weights(run.model_path)[0], run.base
    if base is None:
        raise ExplorerError(f"{run.title} doesn't say which model it is of", "Restore its config.json.")

    def loss_on(indices: np.ndarray) -> float:
        parts = (indices[start : start + BATCH] for start in range(0, len(indices), BATCH))
        return evaluate_prior(prior, (encode(model, images.images[some], images.labels[some]) for some in parts))

    return {
        "prior": prior.record.key,
        "options": prior.settings["options"],
        "model": {"id": base.id, "title": base.title, "step": base.step, "weights": digest(run.model_path)},
        "loss": {split: loss_on(images.indices(split)) for split in _MEASURED if len(images.indices(split))},
        "loss_how": f"{prior.record.unit}, mean over encodings of the split",
    }


def _provenance(run: Run) -> dict[str, Any]:
    """How it came to be."""
    times = [row.time for row in run.metrics().rows]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    stored = read_json(run.path / "config.json") or {}
    return {
        "wall_time_s": round(sum(gap for gap in gaps if gap < PAUSE_S)),
        "command": run.command,
        "config": stored["config"],
        "versions": stored.get("versions", {}),
        "environment": run.environment,
    }


def measure_again(
    model: Model, everything: bool = False, load: Callable[[str, str | None], ImageSet] = load_image_set
) -> bool:
    """Put into a shipped model's card what it lacks of today's measures; whether there was anything.

    The card is replaced at once and as a whole, so that whoever is interrupted goes on with the next one.

    Parameters
    ----------
    model : Model
    everything : bool
        Measure again what it has, too.
    load : callable
        Images of a source and a path: for many models one that keeps them, as reading takes longer than looking
        whether a card lacks anything.

    Raises
    ------
    ExplorerError
        If it is no shipped model, its weights can't be read, or the images aren't those that it was measured on.
    """
    path = model.weights.with_suffix(".json")
    card = read_json(path)
    if not model.shipped or card is None:
        raise ExplorerError(f"{model.title} has no card", "Export its run first.")
    images = load(model.source, card.get("config", {}).get("data_path") or None)
    if images.digest != model.digest and not (model.imported and not model.digest):  # measured for the first time
        raise ExplorerError(
            f"{images.name} as it is here is not what {model.id} was measured on",
            "Put the images there that its card names by their digest.",
        )
    known, blurs = ({}, {}) if everything else (_complete(card, images), _blurs(card, images))
    of_samples = _samples_can_be_measured(images)
    wanted = _wanted(FAMILIES[model.family]) + (["samples", "perception"] if of_samples else [])
    lacking = set(wanted) - known.keys()
    if not lacking and not (of_samples and sample_scores.lacking(model, everything)):
        return False
    net = models.load_model(model)
    found = _measured(net, model.beta, images, known, blurs)
    if "samples" in lacking:
        found["samples"] = sample_scores.of_card(net.at(model.beta), images)
    if "perception" in lacking:
        found["perception"] = perception.of_card(net, images, model.beta)
    if of_samples:
        sample_scores.add_to_priors(model, net, images, everything)
    if lacking:
        measured_on = {"environment": {"digest": images.digest}} if model.imported else {}
        write_json(path, card | found | measured_on, indent=2)
    return True


def measure_elsewhere(
    model: Model, everything: bool = False, load: Callable[[str, str | None], ImageSet] = load_image_set
) -> bool:
    """Put into a shipped model's card its blur on images that come with the app; whether it lacked that.

    As of `measure_again`; of what pages would measure while somebody waits.
    """
    path = model.weights.with_suffix(".json")
    card = read_json(path) or {}
    sets = [load(key, None) for key, source in SOURCES.items() if source.bundled and key != model.source]
    rows = {row["digest"]: row for row in ([] if everything else card.get("blur_elsewhere", ()))}
    lacking = [images for images in sets if not _has_quick(rows.get(images.digest), images)]
    if not lacking:
        return False
    net = models.load_model(model).at(model.beta)
    for images in lacking:
        found = blur.measure(net, images.images[blur.some(images)]).to_json()
        rows[images.digest] = {"digest": images.digest} | found
    write_json(path, card | {"blur_elsewhere": [rows[images.digest] for images in sets]}, indent=2)
    return True


def _has_quick(row: dict[str, Any] | None, images: ImageSet) -> bool:
    return row is not None and row["images"] == len(blur.some(images)) and Blur.from_json(row).has_quick


def _complete(card: dict[str, Any], images: ImageSet) -> dict[str, Any]:
    """The measured parts of a card that lack nothing."""
    count = len(blur.some(images))

    def whole(row: dict[str, Any]) -> bool:
        return row.get("images") == count and Blur.from_json(row).complete

    betas = [row["beta"] for row in card.get("blur_curve", ())]
    complete = {
        "measured": set(card.get("measured", ())) >= set(_MEASURED),
        "curve": [row["beta"] for row in card.get("curve", ())] == _curve_betas(),
        "blur": whole(card.get("blur", {})),
        "likelihood": "likelihood" in card and card["likelihood"]["images"] == likelihood.held_out(images)[1],
        "blur_curve": betas == list(BLUR_BETAS) and all(map(whole, card["blur_curve"])),
        "samples": _samples_can_be_measured(images) and sample_scores.is_whole(card.get("samples", ()), card["family"]),
        "perception": _samples_can_be_measured(images)
        and perception.is_whole(card.get("perception", ()), card["beta"], FAMILIES[card["family"]].conditional),
        "prior_gap": "prior_gap" in card and [row["beta"] for row in card["prior_gap"]] == _gap_betas(images),
    }
    return {part: card[part] for part, there in complete.items() if there}


def _blurs(card: dict[str, Any], images: ImageSet) -> dict[float, dict[str, Any]]:
    """What a card says of blur, by beta, as far as it is of today's images."""
    rows = [*card.get("blur_curve", ()), *([{"beta": card["beta"]} | card["blur"]] if "blur" in card else [])]
    return {row["beta"]: row for row in rows if row["images"] == len(blur.some(images))}


def _wanted(family: Family) -> list[str]:
    """The parts that are measured of each card of a family."""
    likely = [] if family.posterior == "point" else ["likelihood"]  # which has none
    of_every_beta = ["curve", "blur_curve", "prior_gap"] if family.conditional else []
    return ["measured", "blur", *likely, *of_every_beta]


def _measured(
    net: Net, beta: float, images: ImageSet, known: dict[str, Any], blurs: dict[float, dict[str, Any]]
) -> dict[str, Any]:
    """The parts of a card that are measured; those that are `known` are as they are, and `blurs` get what they lack."""
    some = images.images[blur.some(images)]

    def blur_at(beta: float) -> dict[str, Any]:
        known = {key: value for key, value in blurs.get(beta, {}).items() if key != "beta"}
        lacking = [key for key in MEASURES if key not in known]
        if not lacking:
            return known
        found = blur.measure(net.at(beta), some, lacking).to_json()
        return Blur.from_json(found | known).to_json()  # in the order of cards

    def split_at(beta: float, split: Split) -> dict[str, float]:
        return evaluate_split(net.at(beta), images, split, beta)

    parts: dict[str, Callable[[], Any]] = {
        "measured": lambda: {split: split_at(beta, split) for split in _MEASURED},
        "curve": lambda: [{"beta": b, **split_at(b, "test")} for b in _curve_betas()],
        "blur": lambda: blur_at(beta),
        "likelihood": lambda: likelihood.measure(net.at(beta).eval(), beta, images).to_json(),
        "blur_curve": lambda: [{"beta": b, **blur_at(b)} for b in BLUR_BETAS],
        "prior_gap": lambda: [prior_gap.measure(net, images, b)._asdict() for b in _gap_betas(images)],
    }
    return {part: known[part] if part in known else parts[part]() for part in _wanted(net.family)}


def _samples_can_be_measured(images: ImageSet) -> bool:
    """Of as many as cards speak of."""
    return not sample_scores.why_not(images.source) and len(images.splits["test"]) >= sample_scores.N


def _curve_betas() -> list[float]:
    return [float(f"{beta:.3g}") for beta in np.geomspace(*BETA_RANGE, CURVE_POINTS)]


def _gap_betas(images: ImageSet) -> list[float]:
    """All stops, or none where there are too few images for a judge."""
    return list(BETA_STOPS) if len(images.splits["validation"]) >= prior_gap.FEWEST else []

"""How far samples of each prior are from real pictures, for shipped models of CIFAR-10, or for runs'.

    python -m tests.benchmarks.samples [--samples N] [--models ID ...] [--priors KEY ...] [--seeds N] [--fitted-on N]

Needs CIFAR-10 in data/. N samples of a prior, painted, against N test images: Fréchet and kernel distance, precision
and recall, in the features of our own classifier (no FID: such numbers stand beside each other, not beside those of
papers). Beside them what the model makes of these test images themselves, and other real images, the floor for all. A
line of JSON a model as it is measured, and all of it in the last line, with

    share_closed  of the way from the prior that the model was trained with, N(0, I) or every code alike, to its
                  reconstructions, in Fréchet distance
    to_mixture    Fréchet distance over the mixture's

for each prior, means over seeds; "best" is the learnt prior with the smallest distance. About forty seconds a row for
10,000 on one core.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Collection, Iterator, Sequence
from statistics import mean, stdev
from typing import Any

from explorer import models, sample_scores
from explorer.analysis import features, samples
from explorer.data import load_image_set
from explorer.data.imageset import ImageSet
from explorer.files import read_json
from explorer.models import Model
from explorer.priors import PRIORS
from explorer.sample_scores import RECONSTRUCTIONS, Row

GOAL_CLOSED, GOAL_TO_MIXTURE = 0.6, 0.75
COUNTS = (500, 1_000, 2_000, 5_000)  # of real images: how the distance of the same from the same falls with n
NUMBERS = ("frechet", "kernel", "kernel_spread", "precision", "recall")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=sample_scores.N)
    parser.add_argument("--models", nargs="*", default=[], help="ids; all shipped ones of CIFAR-10, if left out")
    parser.add_argument("--priors", nargs="*", default=[], help="keys or ids; all, if left out")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--fitted-on", type=int, default=samples.FITTED_ON, help="training images, of priors that are")
    options = parser.parse_args()

    images = load_image_set("cifar10", "data")
    n, seeds = options.samples, range(options.seeds)
    real = _real(images, n)
    print(json.dumps({"real": real}), flush=True)
    found: dict[str, Any] = {}
    learnt = [model.id for model in models.shipped() if model.source == images.source]
    for model in map(models.get, options.models or learnt):
        started = time.perf_counter()
        rows = list(_rows(model, images, n, seeds, options.fitted_on, options.priors))
        took_s = round(time.perf_counter() - started)
        found[model.id] = {"step": model.step, "beta": model.beta, "took_s": took_s, "priors": _compared(rows)}
        print(json.dumps({model.id: found[model.id]}), flush=True)
    card = read_json(features.CARD) or {}
    result = {
        "benchmark": "samples",
        "machine": {"system": platform.platform(), "cores": os.cpu_count()},
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "numpy")},
        "images": {"digest": images.digest[:12], "test": len(images.indices("test"))},
        "features": {"digest": features.digest()[:12], "accuracy": card.get("accuracy")},
        "samples": n,
        "seeds": len(seeds),
        "fitted_on": options.fitted_on,
        "real": real,
        "models": found,
        "best": _best(found),
    }
    print(json.dumps(result))


def _rows(
    model: Model, images: ImageSet, n: int, seeds: Sequence[int], fitted_on: int, only: Collection[str]
) -> Iterator[Row]:
    net = models.load_model(model).at(model.beta)
    yield from (sample_scores.reconstructed(net, images, n, seed) for seed in seeds)
    for name, prior in sample_scores.priors_of(model, net, images, fitted_on):
        if not only or name in only:
            yield from (sample_scores.measure(net, prior, images, n, seed, name) for seed in seeds)


def _real(images: ImageSet, n: int) -> dict[str, Any]:
    """What real images reach: of the training split, which the classifier has learnt, and of others."""
    found = {}
    for split in ("train", "validation"):
        for count in sorted({n, *(each for each in COUNTS if each < n)}):
            row = sample_scores.real(images, count, split)
            found[f"{split}, {count:,}"] = {key: round(getattr(row, key), 5) for key in NUMBERS}
    return found


def _compared(rows: list[Row]) -> dict[str, dict[str, float]]:
    """By prior: each number's mean over seeds, the spread of the Fréchet distance, and how it compares."""
    by: dict[str, list[Row]] = {}
    for row in rows:
        by.setdefault(row.prior, []).append(row)
    frechet = {prior: mean(row.frechet for row in of) for prior, of in by.items()}
    best = frechet[RECONSTRUCTIONS]
    given = next((frechet[prior] for prior in by if prior in PRIORS and PRIORS[prior].given), None)
    found = {}
    for prior, of in by.items():
        said = {key: mean(getattr(row, key) for row in of) for key in NUMBERS}
        if len(of) > 1:
            said["frechet_spread"] = stdev(row.frechet for row in of)
        if given is not None:
            said["share_closed"] = (given - frechet[prior]) / (given - best)
        if "mixture" in frechet:
            said["to_mixture"] = frechet[prior] / frechet["mixture"]
        found[prior] = {key: round(value, 5) for key, value in said.items()}
    return found


def _best(found: dict[str, Any]) -> dict[str, Any]:
    """The learnt prior that is nearest to real images, over all models, beside the goals."""
    learnt = [
        {"model": model, "prior": prior, **said}
        for model, of in found.items()
        for prior, said in of["priors"].items()
        if prior != RECONSTRUCTIONS and (prior not in PRIORS or PRIORS[prior].trained)
    ]
    if not learnt:
        return {}
    best = min(learnt, key=lambda said: said["frechet"])
    goals = {"share_closed": GOAL_CLOSED, "to_mixture": GOAL_TO_MIXTURE}
    met = best.get("share_closed", 0) >= GOAL_CLOSED and best.get("to_mixture", 1) <= GOAL_TO_MIXTURE
    return best | {"goals": goals, "met": met}


if __name__ == "__main__":
    main()

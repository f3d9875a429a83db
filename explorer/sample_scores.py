"""How far a model's samples are from real pictures: known of shipped models, or measured when somebody asks.

Of a shipped model or prior its card says so. Of a run's a page measures `FEW` samples; numbers can only stand beside
others of as many, so cards speak of `N` and of as few too. All of it is measured in the features of one classifier, of
CIFAR-10: of other images nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from explorer import fitted, priors
from explorer.analysis import features, samples
from explorer.analysis.features import frechet, kernel
from explorer.analysis.features.precision_recall import precision_recall
from explorer.cards import sample_rows
from explorer.data import ImageSet, Split
from explorer.errors import ExplorerError
from explorer.files import read_json
from explorer.fitted import FittedPrior
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.nets.base import Net
from explorer.pixels import to_float
from explorer.priors.base import Prior
from explorer.records import Record

N = 10_000  # samples, and test images: all of CIFAR-10's
FEW = 2_000  # the same of what is measured while somebody waits
RECONSTRUCTIONS = "reconstructions"  # in place of a prior's key: what a model makes of the test images themselves
REAL: dict[Split, str] = {"train": "training images", "validation": "validation images"}  # likewise: a floor for all
SOURCE = "cifar10"  # the images that the classifier knows
_BATCH = 500


@dataclass(frozen=True)
class Row:
    """What was measured of samples, against as many test images.

    Parameters
    ----------
    prior : str
        Key or id of the prior, `RECONSTRUCTIONS` or one of `REAL`.
    n, seed : int
        Of samples.
    frechet : float
        Fréchet distance, our features: never FID. Falls with n.
    kernel, kernel_spread : float
        Kernel distance, our features: mean and standard deviation over subsets; on average the same at each n.
    precision, recall : float
        Shares, 0..1: of samples that look real, and of what is real that samples cover.
    """

    prior: str
    n: int
    seed: int
    frechet: float
    kernel: float
    kernel_spread: float
    precision: float
    recall: float


Say = Callable[[int, int], None]  # (done, of), in pictures


def why_not(source: str) -> str:
    """Why samples of models of a source of images can't be measured; "" if they can."""
    if source == SOURCE:
        return ""
    return "Distances are measured in what a classifier of CIFAR-10 sees: of other images they would mean little."


def known(model: Model) -> list[Row]:
    """Of a shipped model what its card says, and what those of its shipped priors say: of `N` and of `FEW` samples.

    ExplorerError if a prior's card is damaged there.
    """
    return [*_todays(model.card.get("samples", ())), *(row for prior in fitted.of(model) for row in _of_fitted(prior))]


def floor(n: int = N, split: Split = "validation") -> Row | None:
    """What as many real images reach: `real`; None if nobody has measured that n."""

    card = Record(read_json(features.CARD) or {}, features.CARD.name)
    rows = sample_rows(card, "samples") if card.has("samples") else []
    return next((row for row in _todays(rows) if row.n == n and row.prior == REAL[split]), None)


def measure(
    net: Net,
    prior: Prior,
    images: ImageSet,
    n: int = FEW,
    seed: int = 0,
    name: str = "",
    say: Say = lambda done, of: None,
) -> Row:
    """Draw from a prior, paint and measure: about seven seconds for `FEW`.

    Parameters
    ----------
    net : Net
        In eval mode; a conditional model's at one beta.
    prior : Prior
    images : ImageSet
        Whose test images samples are compared with.
    n, seed : int
    name : str
        Of the row: the prior's key, if left out.
    say : callable
        Hears how many of how many samples are painted.

    Raises
    ------
    ExplorerError
        As `why_not`, or if there are fewer than n test images.
    """
    return _rows(name or prior.record.key, _of_prior(net, prior, n, seed), images, [n], seed, say)[0]


def reconstructed(net: Net, images: ImageSet, n: int = FEW, seed: int = 0, say: Say = lambda done, of: None) -> Row:
    """The same of reconstructions of these test images: what samples of the best prior could reach.

    Decoded from one z of each image's posterior, as samples are from one of the prior: so that the prior is not blamed
    for what drawing adds. Errors as of `measure`.
    """
    return _rows(RECONSTRUCTIONS, _of_posterior(net, images, n, seed), images, [n], seed, say)[0]


def real(images: ImageSet, n: int = FEW, split: Split = "validation", say: Say = lambda done, of: None) -> Row:
    """The same of n real images of another split in place of samples: no samples are nearer.

    The classifier has learnt the training split, and sees a little of that: its images are farther from the test split
    than those of the validation split are.
    """
    chosen = images.some(split, n)
    parts = (images.images[chosen[start : start + _BATCH]] for start in range(0, len(chosen), _BATCH))
    return _rows(REAL[split], parts, images, [n], 0, say)[0]


def of_card(net: Net, images: ImageSet, say: Say = lambda done, of: None) -> list[dict[str, Any]]:
    """What a model's card is to say: of reconstructions, and of every prior that takes no training.

    Each of `N` and of the first `FEW` of them: these stand beside what pages measure.
    """

    rows = _rows(RECONSTRUCTIONS, _of_posterior(net, images, N, 0), images, (FEW, N), 0, say)
    few = images.images[images.some("train", samples.FITTED_ON)]
    for key in untrained(net.family.key):
        rows += of_prior(net, samples.fit(net, key, few), images, key, say)
    return list(map(as_json, rows))


def is_whole(rows: Iterable[dict[str, Any]], family: str) -> bool:
    """Whether a card of a family says all that `of_card` would."""
    names = {(row.prior, row.n) for row in _todays(rows)}
    return names >= {(name, n) for name in (RECONSTRUCTIONS, *untrained(family)) for n in (FEW, N)}


def lacking(model: Model, everything: bool = False) -> list[FittedPrior]:
    """Those of a model's shipped priors whose cards lack that; or all of them."""
    shipped = [prior for prior in fitted.of(model) if prior.shipped]
    return [prior for prior in shipped if everything or {row.n for row in _of_fitted(prior)} < {FEW, N}]


def add_to_priors(model: Model, net: Net, images: ImageSet, everything: bool = False) -> None:
    """Put into cards of a model's shipped priors what they lack of that, or all of it."""
    for prior in lacking(model, everything):
        rows = of_prior(net, fitted.load(prior), images, prior.id)
        fitted.add_to_card(prior, {"samples": list(map(as_json, rows))})


def of_prior(net: Net, prior: Prior, images: ImageSet, name: str, say: Say = lambda done, of: None) -> list[Row]:
    """The same of one prior, as rows."""
    return _rows(name, _of_prior(net, prior, N, 0), images, (FEW, N), 0, say)


def priors_of(model: Model, net: Net, images: ImageSet, fitted_on: int) -> Iterator[tuple[str, Prior]]:
    """Every prior that a model has, with its name; those that take no training are fitted to so many images."""

    few = images.images[images.some("train", fitted_on)]
    for key in untrained(model.family):
        yield key, samples.fit(net, key, few)
    for prior in fitted.of(model):
        yield prior.id, fitted.load(prior)


def untrained(family: str) -> list[str]:
    """Keys of the priors that a model's own card speaks of."""
    return [record.key for record in priors.fitting(FAMILIES[family]) if not record.trained]


def as_json(row: Row) -> dict[str, Any]:
    """For a card, four digits of each number, with the features that they were measured in."""

    said = {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in asdict(row).items()}
    return said | {"features": features.digest()[:12]}


def _of_fitted(prior: FittedPrior) -> list[Row]:
    measured = Record(prior.card.get("measured", {}), f"{prior.id}.json")
    return list(_todays(sample_rows(measured, "samples"))) if measured.has("samples") else []


def _todays(found: Iterable[dict[str, Any]]) -> Iterator[Row]:
    """Those that were measured in today's features."""

    for row in found:
        if row["features"] == features.digest()[:12]:
            yield Row(**{key: value for key, value in row.items() if key != "features"})


def _of_prior(net: Net, prior: Prior, n: int, seed: int) -> Iterator[np.ndarray]:

    for z in prior.sample(n, seed, lookup=net.lookup).split(_BATCH):
        yield samples.paint(net, z)


def _of_posterior(net: Net, images: ImageSet, n: int, seed: int) -> Iterator[np.ndarray]:

    chosen, generator = images.some("test", n), torch.Generator().manual_seed(seed)
    for start in range(0, len(chosen), _BATCH):
        with torch.inference_mode():
            z = net.encode(to_float(images.images[chosen[start : start + _BATCH]])).sample(generator)
        yield samples.paint(net, z)


def _rows(
    name: str, pictures: Iterable[np.ndarray], images: ImageSet, counts: Sequence[int], seed: int, say: Say
) -> list[Row]:
    """A row of the first n of some pictures, for each n of `counts`, the last of which is how many there are."""
    if wrong := why_not(images.source):
        raise ExplorerError(f"Samples can't be measured on {images.name}", wrong)
    test = images.indices("test")
    if len(test) < counts[-1]:
        raise ExplorerError(f"{images.name} has {len(test):,} test images", f"Ask for no more, not {counts[-1]:,}.")
    parts: list[np.ndarray] = []
    for part in pictures:
        parts.append(features.extract(part))
        say(sum(map(len, parts)), counts[-1])
    drawn, of_test = np.concatenate(parts), features.of_split(images, "test")
    rows = []
    for n in counts:
        ours, theirs = drawn[:n], of_test[np.isin(test, images.some("test", n))]
        apart = frechet.distance(frechet.fit(ours), frechet.fit(theirs))
        rows.append(Row(name, n, seed, apart, *kernel.distance(ours, theirs), *precision_recall(ours, theirs)))
    return rows

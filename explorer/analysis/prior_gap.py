"""How far what a model paints from draws of a prior is from what it paints of images; pure functions.

A decoder is trained on encodings of images, and sampled from the prior. The objective pulls each q(z | x) towards
N(0, 1), and as far as beta lets them stay away, their average over images, the aggregate posterior, stays away too
(Hoffman and Johnson 2016, "ELBO surgery"). Where the prior has mass and no image has, the decoder paints what it never
learnt to (Rezende and Viola 2018, "Taming VAEs", call such places holes).

Means, variances and lengths of z don't show it: an encoder can match all of them at any beta. What can be seen is in
the pictures. So a judge, a classifier, learns to tell samples of the prior from the model's own reconstructions, and
is asked about others: the classifier two-sample test of Lopez-Paz and Oquab 2017, "Revisiting Classifier Two-Sample
Tests". Blur doesn't count, for both are painted by the same decoder at the same beta. docs/prior-gap compares this
number with others where the truth is known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.analysis import samples
from explorer.analysis.samples import paint
from explorer.data.imageset import ImageSet
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.pixels import to_float
from explorer.priors.base import Prior

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

IMAGES = 1_000  # reconstructions, and as many samples: over seeds the number spreads by 0.002 (at 0.98) to 0.03 (0.6)
FEWEST = 50  # of either kind that a judge can learn from
FOLDS = 5
_BATCH = 128
_OCTAVES = (1, 2, 4, 8)  # pixels: sides of the blocks whose differences are the detail at that scale
_FAINT = 1e-9  # variance that is added before a logarithm, far below a grey value's (1.5e-5)

STATISTICS = (
    *(f"{what}, {channel}" for what in ("brightness", "contrast") for channel in ("red", "green", "blue")),
    *(f"{what}, {side} px" for side in _OCTAVES for what in ("detail", "unevenness")),
    "clipped",
)  # what the judge is told of a picture


@torch.inference_mode()
def statistics(pictures: np.ndarray) -> np.ndarray:
    """What the judge is told of each picture: float32 (N, 15) for float32 (N, 3, 32, 32), 0..1; as `STATISTICS`.

    Brightness is a channel's mean, contrast the logarithm of its standard deviation. A picture is split into octaves
    by averaging 2x2 blocks again and again; what each average leaves out is the detail of that scale (Haar's wavelets:
    Mallat 1989, "A Theory for Multiresolution Signal Decomposition"), of which there are the logarithm of its mean
    square, and of its kurtosis, "unevenness": high where little happens but at a few edges, as in photographs (Field
    1987, "Relations between the statistics of natural images and the response properties of cortical cells"), and
    log 3 for Gaussian noise. "Clipped" is the share of pixel values at 0 or 1.
    """
    x = torch.from_numpy(pictures)
    parts = [x.mean(dim=(2, 3)), (x.var(dim=(2, 3)) + _FAINT).log() / 2]
    for _ in _OCTAVES:
        coarse = F.avg_pool2d(x, 2)
        detail = x - F.interpolate(coarse, scale_factor=2)
        square, fourth = (detail.pow(power).mean(dim=(1, 2, 3)) for power in (2, 4))
        unevenness = ((fourth + 3 * _FAINT**2) / (square + _FAINT).square()).log()  # of no detail as of noise
        parts.append(torch.stack([(square + _FAINT).log(), unevenness], dim=1))
        x = coarse
    clipped = ((pictures <= 0) | (pictures >= 1)).mean(axis=(1, 2, 3))[:, None]
    return np.concatenate([*(part.numpy() for part in parts), clipped], axis=1, dtype=np.float32)


def told_apart(a: np.ndarray, b: np.ndarray) -> float:
    """How often a judge is right which of two is from b, one being from a and one from b: 0.5 is guessing, 1 always.

    The area under the ROC curve of gradient-boosted trees (Friedman 2001, "Greedy Function Approximation"), mean over
    `FOLDS` folds, of each of which they have seen the other folds only. Where a and b are halves of the same it is
    0.5 but for chance, 0.02 (standard deviation) with 1,000 of each; below 0.5 is chance too.

    Parameters
    ----------
    a, b : float arrays (N, F), (M, F)
        A row of numbers each: of pictures their `statistics`.

    Raises
    ------
    ExplorerError
        If there are fewer than `FEWEST` of either.
    """
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    check_enough(min(len(a), len(b)))
    rows, from_b = np.concatenate([a, b]), np.repeat([0, 1], [len(a), len(b)])
    areas = []
    for seen, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(rows, from_b):
        taught = judge().fit(rows[seen], from_b[seen])
        areas.append(roc_auc_score(from_b[asked], taught.decision_function(rows[asked])))
    return float(np.mean(areas))


def judge() -> HistGradientBoostingClassifier:
    """One that has learnt nothing yet."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=8, random_state=0)


def check_enough(count: int) -> None:
    """ExplorerError if a judge can't learn from so few of either kind."""
    if count < FEWEST:
        raise ExplorerError(
            f"{count} pictures for a judge to learn from", f"It takes {FEWEST} of either kind at least."
        )


@torch.inference_mode()
def encode(net: Net, images: np.ndarray, seed: int) -> Tensor:
    """One z ~ q(z | x) of each image, uint8 (N, 3, 32, 32): float32 (N, width). Together: the aggregate posterior."""
    generator = torch.Generator().manual_seed(seed)
    batches = to_float(images).split(_BATCH)
    return torch.cat([net.encode(x).sample(generator).flatten(1) for x in batches])


def prior_gap(net: Net, images: np.ndarray, prior: Prior, seed: int = 0) -> float:
    """How often a judge tells a sample of a prior from a reconstruction: `told_apart` of their `statistics`.

    Reconstructions are decoded from one sample of q(z | x) each, as samples are from one of the prior: with means
    instead, a net that ignores its latents would seem to have a bad prior, for its means all lie at the origin.

    Parameters
    ----------
    net : Net
        In eval mode.
    images : uint8 array (N, 3, 32, 32)
        That it was not trained on; `IMAGES` of them.
    prior : Prior
        Of this net.
    seed : int
        Of all noise: the same for the same.

    Raises
    ------
    ExplorerError
        As `told_apart`.
    """
    return _of_priors(net, images, [prior], seed)[0]


def _of_priors(net: Net, images: np.ndarray, priors: Sequence[Prior], seed: int) -> list[float]:
    """`prior_gap` of several, whose samples are told from the same reconstructions."""
    reconstructions = statistics(paint(net, encode(net, images, seed)))
    # noise of their own: of the same, z would be alike at large betas
    drawn = (prior.sample(len(images), seed + 1, lookup=net.lookup) for prior in priors)
    return [told_apart(reconstructions, statistics(paint(net, z))) for z in drawn]


class Gap(NamedTuple):
    """`prior_gap` of a conditional model at a beta: a line of what its card, or its run's folder, says.

    Parameters
    ----------
    beta : float
    normal : float
        Of N(0, 1), 0..1.
    mixture : float
        Of a mixture of Gaussians that was fitted to encodings of training images.
    images : int
        Validation images that were reconstructed; samples are as many.
    """

    beta: float
    normal: float
    mixture: float
    images: int


def measure(net: Net, images: ImageSet, beta: float) -> Gap:
    """Of a net in eval mode, at a beta, on up to `IMAGES` validation images.

    Raises
    ------
    ExplorerError
        As `told_apart`.
    """
    net, shown = net.at(beta), images.images[images.some("validation", IMAGES)]
    train = images.images[images.some("train", samples.FITTED_ON)]
    check_enough(len(shown))  # before the mixture is fitted
    normal, mixture = _of_priors(net, shown, [samples.fit(net, key, train) for key in ("normal", "mixture")], 0)
    return Gap(beta, round(normal, 4), round(mixture, 4), len(shown))


def read(rows: Sequence[dict[str, Any]]) -> list[Gap]:
    """What `Gap._asdict` gave, as a card or a run's folder holds it."""
    return [Gap(**{name: row[name] for name in Gap._fields}) for row in rows]


class Lengths(NamedTuple):
    """Distances of many z from the origin: mean and standard deviation."""

    mean: float
    spread: float


def lengths(z: Tensor) -> Lengths:
    """Of float (N, latent_dim), N at least 2."""
    norms = z.norm(dim=1)
    return Lengths(norms.mean().item(), norms.std().item())


def shell(latent_dim: int) -> Lengths:
    """Of all z ~ N(0, 1), a chi distribution: for 128 dimensions 11.29 and 0.71, so a thin shell."""
    mean = math.sqrt(2) * math.exp(math.lgamma((latent_dim + 1) / 2) - math.lgamma(latent_dim / 2))
    return Lengths(mean, math.sqrt(latent_dim - mean**2))


def shell_density(length: np.ndarray, latent_dim: int) -> np.ndarray:
    """How dense lengths, float (n,), are among those of all z ~ N(0, 1)."""
    from scipy.stats import chi

    return chi(latent_dim).pdf(length)

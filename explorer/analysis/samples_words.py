"""What is said of samples, in words: why a prior's are no images, and whether one is copied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from explorer.sample_scores import Row

_TOGETHER = 0.8  # of the directions that draws of N(0, I) take: fewer, and numbers of z go together
_WIDER = 1.2  # times as far apart as draws' are the lengths of z of images, where these differ
_TOLD = 0.5  # rank correlation from which one number says what another is
# Shares of held-out images that are farther from the training images than a picture is, in pixels or features. At
# `_COPY` or above are all of 200 training images that "Spatial 8 x 8 x 8" sends through, and 88 % of those of
# "beta 0.001"; of as many held-out images, which are no copies, 1 and 2 %. At `_DOUBT` or above are 100 and 97 %, and
# 8 and 8 %.
_COPY, _DOUBT = 0.99, 0.95


def of_other_images(trained_on: str, shown: str, has_trained_prior: bool) -> str:
    """Of a model that was trained on other images than those that are chosen: which prior has learnt from which."""
    words = (
        f"**Trained on {trained_on}, not on {shown}.** Reconstructions are of {shown}, and what is fitted here, as a "
        "mixture is, is fitted to what its encoder makes of them"
    )
    if not has_trained_prior:
        return f"{words}."
    return f"{words}; priors that were trained beforehand learnt {trained_on}. Rows differ in that, too."


@dataclass(frozen=True)
class Usual:
    """What is usual of N vectors.

    Parameters
    ----------
    directions : int
        The fewest, of all that there are, along which half of their variance lies.
    short, long : float
        Between which 9 in 10 of their lengths are.
    """

    directions: int
    short: float
    long: float


def usual(z: np.ndarray) -> Usual:
    """Of vectors, float (N, width), N of 2 or more."""
    along = np.linalg.eigvalsh(np.cov(z.T.astype(np.float64)).reshape(z.shape[1], -1))[::-1].cumsum()
    lengths = np.linalg.norm(z, axis=1)
    return Usual(int((along < along[-1] / 2).sum()) + 1, *np.quantile(lengths, (0.05, 0.95)).tolist())


def beside_normal(z: np.ndarray, contrast: np.ndarray) -> str:
    """What sets latents of images, float (N, width), apart from as many draws of N(0, I), in three sentences.

    `contrast` is that of each image, (N,): the standard deviation of its values.
    """
    here, drawn = usual(z), usual(np.random.default_rng(0).standard_normal(z.shape))
    said = f"N(0, 1) draws each of {z.shape[1]:,} numbers of z without a look at the others."
    if here.directions < _TOGETHER * drawn.directions:
        return (
            f"{said} Those that the encoder says of images go together: half of their variance lies along "
            f"{here.directions:,} directions, that of as many draws, {len(z):,}, along {drawn.directions:,}. A draw "
            "that heeds none of it is no image's, and the decoder never learnt to paint such."
        )
    if here.long - here.short < _WIDER * (drawn.long - drawn.short):
        return (
            f"{said} Those that the encoder says of images are as long as draws, and hardly go together two at a time: "
            "what draws miss takes many numbers at once to tell."
        )
    from scipy.stats import spearmanr

    alike = float(spearmanr(np.linalg.norm(z, axis=1), contrast).statistic)
    said = (
        f"{said} In images they grow and shrink together: 9 in 10 have a z between {here.short:.1f} and "
        f"{here.long:.1f} long, draws between {drawn.short:.1f} and {drawn.long:.1f}."
    )
    if alike < _TOLD:
        return f"{said} What else draws miss takes many numbers at once to tell."
    return (
        f"{said} The length says how much contrast an image has (rank correlation {alike:.2f}): no draw is as plain, "
        "or as rich in contrast, as many images are."
    )


def codes_beside_uniform(codes: np.ndarray) -> str:
    """What sets codes of images, int (N, cells), apart from codes that are drawn one by one, in two sentences.

    A cell is compared with its neighbour on the right: how many nats less it takes to tell one who knows the other.
    """
    side = round(codes.shape[1] ** 0.5)
    grid = codes.reshape(len(codes), side, side)
    alike = float((grid[:, :, 1:] == grid[:, :, :-1]).mean())
    shares = np.bincount(codes.ravel()) / codes.size
    by_chance = float(np.square(shares).sum())
    return (
        "Codes that are drawn one by one, each without a look at its neighbours, are sharp patches and no scene. In "
        f"images a cell has its neighbour's code {100 * alike:.0f} times in 100; drawn one by one, as often as images "
        f"use them, {100 * by_chance:.0f} times."
    )


def what_is_aggregated(images: int, size: str) -> str:
    """What the row of the aggregated posterior is, fitted to so many images, and how large z is, in words."""
    return (
        f"The aggregated posterior paints a z, {size}, of one of {images:,} training images, drawn by chance: as good "
        "as the decoder gets, and nothing new. A prior is to be as good without knowing an image by heart."
    )


def is_it_copied(farther: Mapping[str, float], training: int, held_out: int) -> str:
    """Whether a sample is a training image again, by how near it is to its nearest: a verdict, and what it rests on.

    Parameters
    ----------
    farther : mapping of str to float
        By what is compared, in words: the share, 0..1, of held-out images that are farther from theirs than it is.
    training, held_out : int
        How many images these are.
    """
    shares = " and ".join(f"{100 * share:.0f} % in {what}" for what, share in farther.items())
    said = (
        f"Of {held_out:,} held-out images, sent through this model, {shares} are farther from the nearest of "
        f"{training:,} training images than this picture is"
    )
    nearest = max(farther.values())
    if nearest >= _COPY:
        return f"As near as a copy: compare it with its nearest. {said}; 1 new picture in 100 comes so near by chance."
    if nearest >= _DOUBT:
        return f"In doubt: compare it with its nearest. {said}; 1 new picture in 20 comes so near, and most copies."
    return f"No copy. {said}. A training image that is painted again would be nearer than {100 * _DOUBT:.0f} % of them."


def half_way(prior: float, line: float, size: str, given: bool) -> str:
    """How sharp the middles of two ways between samples are, as shares of their ends'; z is as large as `size` says.

    `given` says that the prior is the one that models are trained with, so that noise is the latent.
    """
    way = (
        "Noise is z here: the arc between both draws stays where the prior puts its draws"
        if given
        else "The arc leads from noise to noise, and the prior carries each point of it to a latent"
    )
    return (
        f"{way}; the straight line leads from z to z, each {size}. Half way, the picture on the first keeps "
        f"{100 * prior:.0f} % of the sharpness of its ends, that on the second {100 * line:.0f} %."
    )


MEASURED = (
    "All in the features of a small classifier of CIFAR-10 that comes with this app, between {n} samples and as many "
    "test images: nearer is better. It is called Fréchet distance, our features, and never FID: that is measured in a "
    "network trained on ImageNet, on other files, and these numbers can't stand beside any paper's. Fewer samples make "
    "it larger, so compare only what has one number of them. Validation images say how near real images come to real "
    "images: no samples need be nearer. Precision is the share of samples that look real, recall the share of real "
    "images that samples cover (Kynkäänniemi et al. 2019). What isn't trained step by step, as the aggregated "
    "posterior, is fitted to {fitted_on} training images."
)


def way_closed(row: Row, worst: Row | None, best: Row | None) -> float | None:
    """How much of the way in Fréchet distance from a model's own prior to its reconstructions one goes; 1 is all."""
    if worst is None or best is None or row.prior == worst.prior or worst.frechet <= best.frechet:
        return None
    return (worst.frechet - row.frechet) / (worst.frechet - best.frechet)

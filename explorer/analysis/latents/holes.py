"""Holes: where the prior N(0, I) has mass, and no image lies; pure functions.

Distances alone don't tell. With 128 dimensions, a draw of the prior may be as near to its nearest image as images are
to each other: of the shipped VAE at beta 0.001 none of 1,000 draws is farther from all of 1,000 images of CIFAR-10 than
1 in 20 other images is, while what is painted of 9 in 10 of them looks like nothing that is painted of images.

So a judge looks for them, the one of `explorer.analysis.prior_gap`: it learns, from half of the images and as many
draws, to tell one from the other, by z and by what is decoded from it, and scores the rest. What it scores as more of a
draw than `RARE` of the images that it has not seen is a region of the latent that holds but so few of them, and what
share of the draws lies there is a fact, however the region was found: the share of the prior's mass in holes is that
at least, for a better judge would find more (Neyman and Pearson 1933).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors

from explorer.analysis import prior_gap
from explorer.analysis.samples import paint
from explorer.nets.base import Net
from explorer.pixels import to_uint8

RARE = 0.05  # of images' z that a hole may hold
IMAGES = 2_000  # of them at most, and as many draws: 4,000 pictures are decoded, in two seconds
SHOWN = 10
_RESAMPLED = 1_000


@dataclass(frozen=True, eq=False)
class Holes:
    """What was found.

    Parameters
    ----------
    share : float
        Of draws of the prior in holes, 0..1; `RARE` if there are none.
    interval : pair of float
        95 % of bootstrap resamples of the draws and images that were asked about lie in it (Efron 1979).
    by_distance : float
        The same share by nothing but the distance to the nearest image's z.
    asked : int
        Draws that this is of, and as many images' z; the judge learnt from as many others.
    inside, outside, images : uint8 arrays (n, H, W, 3), n at most `SHOWN`
        What is decoded from the first draws that lie in holes, from the first others, and from the images' z.
    """

    share: float
    interval: tuple[float, float]
    by_distance: float
    asked: int
    inside: np.ndarray
    outside: np.ndarray
    images: np.ndarray

    @property
    def found(self) -> bool:
        """Whether there are more than chance would make of none."""
        return self.interval[0] > RARE


def find(net: Net, z: np.ndarray, seed: int = 0) -> Holes:
    """Of a net in eval mode and one z of each image, float32 (N, d), as of `aggregated.draw`; in random order.

    Raises
    ------
    ExplorerError
        If a judge can't learn from so few.
    """
    z = z[:IMAGES]
    half = len(z) // 2
    prior_gap.check_enough(half)
    drawn = net.sample_prior(2 * half, seed).numpy()
    pictures = [paint(net, torch.from_numpy(each)) for each in (z[: 2 * half], drawn)]
    of_images, of_draws = (_told(*each) for each in zip((z[: 2 * half], drawn), pictures, strict=True))
    judge = prior_gap.judge()
    judge.fit(np.concatenate([of_images[:half], of_draws[:half]]), np.repeat([0, 1], half))
    images, draws = (judge.decision_function(each[half:]) for each in (of_images, of_draws))
    hole = draws > np.quantile(images, 1 - RARE)
    near = NearestNeighbors(n_neighbors=1).fit(z[:half])
    far = [near.kneighbors(each[half:])[0][:, 0] for each in (z[: 2 * half], drawn)]
    painted_images, painted = (to_uint8(torch.from_numpy(each[half:])) for each in pictures)
    return Holes(
        share=float(hole.mean()),
        interval=_interval(images, draws, seed),
        by_distance=float((far[1] > np.quantile(far[0], 1 - RARE)).mean()),
        asked=half,
        inside=painted[hole][:SHOWN],
        outside=painted[~hole][:SHOWN],
        images=painted_images[:SHOWN],
    )


def _told(z: np.ndarray, pictures: np.ndarray) -> np.ndarray:
    """What the judge sees of each: its picture's statistics, its length, and itself."""
    return np.concatenate([prior_gap.statistics(pictures), np.linalg.norm(z, axis=1, keepdims=True), z], axis=1)


def _interval(images: np.ndarray, draws: np.ndarray, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    edges = (np.quantile(rng.choice(images, len(images)), 1 - RARE) for _ in range(_RESAMPLED))
    shares = [(rng.choice(draws, len(draws)) > edge).mean() for edge in edges]
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(low), float(high)

"""What is said of a place in a latent; pure functions. The numbers in each sentence are measured."""

from __future__ import annotations

import math

import numpy as np

from explorer.analysis.latents.place import Crowd, Density, Neighbours

# What is said of a place whose nearest image is so many times as far as the median image is from its nearest other, or
# less; but for the middle, which is near to all, and where none lies.
VERDICTS = (
    (0.25, "an image lies here"),
    (0.8, "between images: none lies here"),
    (1.25, "as far from all as images are from each other"),
    (2.0, "at the edge of where images live"),
    (math.inf, "nobody lives here"),
)
AVERAGE = "an average of many: hardly an image lies so near the middle"
_NEVER = 1e-6  # a share of draws that is as good as none


def verdict(times: float, averages: bool) -> str:
    """Of `VERDICTS`, or `AVERAGE`; where an image lies that is said, were it in the middle."""
    found = next(words for most, words in VERDICTS if times <= most)
    return AVERAGE if averages and found != VERDICTS[0][1] else found


def distance(found: Neighbours, z: np.ndarray, crowd: Crowd, count: int) -> str:
    """How far a place is from the data.

    Parameters
    ----------
    found : Neighbours
        In the latent, at least one.
    z : float32 array (width,)
        The place.
    crowd : Crowd
        All the images.
    count : int
        How many these are.
    """
    away = float(found.distances[0])
    if not crowd.apart:
        return f"The nearest of {count:,} images is {away:.2f} away."
    times = away / crowd.apart
    said = verdict(times, crowd.averages(z))
    return (
        f"**{said[0].upper()}{said[1:]}**: the nearest of {count:,} images is {away:.2f} away, {times:.1f} times as "
        f"far as the median image is from its nearest other ({crowd.apart:.2f})."
    )


def density(here: Density, lengths: np.ndarray) -> str:
    """How usual a place is under the prior N(0, I), and beside images' means, which are so long: float (N,)."""
    low, high = here.usual
    usual = f"98 of 100 draws of the prior are {low:.1f} to {high:.1f} long"
    if here.shorter < _NEVER:
        said = "this is nearer the middle than one draw in a million"
    elif here.longer < _NEVER:
        said = "this is farther out than one draw in a million"
    elif here.length < low:
        said = f"this is nearer the middle than {100 * here.longer:.1f} % of draws"
    elif here.length > high:
        said = f"this is farther out than {100 * here.shorter:.1f} % of draws"
    else:
        said = "this is as far out as draws are"
    of_images = ", ".join(f"{length:.1f}" for length in np.quantile(lengths, [0.05, 0.95]))
    low_image, high_image = of_images.split(", ")
    middle = Density(0.0, here.latent_dim).nats_per_dim
    return (
        f"|z| = {here.length:.1f}. {usual}: {said}. Of the images, 9 in 10 are {low_image} to {high_image} long. "
        f"ln N(z; 0, I) is {here.nats_per_dim:.2f} nats a dimension; {middle:.2f} in the middle, and "
        f"{-0.5 * (math.log(2 * math.pi) + 1):.2f} for a draw on average."
    )


NO_PRIOR = "This model has no prior, so no place is likelier than another: only how near images are tells."

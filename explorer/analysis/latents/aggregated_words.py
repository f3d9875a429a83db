"""What is said of an aggregate posterior beside a prior: a pure function of numbers each."""

from __future__ import annotations

import math

import numpy as np

from explorer.analysis.latents.aggregated import SURE, Correlation, Parts, distance_by_chance
from explorer.analysis.latents.holes import RARE, Holes
from explorer.analysis.measures.entropy import nats_by_frequency
from explorer.analysis.prior_gap import Lengths

_RARELY = f"1 in {round(1 / RARE)}"


def in_holes(found: Holes) -> str:
    """How much of the prior's mass lies where hardly an image does."""
    low, high = (f"{100 * each:.0f}" for each in found.interval)
    of = f"of {found.asked:,} draws, 95 % interval {low} to {high} %"
    if not found.found:
        return (
            f"**No holes found**: where {_RARELY} of these images lies, {100 * found.share:.0f} % of the prior does "
            f"({of}). A better judge might find some."
        )
    places = f"places where no more than {_RARELY} of these images lies"
    if found.share == 1:
        return f"**All of {found.asked:,} draws of the prior lie in holes**: {places}."
    return f"**At least {math.floor(100 * found.share)} % of the prior is holes**: {places} ({of})."


def how_holes_are_found(found: Holes, latent_dim: int) -> str:
    """By whom, from what, and how many of them distance would find."""
    words = (
        f"Of both, images' z and draws of the prior, a judge learnt {found.asked:,} to tell them apart by z and by the "
        f"picture decoded from it, and was asked about {found.asked:,} others (a classifier two-sample test: "
        f"Lopez-Paz and Oquab 2017). A hole is what it takes for the prior's, more surely than {_RARELY} images. "
        "What share of draws lies there is counted, so it is a lower bound, whatever the judge knows. By the distance "
        f"to the nearest image's z alone it would be {100 * found.by_distance:.1f} %"
    )
    if found.found and found.by_distance < found.share / 2:
        words += f": among {latent_dim} dimensions a draw is about as near to images as they are to each other"
    return f"{words}."


def lengths_beside_shell(here: Lengths, shell: Lengths, distance: float, n: int) -> str:
    """How long z is, of images and of the prior."""
    return (
        f"Images' z: mean {here.mean:.1f}, standard deviation {here.spread:.2f}; of N(0, 1): {shell.mean:.1f} and "
        f"{shell.spread:.2f}, a thin shell. Kolmogorov-Smirnov distance {distance:.3f}{_unless_chance(distance, n)}."
    )


def dimension_beside_normal(distance: float, distances: np.ndarray, n: int) -> str:
    """How far one dimension is from N(0, 1), among all."""
    limit, d = distance_by_chance(n), len(distances)
    far = int((distances > limit).sum())
    return (
        f"Kolmogorov-Smirnov distance {distance:.3f}: the largest gap between both shares below a value. Of {n:,} "
        f"draws of N(0, 1) it is under {limit:.3f} in {100 * SURE:.0f} of 100; {far} of {d} dimensions are farther, "
        f"where {(1 - SURE) * d:.0f} would be by chance."
    )


def _unless_chance(distance: float, n: int) -> str:
    limit = distance_by_chance(n)
    return f", by chance under {limit:.3f}" if distance > limit else f", as by chance (under {limit:.3f})"


def how_dimensions_go_together(found: Correlation, n: int) -> str:
    """Correlations, beside those of as many draws of the prior."""
    d = len(found.eigenvalues)
    first, last = found.eigenvalues[[0, -1]]
    (most, least), (i, j) = found.by_chance[[0, -1]], found.pair
    words = f"From {first:.2f} down to {last:.2f}; of {n:,} draws of N(0, 1) from {most:.2f} to {least:.2f}."
    if d == 1:
        return words
    words += (
        f" Strongest correlation: {found.strongest:+.2f}, dimensions {i} and {j}; by chance up to "
        f"{found.strongest_by_chance:.2f}."
    )
    if found.nats is None:
        return f"{words} Too few images for their total correlation."
    return f"{words} Correlations alone make {max(0.0, found.nats):,.1f} nats of total correlation."


def mismatch(found: Parts) -> str:
    """What of the KL is mismatch, whatever is estimated."""
    of, ceiling = f"{found.images:,}", f"ln {found.images:,} = {found.ceiling:.1f} nats"
    if found.least_mismatch <= 0:
        return (
            f"An image pays {found.kl:,.1f} nats of KL, no more than it can take to tell which of these {of} it is "
            f"({ceiling}): so nothing is known to be mismatch between the aggregate posterior and the prior."
        )
    return (
        f"An image pays {found.kl:,.1f} nats of KL. To tell which of these {of} it is takes {ceiling} at most: so at "
        f"least {found.least_mismatch:,.1f} nats are mismatch between their aggregate posterior and the prior."
    )


def information(found: Parts) -> str:
    """What z tells of which image it is, as far as that can be estimated."""
    if found.at_ceiling:
        return (
            f"Estimated information: {found.information:.2f} nats, the ceiling. Each z tells its image from all "
            "others, so this says nothing more: with more images it would be more, and the mismatch less."
        )
    return (
        f"Estimated information: {found.information:.2f} nats, standard error {found.error:.2f}, of at most "
        f"{found.ceiling:.2f}, for some of their posteriors overlap: so about "
        f"{max(0.0, found.kl - found.information):,.1f} nats are mismatch."
    )


def how_parts_are_found(found: Parts) -> str:
    """Whose parts these are, and what is wrong with them."""
    return (
        f"The KL of these {found.images:,} images is the index-code mutual information, plus the total correlation of "
        "their aggregate posterior's dimensions, plus each dimension's KL to N(0, 1) (Hoffman and Johnson 2016; Chen "
        "et al. 2018). Each draw's density is summed over all images' posteriors, so nothing is lost to mini-batches. "
        "But it is that of these images: what others would share counts as mismatch here, most of all as total "
        "correlation."
    )


def codes_beside_uniform(title: str, counts: np.ndarray, images: int) -> str:
    """What of codes there is to compare with their prior, each as often as any other: counts (K,), over all images."""
    here = counts[counts > 0].sum() / images
    rate, by_frequency = here * math.log(len(counts)), nats_by_frequency(counts / images)
    used, alike = int((counts > 0).sum()), math.exp(by_frequency / here)
    return (
        f"The prior of a {title} is no Gaussian: each of its {len(counts):,} codes is as likely as any other, "
        f"wherever it stands. Of them {images:,} images use {used:,}, as if {alike:,.0f} were used alike (perplexity). "
        f"An image's codes take {rate:,.0f} nats under the prior, and {by_frequency:,.0f} by frequency: so at least "
        f"{rate - by_frequency:,.1f} nats are mismatch."
    )

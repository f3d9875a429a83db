"""Measures all that papers report of one model, on held-out images."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from explorer import data, in_use, priors, units
from explorer.analysis.latents import aggregated, cloud
from explorer.analysis.likelihood import bits, importance
from explorer.analysis.likelihood.record import ONE, SPREADS, TRAINED, Decoder, Reported, Split, Weighted
from explorer.data.imageset import ImageSet
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.nets.linear import LinearVAE
from explorer.pixels import to_float
from explorer.priors.base import Prior
from explorer.priors.encodings import Encodings, encode, shape_of

IMAGES = 2_000  # held-out images of a card, as far as there are any: their mean is sure to 0.01 bits
WEIGHTED = 20  # of them that 500 samples are drawn of: 10,000 pictures are decoded
SPLIT_OF = 2_000  # of them whose KL is split
FITTED_ON = 10_000  # validation images that spreads are fitted to
PRIOR_FITTED_ON = 3_000  # training images that priors are fitted to

Say = Callable[[float, str], object]


def silent(share: float, words: str) -> None:
    """Say nothing of how far something is."""


def held_out(images: ImageSet, count: int = IMAGES) -> tuple[data.Split, int]:
    """On which split it is measured, and on how many images of it: "test", or "validation" of a set without."""
    split: data.Split = "test" if len(images.splits["test"]) else "validation"
    return split, min(count, len(images.splits[split]))


def measure(
    net: Net,
    beta: float,
    images: ImageSet,
    say: Say = silent,
    *,
    count: int = IMAGES,
    weighted: int = WEIGHTED,
    split_of: int = SPLIT_OF,
) -> Reported:
    """Measure a net, in eval mode, that was trained at a beta, on `count` held-out images.

    Raises
    ------
    ExplorerError
        If its latents are points: they have no likelihood.
    """
    if net.family.posterior == "point":
        raise ExplorerError(f"{net.family.title} has no likelihood", "Its latent is a point: choose a VAE.")
    split, count = held_out(images, count)
    unseen = images.images[images.some(split, count)]
    fitted_on = images.images[images.some("validation", min(count, FITTED_ON))]
    spreads: dict[str, Any] = {}
    if net.family.weighs_beta and beta and not net.learns_spread:
        spreads[TRAINED] = units.beta_to_sigma(beta, net.latent_dim)
    say(0.0, f"Fitting sigma to {len(fitted_on):,} validation images")
    spreads |= bits.fit_spreads(net, fitted_on)
    say(0.1, f"Coding {len(unseen):,} {split} images")
    coded = bits.code(net, unseen, spreads, lambda done, of: say(0.1 + 0.3 * done / of, f"Coded {done:,} of {of:,}"))
    found = Reported(
        split=split,
        images=len(unseen),
        fitted_on=0 if net.learns_spread else len(fitted_on),
        rate=float(coded.rate.mean()),
        rates={},
        decoders={name: _decoder(name, coded, spreads) for name in SPREADS if name in coded.reconstruction},
    )
    say(0.4, "Fitting priors to training images")
    found = replace(found, rates=dict(_rates(net, images, unseen)))
    if net.family.posterior != "gaussian":
        return found
    say(0.5, f"Splitting the KL of {min(split_of, len(unseen)):,} images")
    found = _with_use(found, net, unseen[:split_of])
    few = unseen[:weighted]

    def told(done: int, of: int) -> None:
        say(0.6 + 0.4 * done / of, f"Drawing {max(importance.SAMPLES)} samples of image {done:,} of {of:,}")

    return replace(found, weighted=_weighted(net, few, None if net.learns_spread else spreads[ONE].item(), told))


def _decoder(name: str, coded: bits.Coded, spreads: Mapping[str, Any]) -> Decoder:
    sigma = None
    if name in spreads:
        sigma = float(torch.as_tensor(spreads[name], dtype=torch.float64).square().mean().sqrt())
    return Decoder(
        sigma,
        float(coded.reconstruction[name].mean()),
        bits.bound_error(coded.bits(name)),
        coded.coverage[name],
    )


def _rates(net: Net, images: ImageSet, unseen: np.ndarray) -> Iterator[tuple[str, float]]:
    """Under priors that are fitted in seconds, of which nats are known: all but the one that it is trained with."""
    own = {"gaussian": "normal", "codes": "uniform"}[net.family.posterior]
    fitted_on = encode(net, images.images[images.some("train", PRIOR_FITTED_ON)])
    here = encode(net, unseen)
    for record in priors.fitting(net.family):
        if record.trained or record.key == own:
            continue
        prior = priors.build(record.key, shape_of(net))
        try:
            prior.fit(fitted_on)
            nats = rate_under(prior, here)
        except ExplorerError:  # its nats are not known, or there are too few images
            continue
        if math.isfinite(nats):
            yield record.key, nats


@torch.inference_mode()
def rate_under(prior: Prior, encodings: Encodings) -> float:
    """What latents take under a prior, nats an image, mean: KL(q(z | x) || p(z)) from one z of each; of codes -ln p.

    Infinite where the prior has no room for one of them. ExplorerError where nats are not known.
    """
    nats = prior.nats(encodings).double()
    if encodings.codes is None:
        entropy = (encodings.std.double().log() + 0.5 * math.log(2 * math.pi * math.e)).sum(dim=1)
        nats = nats - entropy
    return float(nats.mean())


def _with_use(found: Reported, net: Net, images: np.ndarray) -> Reported:
    where = cloud.encode(net, images)
    parts = None
    if len(images) >= aggregated.FEWEST:
        split = aggregated.parts(where, aggregated.draw(where))
        parts = Split(len(images), split.kl, split.information, split.total_correlation, float(split.marginal.sum()))
    used = int(in_use.in_use(where.kl.mean(axis=0)))
    active = in_use.active_units(where.mu.var(axis=0, dtype=np.float64))
    return replace(found, parts=parts, in_use=used, active=active)


def _weighted(net: Net, images: np.ndarray, sigma: float | None, say: bits.Say) -> Weighted:
    if isinstance(net, LinearVAE) and sigma:
        found = importance.bounds(net, images, importance.density(net, sigma), importance.SAMPLES, say)
        evidence = net.log_evidence(to_float(images), sigma)
        return _of_bound(found, float(evidence.mean() - found.nats[0].mean()))

    def in_bins(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        return net.log_likelihood(x, z, sigma)

    return _of_bound(importance.bounds(net, images, in_bins, importance.SAMPLES, say))


def _of_bound(found: importance.Bound, exact: float | None = None) -> Weighted:
    gain, error = found.gain.tolist(), found.error.tolist()
    return Weighted(found.nats.shape[1], list(found.samples), gain, error, exact)

"""All that papers report of one model, measured on held-out images: what a card keeps, and a page shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from explorer import in_use, priors, units
from explorer.analysis.latents import aggregated, cloud
from explorer.analysis.likelihood import bits, importance
from explorer.analysis.likelihood.bits import ONE, OWN, SPREADS, TRAINED
from explorer.data.imageset import ImageSet
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.nets.linear import LinearVAE
from explorer.pixels import to_float
from explorer.priors.base import Prior
from explorer.priors.encodings import Encodings, encode, shape_of

IMAGES = 10_000  # held-out images of a card, as far as there are any
WEIGHTED = 50  # of them that 500 samples are drawn of: 25,000 pictures are decoded
SPLIT_OF = 2_000  # of them whose KL is split
FITTED_ON = 10_000  # validation images that spreads are fitted to
PRIOR_FITTED_ON = 3_000  # training images that priors are fitted to

Say = Callable[[float, str], object]


def silent(share: float, words: str) -> None:
    """Say nothing of how far something is."""


@dataclass(frozen=True)
class Decoder:
    """What pixels take with decoders of one spread.

    Parameters
    ----------
    sigma : float, optional
        Root of the mean of its variances, pixel scale 0..1; None of a decoder whose spread is its own.
    nats : float
        -ln P(x | z) an image, mean.
    error : float
        Standard error of the bits a dimension of the whole bound.
    coverage : list of float
        Shares of pixel values in the middle p of their distributions, for each p of `calibration.NOMINAL`.
    """

    sigma: float | None
    nats: float
    error: float
    coverage: list[float]


@dataclass(frozen=True)
class Weighted:
    """The importance-weighted bound.

    Parameters
    ----------
    images : int
    samples : list of int
        K, ascending from 1.
    gain, error : list of float
        Nats an image above the ELBO of the same samples, and their standard error over images.
    exact : float, optional
        How far ln p(x) is above that ELBO, nats an image; None where it isn't known. Where it is, all of these are of
        the density.
    """

    images: int
    samples: list[int]
    gain: list[float]
    error: list[float]
    exact: float | None = None


@dataclass(frozen=True)
class Split:
    """What the KL of some images is made of, nats an image: `explorer.analysis.latents.aggregated.Parts`, in short.

    `images` are N, `ceiling` is ln N; the other three add up to `kl`.
    """

    images: int
    kl: float
    information: float
    total_correlation: float
    marginal: float

    @property
    def ceiling(self) -> float:
        """ln N: to name one of N images takes no more."""
        return math.log(self.images)


@dataclass(frozen=True)
class Reported:
    """What papers report of a model.

    Parameters
    ----------
    split : str
        "test", or of image sets without one "validation".
    images, fitted_on : int
        Of the split, and validation images that spreads are fitted to.
    rate : float
        KL to the prior that it is trained with, or of codes log K each: nats an image, mean.
    rates : mapping of str to float
        The same under priors that were fitted to training images, by their keys, where nats are known.
    decoders : mapping of str to Decoder
        By `bits.SPREADS`, in that order.
    weighted : Weighted, optional
    parts : Split, optional
    in_use, active : int, optional
        Latent dimensions of these images, by both definitions of `explorer.in_use`; None of codes.
    """

    split: str
    images: int
    fitted_on: int
    rate: float
    rates: Mapping[str, float]
    decoders: Mapping[str, Decoder]
    weighted: Weighted | None = None
    parts: Split | None = None
    in_use: int | None = None
    active: int | None = None

    def bits(self, spread: str) -> float:
        """The bound with one sample of z, bits a dimension."""
        return float(bits.nats_to_bits_per_dim(self.rate + self.decoders[spread].nats))

    @property
    def first(self) -> str:
        """The decoder whose bound is weighted, and whose spread is looked at first: one sigma, or its own."""
        return OWN if OWN in self.decoders else ONE

    @property
    def weighted_bits(self) -> float | None:
        """The bound with all samples of z, bits a dimension: that of all images, less what some of them gained."""
        if self.weighted is None:
            return None
        return self.bits(self.first) - float(bits.nats_to_bits_per_dim(self.weighted.gain[-1]))

    def bits_under(self, prior: str) -> float:
        """With the first decoder, and another prior of `rates`: bits a dimension."""
        return float(bits.nats_to_bits_per_dim(self.rates[prior] + self.decoders[self.first].nats))

    @property
    def best(self) -> float:
        """The lowest of all these bounds, bits a dimension."""
        found = [*map(self.bits, self.decoders), *map(self.bits_under, self.rates)]
        return min([*found, *([] if self.weighted_bits is None else [self.weighted_bits])])

    def to_json(self) -> dict[str, Any]:
        """As a card keeps it: five digits of each number, nothing for what is None."""
        found: dict[str, Any] = _written(asdict(self))
        return found


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
        raise ExplorerError(
            f"{net.family.title} has no likelihood", "Its latent is a point: it has no KL, and no noise."
        )
    split = "test" if len(images.splits["test"]) else "validation"
    held_out = images.images[images.some(split, count)]
    fitted_on = images.images[images.some("validation", min(count, FITTED_ON))]
    spreads: dict[str, Any] = {}
    if net.family.weighs_beta and beta and not net.learns_spread:
        spreads[TRAINED] = units.beta_to_sigma(beta, net.latent_dim)
    say(0.0, f"Fitting sigma to {len(fitted_on):,} validation images")
    spreads |= bits.fit_spreads(net, fitted_on)
    say(0.1, f"Coding {len(held_out):,} {split} images")
    coded = bits.code(net, held_out, spreads, lambda done, of: say(0.1 + 0.3 * done / of, f"Coded {done:,} of {of:,}"))
    found = Reported(
        split=split,
        images=len(held_out),
        fitted_on=0 if net.learns_spread else len(fitted_on),
        rate=float(coded.rate.mean()),
        rates={},
        decoders={name: _decoder(name, coded, spreads) for name in SPREADS if name in coded.reconstruction},
    )
    say(0.4, "Fitting priors to training images")
    found = replace(found, rates=dict(_rates(net, images, held_out)))
    if net.family.posterior != "gaussian":
        return found
    say(0.5, f"Splitting the KL of {min(split_of, len(held_out)):,} images")
    found = _with_use(found, net, held_out[:split_of])
    few = held_out[:weighted]

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


def _rates(net: Net, images: ImageSet, held_out: np.ndarray) -> Iterator[tuple[str, float]]:
    """Under priors that are fitted in seconds, of which nats are known: all but the one that it is trained with."""
    own = {"gaussian": "normal", "codes": "uniform"}[net.family.posterior]
    fitted_on = encode(net, images.images[images.some("train", PRIOR_FITTED_ON)])
    here = encode(net, held_out)
    for record in priors.fitting(net.family):
        if record.trained or record.key == own:
            continue
        prior = priors.build(record.key, shape_of(net))
        try:
            prior.fit(fitted_on)
            yield record.key, rate_under(prior, here)
        except ExplorerError:  # its nats are not known, or there are too few images
            continue


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
        found = importance.bounds(net, images, importance.density(net, sigma), say=say)
        evidence = net.log_evidence(to_float(images), sigma)
        return _of_bound(found, float(evidence.mean() - found.nats[0].mean()))
    return _of_bound(importance.bounds(net, images, lambda x, z: net.log_likelihood(x, z, sigma), say=say))


def _of_bound(found: importance.Bound, exact: float | None = None) -> Weighted:
    gain, error = found.gain.tolist(), found.error.tolist()
    return Weighted(found.nats.shape[1], list(found.samples), gain, error, exact)


def _written(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _written(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_written(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    return value

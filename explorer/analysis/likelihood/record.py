"""All that papers report of one model, as a card keeps it and a page shows it. `measure` finds it; no torch is here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from explorer import units
from explorer.analysis.likelihood.calibration import NOMINAL
from explorer.data import SPLITS
from explorer.priors import PRIORS
from explorer.records import Record

TRAINED, ONE, CHANNEL, VALUE, OWN = "trained", "one", "channel", "value", "own"
SPREADS = (TRAINED, ONE, CHANNEL, VALUE, OWN)  # what a decoder's standard deviations are, in the order of pages
_MOST = 1_000  # numbers in a list of a card


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
        By `SPREADS`, in that order.
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
        return units.bits_per_dim(self.rate + self.decoders[spread].nats)

    @property
    def first(self) -> str:
        """The decoder whose bound is weighted, and whose spread is looked at first: one sigma, or its own."""
        return OWN if OWN in self.decoders else ONE

    @property
    def weighted_bits(self) -> float | None:
        """The bound with all samples of z, bits a dimension: that of all images, less what some of them gained."""
        if self.weighted is None:
            return None
        return self.bits(self.first) - units.bits_per_dim(self.weighted.gain[-1])

    def bits_under(self, prior: str) -> float:
        """With the first decoder, and another prior of `rates`: bits a dimension."""
        return units.bits_per_dim(self.rates[prior] + self.decoders[self.first].nats)

    @property
    def best(self) -> float:
        """The lowest of all these bounds, bits a dimension."""
        found = [*map(self.bits, self.decoders), *map(self.bits_under, self.rates)]
        return min([*found, *([] if self.weighted_bits is None else [self.weighted_bits])])

    def to_json(self) -> dict[str, Any]:
        """As a card keeps it: five digits of each number, nothing for what is None."""
        found: dict[str, Any] = _written(asdict(self))
        return found


def read(said: Record) -> Reported:
    """What a card says of it; ExplorerError where that is damaged."""
    rates, decoders = said.record("rates"), said.record("decoders")
    found = {name: _decoder(decoders.record(name)) for name in SPREADS if decoders.has(name)}
    if ONE not in found and OWN not in found:
        raise said.wrong("decoders", "lacks one that others are measured against", said.see)
    return Reported(
        split=said.choice("split", SPLITS),
        images=said.whole("images", 1),
        fitted_on=said.whole("fitted_on"),
        rate=said.number("rate", 0.0),
        rates={key: rates.number(key) for key in PRIORS if rates.has(key)},
        decoders=found,
        weighted=_weighted(said.record("weighted")) if said.has("weighted") else None,
        parts=_split(said.record("parts")) if said.has("parts") else None,
        in_use=said.whole("in_use") if said.has("in_use") else None,
        active=said.whole("active") if said.has("active") else None,
    )


def _decoder(said: Record) -> Decoder:
    coverage = said.numbers("coverage", 0.0, 1.0, _MOST)
    if len(coverage) != len(NOMINAL):
        raise said.wrong("coverage", f"has {len(coverage)} numbers", f"One for each of {len(NOMINAL)} shares.")
    sigma = said.number("sigma", 1e-12) if said.has("sigma") else None
    return Decoder(sigma, said.number("nats"), said.number("error", 0.0) if said.has("error") else math.nan, coverage)


def _weighted(said: Record) -> Weighted:
    samples = said.wholes("samples", 1, most=_MOST)
    gain, error = said.numbers("gain", most=_MOST), said.numbers("error", 0.0, most=_MOST)
    if samples != sorted(set(samples)) or not len(samples) == len(gain) == len(error):
        raise said.wrong("samples", "don't fit to gains and errors", "Ascending, and one of each.")
    exact = said.number("exact") if said.has("exact") else None
    return Weighted(said.whole("images", 1), samples, gain, error, exact)


def _split(said: Record) -> Split:
    names = ("kl", "information", "total_correlation", "marginal")
    return Split(said.whole("images", 1), *(said.number(name) for name in names))


def _written(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _written(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_written(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    return value

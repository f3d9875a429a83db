"""What a measure is, and what it looks at."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from explorer.analysis.spectrum import power_spectra


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """N images through a model.

    Parameters
    ----------
    originals : float32 array (N, 3, H, W), 0..1
    images : float32 array (N, 3, H, W)
        Decoded from the mean of each q(z | x), or from one sample of it; on the same scale, not clipped.
    kl : float32 array (N, latent_dim)
        Nats of each image and dimension; infinite where the latent is a point, log K for each code.
    code_counts : int array (K,), or None
        How often these images use each code; None where latents aren't codes.
    """

    originals: np.ndarray
    images: np.ndarray
    kl: np.ndarray
    code_counts: np.ndarray | None = None

    @property
    def mse(self) -> np.ndarray:
        """Mean squared error of each image over channels and pixels, pixels 0 to 1: (N,)."""
        return np.square(self.images - self.originals).mean(axis=(1, 2, 3))

    @property
    def nats(self) -> np.ndarray:
        """Rate of each image in nats, (N,)."""
        return self.kl.sum(axis=1)

    @cached_property
    def terms(self) -> dict[Callable[[Reconstruction], np.ndarray | None], np.ndarray | None]:
        """What was measured so far: `Measure.terms` and what it gave."""
        return {}

    @cached_property
    def spectra(self) -> np.ndarray:
        """Power of originals, images and their difference at each of `spectrum.FREQUENCIES`: (3, N, 16)."""
        parts = (self.originals, self.images, self.images - self.originals)
        return np.stack([power_spectra(part) for part in parts])


def _as_they_are(terms: np.ndarray) -> np.ndarray:
    return terms


@dataclass(frozen=True)
class Measure:
    """Something that is measured of reconstructions: of each image, of many together, or of many only.

    It is computed in two steps, so that many images can be measured batch by batch, and that one definition serves an
    image and a thousand: `terms` gives each image's share, shares are averaged, and `value` reads the measure from an
    average (or from one image's share). A mean over images needs no `value`; a ratio of sums has two terms.

    Parameters
    ----------
    key : str
        In cards and links.
    title : str
    help : str
        A sentence or two: what it says, and its source.
    of : str
        What it is computed from: "pictures", original and reconstruction; "posterior", what the encoder says; or
        "spectrum", the mean spectra of a whole set.
    terms : callable
        `Reconstruction` -> float array (N,) or (N, k), each image's share; None where there is no such thing.
    value : callable
        A share, or a mean of shares -> the measure; unless it is one of a "whole set", of all shares at once too.
    pooled : str
        What many images have: the "mean" of each one's; a "ratio of sums", in which images that have little of what is
        measured count for little; or, as "whole set", something that one image hasn't got.
    unit : str
        Written after a value: "dB".
    scale : str
        What a number without a unit is to be read against: "of original".
    digits : str
        How it is written: a format.
    better : str, optional
        "lower", "higher", "nearest to one"; None where neither is better.
    none : str
        What is written where there is no finite value.
    also : mapping of str to float
        Other units that tables show it in, and how many of them make one of its own.
    good : str
        What pictures with a good value are, in a word or two, for the head of a table: "sharp".
    slow : bool
        Whether it takes too long to be measured while a page waits: cards hold it, and where they don't it isn't known.
    """

    key: str
    title: str
    help: str
    of: Literal["pictures", "posterior", "spectrum"]
    terms: Callable[[Reconstruction], np.ndarray | None]
    value: Callable[[np.ndarray], Any] = _as_they_are
    pooled: Literal["mean", "ratio of sums", "whole set"] = "mean"
    unit: str = ""
    scale: str = ""
    digits: str = ".2f"
    better: Literal["lower", "higher", "nearest to one"] | None = None
    none: str = "none"
    also: Mapping[str, float] = field(default_factory=dict, hash=False)
    good: str = ""
    slow: bool = False

    def each(self, of: Reconstruction) -> np.ndarray:
        """Of each image: float array (N,); infinite or NaN where there is no value.

        ValueError if it is one of a "whole set".
        """
        if self.pooled == "whole set":
            raise ValueError(f"{self.key} is no measure of one image")
        terms = self._terms(of)
        return np.full(len(of.images), np.nan) if terms is None else np.asarray(self.value(terms))

    def of_all(self, of: Reconstruction) -> float | None:
        """Of all images together; None where there is no finite value."""
        terms = self._terms(of)
        return None if terms is None else self.read(terms.mean(axis=0, dtype=np.float64))

    def _terms(self, of: Reconstruction) -> np.ndarray | None:
        """Computed once of each: the SSIM of eight images takes 1 ms."""
        if self.terms not in of.terms:
            of.terms[self.terms] = self.terms(of)
        return of.terms[self.terms]

    def read(self, mean_terms: np.ndarray) -> float | None:
        """Of many images, from the mean of their terms; None where there is no finite value."""
        value = float(self.value(mean_terms))
        return value if math.isfinite(value) else None

    def write(self, value: float | None) -> str:
        """A value as it is written in a table whose head says the unit."""
        return self.none if value is None or not math.isfinite(value) else f"{value:{self.digits}}"

    def write_with_unit(self, value: float | None) -> str:
        """A value where nothing else says the unit: "24.1 dB"."""
        words = self.write(value)
        return f"{words} {self.unit}" if self.unit and words != self.none else words

    def worse(self, value: float | None) -> float:
        """What is smaller for a better value; NaN where neither is better, or there is none."""
        if value is None or self.better is None:
            return math.nan
        return {"lower": value, "higher": -value, "nearest to one": abs(value - 1)}[self.better]

    @property
    def read_against(self) -> str:
        """Its unit or scale, for the head of a table."""
        return self.unit or self.scale

    @property
    def column(self) -> str:
        """Title with unit or scale, for the head of a CSV's column."""
        return f"{self.title}, {self.read_against}" if self.read_against else self.title

    @property
    def axis(self) -> str:
        """Unit or scale, and which way is better below it: a chart among others is low."""
        return ",<br>".join(filter(None, (self.read_against, self.better and f"{self.better} is better")))

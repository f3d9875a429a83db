"""What the dots of a map can be coloured by; pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from explorer import palette
from explorer.analysis.latents.cloud import Cloud
from explorer.analysis.measures import MEASURES
from explorer.data.imageset import Factor

MOST = len(palette.CATEGORIES)  # kinds that have a colour of their own: more can't be told apart by all eyes
_ERROR, _RATE, _SHARPNESS = MEASURES["mse"], MEASURES["nats"], MEASURES["sharpness"]


@dataclass(frozen=True, eq=False)
class Colouring:
    """What a dot's colour says.

    Parameters
    ----------
    key : str
        In the address.
    title : str
    values : float32 array (N,), or int64 array (N,)
        Numbers, NaN where there is none; or indices into `categories`.
    categories : tuple of str
        Empty for numbers.
    unit : str
        Behind numbers.
    ends : (str, str)
        What the smallest and the largest number mean, in words.
    period : float, optional
        After which numbers begin again: colours do so too.
    has_others : bool
        Whether the last category is all that have no colour of their own.
    """

    key: str
    title: str
    values: np.ndarray
    categories: tuple[str, ...] = ()
    unit: str = ""
    ends: tuple[str, str] = ("", "")
    period: float | None = None
    has_others: bool = False

    @property
    def colours(self) -> tuple[str, ...]:
        """ "#RRGGBB": one for each category, grey for all others; or stops of a scale, evenly spaced, over `range`."""
        if self.categories:
            own = palette.CATEGORIES[: len(self.categories) - self.has_others]
            return own + (palette.OTHERS,) * self.has_others
        return palette.SCALE if self.period is None else palette.CYCLE

    @property
    def range(self) -> tuple[float, float]:
        """Numbers at both ends of the scale: the central 96 % of them, so that a few far ones don't take all colours.

        A period's are 0 and itself.
        """
        if self.period is not None:
            return 0.0, self.period
        known = self.values[np.isfinite(self.values)]
        low, high = np.quantile(known, [0.02, 0.98]) if len(known) else (0.0, 0.0)
        return float(low), float(high)


def by_class(labels: np.ndarray, names: Sequence[str], shown: Sequence[int] = ()) -> Colouring:
    """By class; of more than `MOST` classes those `shown` have a colour each, up to `MOST`, and all others are grey.

    Parameters
    ----------
    labels : int array (N,)
        Indices into `names`.
    shown : sequence of int
        Of these; none stands for `most_frequent`.
    """
    if len(names) <= MOST:
        return Colouring("class", "Class", labels, tuple(names))
    first = list(shown)[:MOST] or most_frequent(labels)
    place = np.full(len(names), len(first))
    place[first] = np.arange(len(first))
    others = f"{len(names) - len(first):,} others"
    return Colouring("class", "Class", place[labels], (*(names[label] for label in first), others), has_others=True)


def most_frequent(labels: np.ndarray) -> list[int]:
    """Up to `MOST` labels that most images bear; of as many the smaller one first."""
    known, counts = np.unique(labels, return_counts=True)
    return known[np.argsort(-counts, kind="stable")][:MOST].tolist()


def by_measures(cloud: Cloud) -> Iterator[Colouring]:
    """By what is measured of each image, as far as this model has it, and images differ in it."""
    error = f"{_ERROR.title}, {_ERROR.read_against}"
    yield Colouring("mse", f"Error ({error})", cloud.mse, ends=("well kept", "badly kept"))
    if _differs(cloud.rate):
        yield Colouring("nats", _RATE.title, cloud.rate, unit=_RATE.unit, ends=("cheap to tell", "dear to tell"))
    if cloud.sharpness is not None:
        yield Colouring(
            "sharpness", f"{_SHARPNESS.title} {_SHARPNESS.read_against}", cloud.sharpness, ends=("blurred", "sharp")
        )


def _differs(values: np.ndarray) -> bool:
    return bool(np.isfinite(values).all()) and float(np.ptp(values)) > 1e-6 * float(np.abs(values).max())


def by_factors(factors: Sequence[Factor], indices: np.ndarray) -> Iterator[Colouring]:
    """By what is known of how images at some indices, int (N,), were made; categories that are classes aside."""
    for factor in factors:
        if not factor.categories:
            values = factor.values[indices].astype(np.float32)
            title = factor.name.capitalize()
            yield Colouring(f"factor-{factor.name}", title, values, unit=factor.unit, period=factor.period)

"""What a model of every beta shows, in words; pure functions. The numbers in each sentence are measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer import units
from explorer.data import ImageSet
from explorer.in_use import in_use
from explorer.models import Model
from explorer.nets import BETA_STOPS, nearest_stop
from explorer.units import NOTEBOOK_BETA, beta_text

if TYPE_CHECKING:
    from explorer.analysis.over_beta import OverBeta


@dataclass(frozen=True)
class Lesson:
    """A stop worth a look.

    Parameters
    ----------
    name : str
    stop : float
        Where it leads to, a beta of `BETA_STOPS`.
    first, last : float
        The smallest and the largest of them that its words are true of.
    """

    name: str
    stop: float
    first: float
    last: float


@dataclass(frozen=True)
class Lessons:
    """Stops worth a look, ascending, and what holds at each of `BETA_STOPS`: two sentences, a half of the trade each.

    The first is about the images, which a larger beta paints worse, the second about samples of the prior.
    """

    named: tuple[Lesson, ...]
    words: tuple[str, ...]


_SAME_ERROR = 1.02  # of two mean squared errors: no eye tells them apart
_SAME_NOISE = 1.3  # of sigma squared and the mean squared error, where beta is called calibrated
_TOLD = 0.75  # of pairs: half way from guessing to certainty, up to which samples are said to look alike
_FOUND = 0.9  # of pairs: samples that anyone can tell
_SAME_GAP = 0.02  # of two shares of pairs: the spread over seeds of images and noise (docs/prior-gap)


def lessons(
    swept: OverBeta,
    latent_dim: int,
    calibrated: float | None,
    mse: np.ndarray,
    gap: Mapping[float, float],
    lengths: bool = True,
) -> Lessons:
    """What is to be seen along the slider.

    Parameters
    ----------
    swept : OverBeta
        The images shown, at each of `BETA_STOPS`.
    latent_dim : int
    calibrated : float or None
        The beta at which sigma squared equals the error, on the model's curve; without one there is no lesson of it.
    mse : float array (B,)
        Mean squared error at each of `BETA_STOPS` on that curve, pixel scale 0..1.
    gap : mapping of float to float
        How often a judge tells a sample from a reconstruction, at those of `BETA_STOPS` where it was measured.
    lengths : bool
        Whether lengths of z are shown beside the words, which then speak of them.
    """
    named = _named(swept, latent_dim, calibrated, mse)
    at = _AtStop(swept, latent_dim, calibrated, mse, gap, {o.name: o for o in named}, lengths)
    return Lessons(tuple(named), tuple(at.words(i) for i in range(len(BETA_STOPS))))


def _named(swept: OverBeta, latent_dim: int, calibrated: float | None, mse: np.ndarray) -> list[Lesson]:
    betas, last = np.array(BETA_STOPS), len(BETA_STOPS) - 1
    notebook = BETA_STOPS.index(NOTEBOOK_BETA)
    ranges = {"The notebook's": (notebook, notebook, notebook)}
    if calibrated is not None:
        stop = BETA_STOPS.index(nearest_stop(calibrated))
        noise = betas * (units.beta_to_sigma(1.0, latent_dim) ** 2) / mse
        alike = np.flatnonzero((noise > 1 / _SAME_NOISE) & (noise < _SAME_NOISE))
        if stop != notebook:
            before, after = (alike[alike < notebook], alike) if stop < notebook else (alike, alike[alike > notebook])
            near = before if stop < notebook else after
            ranges["Calibrated"] = (stop, int(min([stop, *near])), int(max([stop, *near])))
    taken = min(first for _, first, _ in ranges.values())
    worse = np.flatnonzero(mse > _SAME_ERROR * mse[0])
    ranges["All detail"] = (0, 0, max(0, min(taken, int(worse[0]) if len(worse) else last) - 1))
    taken = max(end for _, _, end in ranges.values())
    few = np.flatnonzero(in_use(swept.kl_per_dim) > latent_dim / 2)
    ranges["Collapsed"] = (last, min(last, max(taken, int(few[-1]) if len(few) else 0) + 1), last)
    order = sorted(ranges.items(), key=lambda one: one[1])
    return [Lesson(name, *(BETA_STOPS[i] for i in places)) for name, places in order]


@dataclass(frozen=True)
class _AtStop:
    """What holds at one of `BETA_STOPS`; parameters as those of `lessons`."""

    swept: OverBeta
    latent_dim: int
    calibrated: float | None
    mse: np.ndarray
    gap: Mapping[float, float]
    named: Mapping[str, Lesson]
    lengths: bool

    def words(self, i: int) -> str:
        name = next((o.name for o in self.named.values() if o.first <= BETA_STOPS[i] <= o.last), "")
        halves = {
            "All detail": self._all_detail, "Calibrated": self._calibrated,
            "The notebook's": self._notebook, "Collapsed": self._collapsed,
        }.get(name, self._between)  # fmt: skip
        return " ".join(halves(i))

    def _all_detail(self, i: int) -> tuple[str, str]:
        last = beta_text(self.named["All detail"].last)
        lengths = "its lengths off the prior's shell, and at " if self.lengths else ""
        return (
            f"Reconstructions are {self._error(i)} off, as near as this network gets, up to beta {last}.",
            f"But nothing asks z to be like N(0, 1): look at {lengths}the clutter in samples{self._found(i)}.",
        )

    def _calibrated(self, i: int) -> tuple[str, str]:
        assert self.calibrated is not None
        exact = beta_text(float(f"{self.calibrated:.2g}"))
        sigma, error = units.beta_to_sigma(BETA_STOPS[i], self.latent_dim), math.sqrt(self.mse[i])
        return (
            f"Sigma, the noise that beta stands for, is {sigma:.3f}, and the error on the plane's curve (root of its "
            f"MSE) {error:.3f}: equal at the diamond, beta {exact}; left of it nats pay for noise, right of it detail "
            "is dropped.",
            f"Samples don't turn here: look at how clutter fills them to the edges{self._found(i)}.",
        )

    def _notebook(self, i: int) -> tuple[str, str]:
        nats, sharpness, first = self.swept.nats, self.swept.sharpness, beta_text(BETA_STOPS[0])
        return (
            f"For {nats[i]:,.0f} nats an image ({nats[0]:,.0f} at beta {first}) reconstructions are {self._error(i)} "
            f"off ({self._error(0)} there): look at fine texture, {sharpness[i]:.2f} as sharp as originals "
            f"({sharpness[0]:.2f} there).",
            self._bought(i),
        )

    def _collapsed(self, i: int) -> tuple[str, str]:
        left, here = in_use(self.swept.kl_per_dim)[i], self._pairs(i)
        lost = (
            f"{left} of {self.latent_dim} dimensions are left (KL bars), and reconstructions are {self._error(i)} off: "
            "look at what they have lost."
        )
        if here is None or here > _TOLD:
            return lost, self._bought(i)
        alike = f"amples look like reconstructions{self._found(i)}, because both are blurs."
        return lost, f"Lengths of z lie on the prior's shell and s{alike}" if self.lengths else f"S{alike}"

    def _between(self, i: int) -> tuple[str, str]:
        return (
            f"Reconstructions are {self._error(i)} off, {self._error(0)} at beta {beta_text(BETA_STOPS[0])}.",
            self._bought(i),
        )

    def _bought(self, i: int) -> str:
        """What a larger beta has bought so far."""
        here, first = self._pairs(i), self._pairs(0)
        if here is None or first is None:
            return "Whether that buys better samples, compare their row with the reconstructions'."
        share = f"a judge finds {100 * here:.0f} in 100 ({100 * first:.0f} at beta {beta_text(BETA_STOPS[0])})"
        if first - here < _SAME_GAP:
            return f"That buys no better samples, {share}: compare their row with the reconstructions'."
        return (
            f"Samples come nearer, {share}, because reconstructions lose the detail that samples get wrong: compare "
            "both rows."
        )

    def _found(self, i: int) -> str:
        here = self._pairs(i)
        return "" if here is None else f" (a judge finds {100 * here:.0f} in 100)"

    def _pairs(self, i: int) -> float | None:
        return self.gap.get(BETA_STOPS[i])

    def _error(self, i: int) -> str:
        """Of a pixel value, root of the mean square, of the images shown."""
        return f"{100 * math.sqrt(self.swept.mse[i].mean()):.1f} %"


def trained_how(model: Model, images: ImageSet) -> str:
    """What a model was trained on, and whether it knows images like these."""
    words = f"**{model.title}**, trained on {model.trained_on} {model.effort}, at all of these betas at once."
    if model.has_not_seen(images.source):
        words += f" **It has not seen images like these, {images.name}.**"
    return words


def samples_beside_mean(beta: float, mse: np.ndarray, mse_mean: float, mse_average: float) -> str:
    """How far from one image pictures of its latent are; mean squared errors, pixel scale 0..1.

    Parameters
    ----------
    beta : float
    mse : float array (S,)
        Of a sample each.
    mse_mean : float
        Of the picture that the mean of z gives.
    mse_average : float
        Of the average of the samples' pictures.
    """
    return (
        f"At beta {beta_text(beta)} a sample's MSE is {mse.mean():.5f} on average, that of the mean's picture "
        f"{mse_mean:.5f}, and that of the average of {len(mse)} samples {mse_average:.5f}. Samples differ by what the "
        "latent leaves open; the spread shows where."
    )


def mixture_beside_normal(normal: float, mixture: float) -> str:
    """Whether a fitted mixture paints better than N(0, 1): of both, how often a judge tells samples, 0..1."""
    both = f"a judge finds {100 * mixture:.0f} in 100 of its samples and {100 * normal:.0f} of N(0, 1)'s"
    if normal - mixture > _SAME_GAP:
        return f"That helps a little: {both}, so most of what is wrong is how dimensions go together."
    if min(normal, mixture) > _FOUND:
        return f"It hardly helps: {both}. What samples lack is how dimensions go together, which neither knows."
    return f"It makes no difference: {both}."

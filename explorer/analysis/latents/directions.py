"""Directions in a latent that mean something, and how far that can be relied on; pure functions.

What images have in common, a brightness or a class, is looked for in the means of their posteriors. Two directions
belong to it: along the one, latents change on average as it does ("pattern"), and along the other, it is told best from
latents ("filter"); only where latents are uncorrelated are they the same. Walked along is the first: Haufe et al. 2014,
"On the interpretation of weight vectors of linear models in multivariate neuroimaging", section 2. How well it is told
says whether there is anything to walk along: on images that were held out, each once, in 5 parts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import ArrayLike

from explorer.analysis.latents.cloud import Cloud
from explorer.analysis.measures.sharpness import laplacian_variance
from explorer.data.imageset import Factor
from explorer.nets.base import Net

PARTS = 5  # that images are held out in
FEWEST = 2 * PARTS  # images of a class, or with a property, that a probe asks for
HARDLY = 0.1  # R^2 below which a direction means little
QUANTILES = (0.01, 0.99)  # of images, between which their means are said to lie
_PENALTIES = np.logspace(-2, 4, 13)  # that least squares choose from, of standardised latents
_AT_ONCE = 64  # tangents that a decoder carries forward together
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


@dataclass(frozen=True)
class Score:
    """How well something is told from latents of images that were held out.

    Parameters
    ----------
    value : float
        R^2, below 0 if the mean would be nearer; or of classes the share that is told right.
    chance : float
        What guessing would have: 0 for R^2, of classes the share of the commoner one.
    count : int
        Images, each held out once.
    of_classes : bool
    """

    value: float
    chance: float
    count: int
    of_classes: bool = False

    @property
    def words(self) -> str:
        """ "told right for 81 % of 400 held-out images (guessing: 50 %)", and what to make of it.

        A share no more than two standard errors of guessing above that is no better.
        """
        if not self.of_classes:
            said = f"R\u00b2 {max(0.0, self.value):.2f} on {self.count:,} held-out images"
            return said + (": hardly in this latent" if self.value < HARDLY else "")
        said = f"told right for {100 * self.value:.0f} % of {self.count:,} held-out images"
        said += f" (guessing: {100 * self.chance:.0f} %)"
        error = math.sqrt(self.chance * (1 - self.chance) / self.count)
        return said + (": no better than guessing" if self.value <= self.chance + 2 * error else "")


@dataclass(frozen=True, eq=False)
class Direction:
    """A way to go through a latent, and where images lie along it.

    Parameters
    ----------
    key : str
        What an address calls it: small letters, digits and hyphens.
    name : str
    vector : float32 array (width,)
        Of length 1.
    mean, std : float
        Of images' means along it.
    low, high : float
        `QUANTILES` of these.
    unit : float
        How far a strength of 1 goes.
    note : str
        What is known of it, in words.
    dimension : int, optional
        Which one it is, if it is one: then its strength is where to go, and else how far from where one is.
    """

    key: str
    name: str
    vector: np.ndarray
    mean: float
    std: float
    low: float
    high: float
    unit: float = 1.0
    note: str = ""
    dimension: int | None = None


def walk(start: np.ndarray, directions: Iterable[Direction], strengths: Mapping[str, float]) -> np.ndarray:
    """Where one comes to from a latent, float32 (width,), by strengths of some directions, by their keys."""
    z = start.astype(np.float32)
    for each in directions:
        if each.key in strengths and each.dimension is not None:
            z[each.dimension] = strengths[each.key]
        elif each.key in strengths:
            z += np.float32(strengths[each.key]) * (np.float32(each.unit) * each.vector)
    return z


def along(cloud: Cloud, vector: ArrayLike, key: str, name: str, note: str = "") -> Direction:
    """The direction of a vector (width,), not 0, with images' standard deviation along it as the unit."""
    towards = np.asarray(vector, np.float64)
    towards = (towards / np.linalg.norm(towards)).astype(np.float32)
    places = cloud.mu @ towards
    low, high = np.quantile(places, QUANTILES)
    std = float(places.std())
    return Direction(key, name, towards, float(places.mean()), std, float(low), float(high), std, note)


def dimension(cloud: Cloud, number: int, note: str = "") -> Direction:
    """One of the latent's own."""
    vector = np.zeros(cloud.mu.shape[1], np.float32)
    vector[number] = 1
    return replace(along(cloud, vector, str(number), f"dimension {number}", note), unit=1.0, dimension=number)


def from_to(cloud: Cloud, a: np.ndarray, b: np.ndarray, key: str, name: str) -> Direction | None:
    """From one latent to another, float32 (width,), with the way between them as the unit; None if they are the same."""
    length = float(np.linalg.norm(b - a))
    return replace(along(cloud, b - a, key, name), unit=length) if length > 0 else None


# -- classes -----------------------------------------------------------------------------------------------------------


def between_classes(
    cloud: Cloud, labels: np.ndarray, first: int, second: int, names: tuple[str, str]
) -> list[Direction]:
    """From a class to another: along the difference of their means, and along the normal of a linear probe.

    The probe is a logistic regression (scikit-learn's, of standardised latents, with its own penalty).

    Parameters
    ----------
    labels : int array (N,)
    first, second : int
        Two of these.
    names : (str, str)
        Of both classes.

    Returns
    -------
    list of Direction
        Empty if one of them has fewer than `FEWEST` images, or both have the same mean.
    """
    chosen = np.isin(labels, [first, second])
    z, is_second = cloud.mu[chosen], labels[chosen] == second
    few = min(int(is_second.sum()), int((~is_second).sum()))
    if first == second or few < FEWEST:
        return []
    way = f"{names[0]} to {names[1]}"
    apart = z[is_second].mean(axis=0) - z[~is_second].mean(axis=0)
    if not np.linalg.norm(apart) > 0:
        return []
    means = along(cloud, apart, "means", f"{way}: difference of means")
    within = np.sqrt((z[is_second] @ means.vector).var() / 2 + (z[~is_second] @ means.vector).var() / 2)
    far = float(np.linalg.norm(apart)) / max(float(within), 1e-12)
    note = f"the means of both lie {far:.1f} standard deviations of a class apart"
    normal, score = probe(z, is_second)
    return [replace(means, note=note), along(cloud, normal, "probe", f"{way}: linear probe", score.words)]


def probe(z: np.ndarray, is_second: np.ndarray) -> tuple[np.ndarray, Score]:
    """A logistic regression's normal, towards what `is_second`, bool (N,), says of latents (N, width); how well it tells."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    told_by = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    parts = StratifiedKFold(PARTS, shuffle=True, random_state=0)
    told = cross_val_predict(told_by, z, is_second, cv=parts)
    told_by.fit(z, is_second)
    normal = told_by[-1].coef_[0] / told_by[0].scale_
    share = float(is_second.mean())
    score = Score(float((told == is_second).mean()), max(share, 1 - share), len(z), of_classes=True)
    return normal, score


# -- what can be measured of an image, or is known ---------------------------------------------------------------------


def appearance(images: np.ndarray) -> dict[str, tuple[str, np.ndarray]]:
    """What images, uint8 (N, 3, 32, 32), look like: by keys, a name and a number of each, float (N,).

    Their colour is the mean over pixels of two chroma coordinates, in which the hue is an angle: so it needs no grey
    image to have one (Hanbury 2003, "A 3D-polar coordinate colour representation", section 4).
    """
    x = images.astype(np.float32) / 255
    red, green, blue = x.transpose(1, 0, 2, 3).mean(axis=(2, 3))
    return {
        "brightness": ("brightness, dark to bright", np.einsum("nchw,c->n", x, _LUMA) / (32 * 32)),
        "red": ("colour, cyan to red", red - (green + blue) / 2),
        "green": ("colour, violet to green", np.sqrt(3) / 2 * (green - blue)),
        "saturation": ("saturation, grey to colourful", (x.max(axis=1) - x.min(axis=1)).mean(axis=(1, 2))),
        "sharpness": ("sharpness, soft to sharp", np.log(laplacian_variance(x) + 1e-6)),
    }


def known(factors: Sequence[Factor], indices: np.ndarray) -> dict[str, tuple[str, np.ndarray]]:
    """The same of factors at indices (N,): those with a period as cosine and sine, and no categories."""
    found: dict[str, tuple[str, np.ndarray]] = {}
    for factor in factors:
        values = factor.values[indices]
        if factor.categories:
            continue
        if factor.period is None:
            unit = f", {factor.unit}" if factor.unit else ""
            found[f"factor-{factor.name}"] = (f"{factor.name}{unit}", values.astype(np.float32))
            continue
        angle = 2 * np.pi * values / factor.period
        ends = ("cosine", "sine") if factor.unit else ("cyan to red", "violet to green")  # a hue has no unit
        for end, part in zip(ends, (np.cos(angle), np.sin(angle)), strict=True):
            found[f"factor-{factor.name}-{end.split()[-1]}"] = (f"{factor.name}, {end}", part)
    return found


def of_properties(cloud: Cloud, properties: Mapping[str, tuple[str, np.ndarray]]) -> list[Direction]:
    """How latents change, on average, as each property grows; without those in which all images are alike."""
    vary = {
        key: values for key, (_, values) in properties.items() if values.std() > 1e-6 * max(1e-6, np.abs(values).max())
    }
    if len(cloud) < FEWEST or not vary:
        return []
    patterns, scores = regress(cloud.mu, np.stack(list(vary.values()), axis=1))
    return [
        along(cloud, pattern, key, properties[key][0], score.words)
        for key, pattern, score in zip(vary, patterns, scores, strict=True)
        if np.linalg.norm(pattern) > 0
    ]


def regress(z: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, list[Score]]:
    """Least squares of k values of each image, (N, k), on latents (N, width).

    Of standardised latents, with a penalty for each value that generalised cross-validation chooses (scikit-learn's
    `RidgeCV`).

    Returns
    -------
    patterns : float64 (k, width)
        Covariances of latents with what is told: how they change with it.
    scores : list of k Score
    """
    from sklearn.linear_model import RidgeCV
    from sklearn.metrics import r2_score
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    told_by = make_pipeline(StandardScaler(), RidgeCV(_PENALTIES, alpha_per_target=True))
    told = cross_val_predict(told_by, z, values, cv=KFold(PARTS, shuffle=True, random_state=0)).reshape(values.shape)
    right = r2_score(values, told, multioutput="raw_values")
    fitted = told_by.fit(z, values).predict(z).reshape(values.shape)
    patterns = (fitted - fitted.mean(axis=0)).T.astype(np.float64) @ (z - z.mean(axis=0))
    return patterns, [Score(float(each), 0.0, len(z)) for each in right]


# -- at one place ------------------------------------------------------------------------------------------------------


def jacobian(net: Net, z: np.ndarray) -> np.ndarray:
    """Of a decoder at a latent, (width,): float32 (3072, width), pixel values on a scale of 0..1 by latents.

    In forward mode, as many directions together as images in a batch: a decoder treats each by itself.
    """
    here = torch.from_numpy(z.astype(np.float32))
    columns = []
    with torch.no_grad():  # backwards
        for unit in torch.eye(len(here)).split(_AT_ONCE):
            _, pushed = torch.func.jvp(net.decode, (here.repeat(len(unit), 1),), (unit.contiguous(),))
            columns.append(pushed.flatten(1))
    return torch.cat(columns).T.numpy()


def local(cloud: Cloud, net: Net, z: np.ndarray, count: int) -> list[Direction]:
    """Along which pixels change most around a latent: the first right singular vectors of the decoder's Jacobian.

    They are of a latent measured in images' standard deviations, so that what is changed is what images do change.
    """
    spread = cloud.mu.std(axis=0)
    _, singular, towards = np.linalg.svd(jacobian(net, z) * spread, full_matrices=False)
    total = max(float(np.square(singular).sum()), 1e-12)
    found = []
    for number, (value, vector) in enumerate(zip(singular[:count], towards[:count], strict=True), 1):
        scaled = vector * spread
        if not (value > 0 and np.linalg.norm(scaled) > 0):
            break
        share = f"{100 * value**2 / total:.0f} % of how pixels change around here"
        found.append(along(cloud, scaled * np.sign(scaled[np.abs(scaled).argmax()]), str(number), f"local {number}", share))
    return found

"""Directions in a latent that mean something, and how far that can be relied on; pure functions.

What images have in common, a class, a brightness, is looked for in the means of their posteriors. Two directions
belong to a property: along the one, latents change on average as it grows; along the other, it is told best from
latents. Only where latents are uncorrelated are they the same, and walked along is the first: Haufe et al. 2014, "On
the interpretation of weight vectors of linear models in multivariate neuroimaging", section 2. (Model of beta 0.001,
Photos, 1.5 standard deviations towards green: as decoded, 64 images are 0.98 greener and 0.02 redder along the first,
1.23 and 0.36 along the second.) Whether it can be told at all says whether there is anything to walk along: by a linear
fit, on images that were held out, each once, in 5 parts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from explorer.analysis.latents.cloud import Cloud, decode
from explorer.analysis.measures.sharpness import laplacian_variance
from explorer.data.imageset import Factor
from explorer.nets.base import Net

if TYPE_CHECKING:
    from sklearn.model_selection import StratifiedKFold

PARTS = 5  # that images are held out in
FEWEST = 2 * PARTS  # images of a class, or with a property, that a probe asks for
HARDLY = 0.1  # R^2 below which a property is hardly in a latent
SHOWN = 64  # images that a direction's effect is seen on
QUANTILES = (0.01, 0.99)  # of images, between which their means are said to lie
_STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)  # inverse penalties that a probe chooses from
_PENALTIES = np.logspace(-2, 4, 13)  # that least squares choose from
STEP, _LEAST_STEP = 0.03, 1e-4  # that a picture is changed by around a latent: of images' standard deviations; at least
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
            return f"R\u00b2 {self.value:.2f} on {self.count:,} held-out images"
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
    """From one latent to another, float32 (width,), with the way between as the unit; None if they are the same."""
    length = float(np.linalg.norm(b - a))
    return replace(along(cloud, b - a, key, name), unit=length) if length > 0 else None


# -- classes -----------------------------------------------------------------------------------------------------------


def between_classes(
    cloud: Cloud, labels: np.ndarray, first: int, second: int, names: tuple[str, str]
) -> list[Direction]:
    """From a class to another: along the difference of their means, and along the normal of a linear probe.

    The probe is a logistic regression (scikit-learn's), with a penalty that cross-validation chooses.

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
    means = along(cloud, apart, "means", f"{way}: difference of means", by_means(z, is_second).words)
    normal, score = probe(z, is_second)
    return [means, along(cloud, normal, "probe", f"{way}: linear probe", score.words)]


def by_means(z: np.ndarray, is_second: np.ndarray) -> Score:
    """How well the nearer of both classes' means tells them apart; arguments as of `probe`.

    How far the means lie apart would not say: those of twice 200 draws of N(0, I) in 128 dimensions lie
    sqrt(128 * 2 / 200) = 1.1 standard deviations apart.
    """
    from sklearn.model_selection import cross_val_predict
    from sklearn.neighbors import NearestCentroid

    return _told_right(cross_val_predict(NearestCentroid(), z, is_second, cv=_parts()), is_second)


def probe(z: np.ndarray, is_second: np.ndarray) -> tuple[np.ndarray, Score]:
    """A logistic regression's normal, towards latents (N, width) that are `is_second`, bool (N,); how well it tells."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, cross_val_predict

    fit = GridSearchCV(LogisticRegression(max_iter=1000), {"C": _STRENGTHS}, cv=3)
    told = cross_val_predict(fit, z, is_second, cv=_parts())
    return fit.fit(z, is_second).best_estimator_.coef_[0], _told_right(told, is_second)


def _parts() -> StratifiedKFold:
    from sklearn.model_selection import StratifiedKFold

    return StratifiedKFold(PARTS, shuffle=True, random_state=0)


def _told_right(told: np.ndarray, is_second: np.ndarray) -> Score:
    share = float(is_second.mean())
    return Score(float((told == is_second).mean()), max(share, 1 - share), len(told), of_classes=True)


# -- what can be measured of an image, or is known ---------------------------------------------------------------------


class Property(NamedTuple):
    """A number of each of N images.

    Parameters
    ----------
    name : str
        With both ends, where these have names.
    values : float array (N,)
    held : tuple of str
        Keys of others that stay while it grows.
    """

    name: str
    values: np.ndarray
    held: tuple[str, ...]


def appearance(images: np.ndarray) -> dict[str, Property]:
    """What images, uint8 (N, 3, 32, 32), look like, by keys.

    Their colour is the mean over pixels of two chroma coordinates, in which the hue is an angle, so that no grey image
    needs one (Hanbury 2003, "A 3D-polar coordinate colour representation", section 4). Saturation grows with both, so
    it is held for neither.
    """
    x = images.astype(np.float32) / 255
    red, green, blue = x.mean(axis=(2, 3)).T
    values = {
        "brightness": ("brightness, dark to bright", np.stack([red, green, blue], axis=1) @ _LUMA),
        "red": ("colour, cyan to red", red - (green + blue) / 2),
        "green": ("colour, violet to green", np.float32(np.sqrt(3) / 2) * (green - blue)),
        "saturation": ("saturation, grey to colourful", (x.max(axis=1) - x.min(axis=1)).mean(axis=(1, 2))),
        "sharpness": ("sharpness, soft to sharp", np.log(laplacian_variance(x) + 1e-6)),
    }
    colour = {"red", "green"}
    return {
        key: Property(name, each, tuple(values.keys() - (colour if key == "saturation" else {"saturation"}) - {key}))
        for key, (name, each) in values.items()
    }


def known(factors: Sequence[Factor], indices: np.ndarray) -> dict[str, Property]:
    """The same of factors, at indices (N,): of those with a period cosine and sine, of categories nothing."""
    found: dict[str, tuple[str, np.ndarray]] = {}
    for factor in factors:
        values = factor.values[indices]
        if factor.period is not None:
            angle = 2 * np.pi * values / factor.period
            ends = ("cosine", "sine") if factor.unit else ("cyan to red", "violet to green")  # a hue has no unit
            for end, part in zip(ends, (np.cos(angle), np.sin(angle)), strict=True):
                found[f"factor-{factor.name}-{end.split()[-1]}"] = (f"{factor.name}, {end}", part)
        elif not factor.categories:
            found[f"factor-{factor.name}"] = (factor.name, values.astype(np.float32))
    return {key: Property(name, each, tuple(found.keys() - {key})) for key, (name, each) in found.items()}


def standardised(properties: Mapping[str, Property]) -> dict[str, np.ndarray]:
    """Values of mean 0 and standard deviation 1, float64 (N,), of those in which not all images are alike."""
    found = {}
    for key, (_, values, _) in properties.items():
        deviation = float(np.std(values, dtype=np.float64))
        if deviation > 1e-6 * max(1e-6, float(np.abs(values).max())):
            found[key] = (values - np.mean(values, dtype=np.float64)) / deviation
    return found


def of_properties(cloud: Cloud, properties: Mapping[str, Property]) -> tuple[list[Direction], list[str]]:
    """How latents change, on average, as a property grows and those that it holds stay.

    Returns
    -------
    directions : list of Direction
    missing : list of str
        Names of properties that are hardly in this latent: R^2 below `HARDLY`.
    """
    vary = standardised(properties)
    if len(cloud) < FEWEST or not vary:
        return [], []
    centred = cloud.mu - cloud.mu.mean(axis=0)
    found, missing = [], []
    for (key, values), score in zip(vary.items(), told(cloud.mu, np.stack(list(vary.values()), axis=1)), strict=True):
        if score.value < HARDLY:
            missing.append(properties[key].name)
            continue
        held = [values, *(vary[other] for other in properties[key].held if other in vary)]
        change = np.linalg.lstsq(np.stack(held, axis=1), centred, rcond=None)[0][0]
        if np.linalg.norm(change) > 0:
            found.append(along(cloud, change, key, properties[key].name, score.words))
    return found, missing


def told(z: np.ndarray, values: np.ndarray) -> list[Score]:
    """How well k values of each image, (N, k), are told from its latent, (N, width), by least squares.

    With a penalty for each value that generalised cross-validation chooses (scikit-learn's `RidgeCV`). Latents stay as
    they are: dimensions that carry little vary little, and standardised would be noise.
    """
    from sklearn.linear_model import RidgeCV
    from sklearn.metrics import r2_score
    from sklearn.model_selection import KFold, cross_val_predict

    fit = RidgeCV(_PENALTIES, alpha_per_target=True)
    found = cross_val_predict(fit, z, values, cv=KFold(PARTS, shuffle=True, random_state=0)).reshape(values.shape)
    right = r2_score(values, found, multioutput="raw_values")
    return [Score(float(each), 0.0, len(z)) for each in right]


def effects(cloud: Cloud, net: Net, images: np.ndarray, directions: Sequence[Direction]) -> list[float]:
    """How far one unit along a direction of `appearance` changes what it is called after, where it is decoded.

    A mean over the first `SHOWN` images, uint8 (N, 3, 32, 32), in standard deviations of all of these.
    """
    spread = {key: float(np.std(values)) for key, (_, values, _) in appearance(images).items()}
    start = cloud.mu[:SHOWN]
    steps = [np.zeros_like(start[0]), *(np.float32(each.unit) * each.vector for each in directions)]
    pictures = decode(net, np.concatenate([start + step for step in steps])).clip(0, 1)
    seen = appearance(np.rint(255 * pictures).astype(np.uint8))
    found = []
    for number, each in enumerate(directions, 1):
        before, after = (seen[each.key].values[i * len(start) : (i + 1) * len(start)] for i in (0, number))
        found.append(float((after - before).mean()) / spread[each.key])
    return found


def companions(cloud: Cloud, properties: Mapping[str, Property]) -> list[tuple[str, float]]:
    """For each dimension, the property that it goes with most: its name, and their correlation, -1..1."""
    vary = standardised(properties)
    if not vary:
        return [("", 0.0)] * cloud.mu.shape[1]
    deviation = np.maximum(cloud.mu.std(axis=0), 1e-12)
    together = np.stack(list(vary.values())) @ ((cloud.mu - cloud.mu.mean(axis=0)) / deviation) / len(cloud)
    most = np.abs(together).argmax(axis=0)
    names = [properties[key].name for key in vary]
    return [(names[row], float(together[row, column])) for column, row in enumerate(most)]


# -- at one place ------------------------------------------------------------------------------------------------------


def jacobian(net: Net, z: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Of a decoder at a latent, (width,): float32 (3072, width), pixel values on a scale of 0..1 by latents.

    By central differences of `step`, (width,), each. Forward mode gives the same, to 2e-4 of its length (shipped models
    of four families, steps of 0.03 of images' standard deviations), and takes as long; but when it is first used in a
    process, torch takes 7 s to get it ready.
    """
    steps = np.diag(np.asarray(step, np.float32))
    ahead, behind = np.split(decode(net, np.concatenate([z + steps, z - steps])).reshape(2 * len(z), -1), 2)
    return ((ahead - behind) / (2 * np.asarray(step, np.float32)[:, None])).T


def local(cloud: Cloud, net: Net, z: np.ndarray, count: int) -> list[Direction]:
    """Along which pixels change most around a latent: the first right singular vectors of the decoder's Jacobian.

    They are of a latent measured in images' standard deviations, so that what is changed is what images do change.
    """
    spread: np.ndarray = cloud.mu.std(axis=0)
    changes = jacobian(net, z, np.maximum(STEP * spread, _LEAST_STEP)) * spread
    together: np.ndarray = changes.T @ changes
    squares, towards = np.linalg.eigh(together)  # in ascending order: a tenth of the time of its SVD
    found = []
    for number, (square, vector) in enumerate(zip(squares[: -count - 1 : -1], towards.T[::-1], strict=False), 1):
        way = vector * spread
        if not (square > 0 and np.linalg.norm(way) > 0):
            break
        share = f"{100 * square / squares.sum():.0f} % of pixels' change"
        found.append(along(cloud, way * np.sign(way[np.abs(way).argmax()]), str(number), f"direction {number}", share))
    return found

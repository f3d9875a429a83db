"""How disentangled codes are, against the known factors of their images: five published scores, pure functions.

Definitions are those of Locatello et al. 2019, "Challenging Common Assumptions in the Unsupervised Learning of
Disentangled Representations", whose library disentanglement_lib 1.5 comes to the same numbers on the same codes
(docs/disentanglement). A code is an image's posterior mean.

That library's data sets have discrete factors; where ours are numbers, all scores but SAP see them in `FACTOR_BINS`
bins of equal width, a circular one from 0 to its period. On a circle no bin is last, so mutual information, trees and
votes lose nothing there. Yet a circle lies in no single dimension without a cut: at best two share it, so that the gaps
that MIG and SAP ask for are near 0 for such factors however well they are encoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import entropy
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import mutual_info_score
from sklearn.svm import LinearSVC

from explorer.data.imageset import Factor

CODE_BINS = 20  # of equal width for each dimension, as in the library's study
FACTOR_BINS = 10
FEWEST = 500  # images below which bins hold too few: independent codes and factors would seem to share 7 % and more
MOST_DIMENSIONS = 32  # that are measured, those with most KL: all take 7 s of one core for as many
# Rounds of boosting. The library has 100, which take 15 s of one core for 12 dimensions and not 3; D and C are 0.05
# to 0.06 higher with 20, of two models that differ by 0.12 and 0.14 (docs/disentanglement).
ROUNDS = 20
TRAINED = 2 / 3  # share of the images that trees and SVMs are fitted to; the others say how well they predict
MOST_TRAINED = 1_600
VOTES, JUDGED = 10_000, 5_000  # batches that FactorVAE's classifier learns from, and is judged by
VOTERS = 64  # images in each
SILENT = 0.05  # standard deviation of a dimension's codes below which it has no vote
_NOTHING = 1e-11  # added to importances, of which an entropy is taken


@dataclass(frozen=True, eq=False)
class Dci:
    """Disentanglement, completeness and informativeness: Eastwood and Williams 2018, section 2.

    Parameters
    ----------
    importance : float array (K, d)
        Of each dimension to the trees that predict a factor from codes; each row sums to 1.
    accuracy : float array (K,)
        Share of held-out images whose factor these predict, 0..1: informativeness.
    """

    importance: np.ndarray
    accuracy: np.ndarray

    @property
    def disentanglement(self) -> float:
        """How far each dimension serves one factor only, weighted by how much it serves, 0..1."""
        return _one_sided(self.importance.T)

    @property
    def completeness(self) -> float:
        """How far each factor is served by one dimension only, 0..1."""
        return _one_sided(self.importance)

    @property
    def informativeness(self) -> float:
        """Mean of `accuracy`."""
        return float(self.accuracy.mean())


@dataclass(frozen=True, eq=False)
class Scores:
    """The five scores of N codes with d dimensions against K factors, each 0..1; larger is more disentangled.

    Parameters
    ----------
    gaps, sap_gaps : float arrays (K,)
        Of each factor; MIG and SAP are their means.
    dci : Dci
    factor_vae : float
    modularity : float
    """

    gaps: np.ndarray
    sap_gaps: np.ndarray
    dci: Dci
    factor_vae: float
    modularity: float

    @property
    def mig(self) -> float:
        return float(self.gaps.mean())

    @property
    def sap(self) -> float:
        return float(self.sap_gaps.mean())


def scores(codes: np.ndarray, factors: Sequence[Factor], rounds: int) -> Scores:
    """All five, the same for the same input.

    Parameters
    ----------
    codes : float array (N, d)
    factors : sequence of K Factor
        Of the same N images.
    rounds : int
        Of boosting.
    """
    classes = in_classes(factors)
    information = mutual_information(codes, classes)
    return Scores(
        gaps=gaps(information, entropies(classes)),
        sap_gaps=_gap(separability(codes, factors)),
        modularity=float(modularity(information).mean()),
        factor_vae=factor_vae(codes, classes),
        dci=dci(codes, classes, rounds),
    )


# -- bins ------------------------------------------------------------------------------------------------------------


def in_classes(factors: Sequence[Factor]) -> np.ndarray:
    """Factors as classes, int64 (N, K): categories as they are, numbers in bins."""
    return np.stack([_classes(factor) for factor in factors], axis=1)


def _classes(factor: Factor) -> np.ndarray:
    if factor.categories:
        return factor.values.astype(np.int64)
    if factor.period:
        return np.floor(factor.values / factor.period % 1 * FACTOR_BINS).astype(np.int64)
    return in_bins(factor.values, FACTOR_BINS)


def in_bins(values: np.ndarray, count: int) -> np.ndarray:
    """Numbers (N,) in `count` bins of equal width from the smallest to the largest: int64 (N,), from 1."""
    return np.digitize(values, np.histogram_bin_edges(values, count)[:-1])


# -- mutual information ----------------------------------------------------------------------------------------------


def mutual_information(codes: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Between each factor, int64 (N, K), and each dimension of codes, float (N, d), in bins: nats, float64 (K, d).

    Estimated from counts, so above 0 where there is none: `share_by_chance`.
    """
    binned = [in_bins(column, CODE_BINS) for column in codes.T]
    return np.array([[mutual_info_score(factor, column) for column in binned] for factor in classes.T])


def entropies(classes: np.ndarray) -> np.ndarray:
    """Of each factor, int64 (N, K): nats, float64 (K,). What mutual information with it is at most."""
    return np.array([entropy(np.unique(factor, return_counts=True)[1]) for factor in classes.T])


def share_by_chance(n: int) -> float:
    """What independent codes seem to tell of a factor that is a number, as a share of its entropy, over n images.

    To first order, (FACTOR_BINS - 1) (CODE_BINS - 1) / (2 n) nats: Miller 1955, "Note on the bias of information
    estimates".
    """
    return (FACTOR_BINS - 1) * (CODE_BINS - 1) / (2 * n) / float(np.log(FACTOR_BINS))


def gaps(information: np.ndarray, entropies: np.ndarray) -> np.ndarray:
    """What the dimension that says most of a factor says more than the next, as a share of all there is to say.

    Chen et al. 2018, "Isolating Sources of Disentanglement in VAEs", section 4.1; their mean is the MIG.

    Parameters
    ----------
    information : float array (K, d), nats
    entropies : float array (K,), nats

    Returns
    -------
    float64 array (K,), 0..1
    """
    return _gap(information) / entropies


def modularity(information: np.ndarray) -> np.ndarray:
    """Of each dimension how far it is informative of one factor only, from nats (K, d): float64 (d,), 0..1.

    Ridgeway and Mozer 2018, "Learning Deep Disentangled Embeddings With the F-Statistic Loss", section 3: 1 minus the
    squared information on all other factors, over that on the first, a factor. A dimension that says nothing has 0; one
    that says next to nothing of each factor counts like any other.
    """
    squared = information**2
    most = squared.max(axis=0)
    others = (squared.sum(axis=0) - most) / (len(information) - 1)
    return np.where(most > 0, 1 - others / np.where(most > 0, most, 1), 0.0)


def _gap(table: np.ndarray) -> np.ndarray:
    """Largest minus second largest of each row (K, d): (K,)."""
    second, first = np.sort(table, axis=1)[:, -2:].T
    return first - second


# -- predictors ------------------------------------------------------------------------------------------------------


def _trained(n: int) -> int:
    """How many of n images, the first, predictors are fitted to."""
    return min(int(np.ceil(TRAINED * n)), MOST_TRAINED)


def dci(codes: np.ndarray, classes: np.ndarray, rounds: int) -> Dci:
    """Boosted trees, of so many rounds, predict each factor, int64 (N, K), from codes, float (N, d)."""
    n = _trained(len(codes))
    importance, accuracy = [], []
    for factor in classes.T:
        trees = GradientBoostingClassifier(n_estimators=rounds, random_state=0).fit(codes[:n], factor[:n])
        importance.append(trees.feature_importances_)
        accuracy.append(trees.score(codes[n:], factor[n:]))
    return Dci(np.array(importance), np.array(accuracy))


def _one_sided(importance: np.ndarray) -> float:
    """1 minus the entropy of each row, on a scale on which evenly spread is 1, weighted by the rows' sums: (n, m)."""
    if not importance.any():
        return 0.0
    rows = 1 - entropy(importance + _NOTHING, axis=1) / np.log(importance.shape[1])
    return float(rows @ (importance.sum(axis=1) / importance.sum()))


def separability(codes: np.ndarray, factors: Sequence[Factor]) -> np.ndarray:
    """How well a straight line tells a factor from one dimension of codes, float (N, d): float64 (K, d), 0..1.

    Kumar et al. 2018, "Variational Inference of Disentangled Latent Concepts from Unlabeled Observations", section 3:
    of categories the accuracy of a linear SVM on held-out images; of numbers R^2. Of a circular number we take R^2 of
    the dimension given sine and cosine. SAP is the mean over factors of the gap from the best dimension to the next.
    """
    return np.array([[_separable(column, factor) for column in codes.T] for factor in factors])


def _separable(column: np.ndarray, factor: Factor) -> float:
    if factor.categories:
        n, column = _trained(len(column)), column[:, None]
        svm = LinearSVC(C=0.01, class_weight="balanced", random_state=0).fit(column[:n], factor.values[:n])
        return float(svm.score(column[n:], factor.values[n:]))
    if factor.period:
        angle = 2 * np.pi * factor.values.astype(np.float64) / factor.period
        basis = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    else:
        basis = factor.values.astype(np.float64)[:, None]
    return _r_squared(basis - basis.mean(axis=0), column - column.mean(dtype=np.float64))


def _r_squared(basis: np.ndarray, column: np.ndarray) -> float:
    """Share of a column's variance, (N,), that a linear fit on a basis, (N, m), explains; all about a mean of 0."""
    total = column @ column
    if total <= 1e-12 * len(column):  # a variance from rounding
        return 0.0
    fitted = basis @ np.linalg.lstsq(basis, column)[0]
    return float(fitted @ fitted / total)


# -- votes -----------------------------------------------------------------------------------------------------------


def factor_vae(codes: np.ndarray, classes: np.ndarray, seed: int = 0) -> float:
    """How often the dimension that varies least tells which factor is held: 0..1.

    Kim and Mnih 2018, "Disentangling by Factorising", section 4: batches of images that agree in one factor vote for
    the dimension whose variance, over that of all codes, is the smallest; the factor that a dimension's votes mostly
    come from is what it is taken to stand for. Their images are rendered for it; ours are drawn from those at hand,
    with repetition, and agree in a factor's bin. If any dimension were as good as another, it would be 1 in K.

    Parameters
    ----------
    codes : float array (N, d)
    classes : int64 array (N, K)
    seed : int
        Of the batches.
    """
    spread = codes.var(axis=0, ddof=1, dtype=np.float64)
    active = np.sqrt(spread) >= SILENT
    if not active.any():
        return 0.0
    codes, spread = codes[:, active], spread[active]
    learnt, judged = (
        _votes(codes / np.sqrt(spread), classes.shape[1], batches(classes, count, rng))
        for rng in [np.random.default_rng(seed)]
        for count in (VOTES, JUDGED)
    )
    stands_for = learnt.argmax(axis=0)
    return float(judged[stands_for, np.arange(judged.shape[1])].sum() / judged.sum())


def batches(classes: np.ndarray, count: int, rng: np.random.Generator) -> Iterator[tuple[int, np.ndarray]]:
    """Factors, each with indices, int64 (n, VOTERS), of batches that agree in it: `count` batches in all.

    A factor is as likely as another, a class as likely as an image is to have it.
    """
    held, likeness = rng.integers(classes.shape[1], size=count), rng.integers(len(classes), size=count)
    for k, factor in enumerate(classes.T):
        values, times = np.unique(factor[likeness[held == k]], return_counts=True)
        for value, n in zip(values, times, strict=True):
            alike = np.flatnonzero(factor == value)
            yield k, alike[rng.integers(len(alike), size=(n, VOTERS))]


def _votes(codes: np.ndarray, factors: int, drawn: Iterator[tuple[int, np.ndarray]]) -> np.ndarray:
    """How often batches that agree in a factor vote for a dimension: int64 (K, d)."""
    votes = np.zeros((factors, codes.shape[1]), np.int64)
    for k, indices in drawn:
        least = codes[indices].var(axis=1, ddof=1).argmin(axis=1)
        votes[k] += np.bincount(least, minlength=codes.shape[1])
    return votes

"""The aggregate posterior of many images against the prior N(0, I); pure functions.

It is the mean of q(z | x) over the images: what the decoder is asked to paint, where samples ask it for draws of the
prior. Whatever of an image's KL does not tell it from other images is mismatch between the two: Hoffman and Johnson
2016, "ELBO surgery: yet another way to carve up the variational evidence lower bound". `explorer.analysis.aggregate`
has its lengths and two of its dimensions at every beta.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, logsumexp, ndtr
from scipy.stats import chi, kstest, kstwo

from explorer.analysis.latents.cloud import Cloud
from explorer.errors import ExplorerError

FEWEST = 10  # images, to say anything of all
SURE = 0.95  # of draws of the prior: what chance alone stays below
_DRAWS = 2_000  # of z, whose density under all posteriors is found: 2,000 x 10,000 x 128 terms take a second
_TERMS = 200_000_000  # of densities along single dimensions: a second, too; there are as many fewer draws


def check_enough(count: int) -> None:
    """ExplorerError if so few images say nothing of all."""
    if count < FEWEST:
        raise ExplorerError(f"{count} images are too few to lay beside a prior", f"Choose {FEWEST} or more.")


def draw(cloud: Cloud, seed: int = 0) -> np.ndarray:
    """One z ~ q(z | x) of each image, float32 (N, width): where images are independent, N draws of the aggregate."""
    eps = np.random.default_rng(seed).standard_normal(cloud.mu.shape, dtype=np.float32)
    return cloud.mu + cloud.std * eps


def distances(z: np.ndarray) -> np.ndarray:
    """How far each dimension of draws, float (N, d), is from N(0, 1): (d,), 0..1.

    Kolmogorov and Smirnov's: the largest difference between how many draws lie below a value, and how many should.
    """
    n = len(z)
    below = ndtr(np.sort(z.astype(np.float64), axis=0))
    rank = np.arange(1, n + 1)[:, None] / n
    return np.maximum(rank - below, below - (rank - 1 / n)).max(axis=0)


def length_distance(z: np.ndarray) -> float:
    """How far the lengths of draws, float (N, d), are from those of N(0, I): as `distances`, to a chi distribution."""
    lengths = np.linalg.norm(z.astype(np.float64), axis=1)
    return float(kstest(lengths, chi(z.shape[1]).cdf).statistic)


def distance_by_chance(n: int) -> float:
    """What the distance of n draws of the prior itself stays below, `SURE` of the time."""
    return float(kstwo(n).ppf(SURE))


@dataclass(frozen=True, eq=False)
class Correlation:
    """How the d dimensions of N draws go together.

    Parameters
    ----------
    eigenvalues : float64 array (d,)
        Of their covariance matrix, largest first: all 1 under the prior.
    by_chance : float64 array (d,)
        Of as many draws of N(0, I).
    strongest : float
        Of all pairs' coefficients of correlation the one farthest from 0; 0 of a single dimension.
    pair : pair of int
        Whose it is.
    strongest_by_chance : float
        The size of that of as many draws of N(0, I).
    nats : float, optional
        What a Gaussian of these correlations is from one without, less what chance makes of as many draws: the total
        correlation (Watanabe 1960) that correlations alone account for. None unless N is over d + 1.
    """

    eigenvalues: np.ndarray
    by_chance: np.ndarray
    strongest: float
    pair: tuple[int, int]
    strongest_by_chance: float
    nats: float | None


def correlation(z: np.ndarray) -> Correlation:
    """Of draws, float (N, d), of which no dimension is constant."""
    n, d = z.shape
    normal = np.random.default_rng(0).standard_normal((n, d))
    (here, strongest, pair), (there, by_chance, _) = _correlated(z.astype(np.float64)), _correlated(normal)
    nats = None
    if n > d + 1:
        # Of a Wishart matrix: Anderson 2003, "An Introduction to Multivariate Statistical Analysis", theorem 7.5.3
        expected = digamma((n - 1 - np.arange(d)) / 2).sum() - d * digamma((n - 1) / 2)
        nats = float(expected - np.linalg.slogdet(np.corrcoef(z.T.astype(np.float64)).reshape(d, d))[1]) / 2
    return Correlation(here, there, strongest, pair, abs(by_chance), nats)


def _correlated(z: np.ndarray) -> tuple[np.ndarray, float, tuple[int, int]]:
    d = z.shape[1]
    eigenvalues = np.maximum(0, np.linalg.eigvalsh(np.cov(z.T).reshape(d, d))[::-1])
    coefficients = np.corrcoef(z.T).reshape(d, d) - np.eye(d)
    i, j = divmod(int(np.abs(coefficients).argmax()), d)
    return eigenvalues, float(coefficients[i, j]), (i, j)


@dataclass(frozen=True, eq=False)
class Parts:
    """What the KL of N images is made of, nats: it is `information`, `total_correlation` and `marginal` added up.

    Of these images' own aggregate posterior, whose density is known: all N Gaussians of the mixture go into that of
    each draw, so that there is no bias, unlike where it is estimated from mini-batches (Chen et al. 2018, "Isolating
    Sources of Disentanglement in Variational Autoencoders", section 3 and appendix C, where these parts have their
    names). But of few images: more of them would share z that belong to one here, and move nats from mismatch to
    information.

    Parameters
    ----------
    images : int
        N.
    kl : float
        Mean over the images.
    information : float
        Index-code mutual information: what z tells of which of the images it is. At most `ceiling`.
    error : float
        Standard error of it.
    total_correlation : float
        How far the dimensions of the aggregate posterior are from independent. Above or below by the errors of others.
    marginal : float array (d,)
        How far each dimension of it is from N(0, 1): dimension-wise KL.
    """

    images: int
    kl: float
    information: float
    error: float
    total_correlation: float
    marginal: np.ndarray

    @property
    def ceiling(self) -> float:
        """ln N: to name one of N images takes no more."""
        return math.log(self.images)

    @property
    def least_mismatch(self) -> float:
        """What KL(aggregate posterior || prior) is at least, whatever is estimated."""
        return max(0.0, self.kl - self.ceiling)

    @property
    def at_ceiling(self) -> bool:
        """Whether z tells each image from all others, so that nothing is known of how much more it could tell."""
        return self.information > self.ceiling - 0.05


def parts(cloud: Cloud, z: np.ndarray) -> Parts:
    """Of Gaussian posteriors, and one draw of each, (N, d), as of `draw`."""
    mu, std = cloud.mu.astype(np.float64), cloud.std.astype(np.float64)
    n, d = mu.shape
    of = z[:_DRAWS].astype(np.float64)  # images are in random order
    precision = std**-2
    constant = (mu**2 * precision).sum(axis=1) + 2 * np.log(std).sum(axis=1)
    told = np.empty(len(of))
    for start in range(0, len(of), 500):
        at = of[start : start + 500]
        log_q = (at @ (mu * precision).T) - 0.5 * (at**2 @ precision.T + constant)  # all but d/2 ln 2 pi
        rows = np.arange(len(at))
        told[start : start + 500] = log_q[rows, start + rows] - logsumexp(log_q, axis=1) + math.log(n)
    information = min(math.log(n), float(told.mean()))
    kl = float(cloud.rate.mean())
    marginal = _marginal(cloud.mu, cloud.std, z[: max(200, _TERMS // (n * d))])
    return Parts(
        images=n,
        kl=kl,
        information=information,
        error=float(told.std() / math.sqrt(len(told))),
        total_correlation=kl - information - float(marginal.sum()),
        marginal=marginal,
    )


def _marginal(mu: np.ndarray, std: np.ndarray, z: np.ndarray) -> np.ndarray:
    """KL of each dimension of the mixture from N(0, 1), (d,).

    Of a Gaussian with its mean and variance, that is exact; what it has more is a mean over draws, of a number that
    hardly varies, for a dimension is nearly Gaussian.
    """
    mean, variance = mu.mean(axis=0, dtype=np.float64), mu.var(axis=0, dtype=np.float64)
    variance += np.square(std).mean(axis=0, dtype=np.float64)
    of_gaussians = 0.5 * (np.square(mean) + variance - 1 - np.log(variance))
    more = []
    for m, s, at, its_mean, its_variance in zip(mu.T, std.T, z.T, mean, variance, strict=True):
        density = (np.exp(-0.5 * np.square((at[:, None] - m) / s)) / s).mean(axis=1)  # never 0: its own is there
        of_gaussian = -0.5 * (np.square(at - its_mean) / its_variance + np.log(its_variance))
        more.append(float((np.log(density) - of_gaussian).mean()))
    return of_gaussians + more

"""The importance-weighted bound: Burda et al. 2016, "Importance Weighted Autoencoders", eq. 8; pure functions.

    L_K = E ln 1/K sum_k P(x | z_k) p(z_k) / q(z_k | x),    z_1..z_K drawn from q(z | x)

L_1 is the ELBO, L_K is no smaller for more samples, and all of them are below ln P(x), to which they go. What a bound
gains is measured on the very same samples as its L_1, in disjoint groups of K of them, so that images that are likely,
or not, make no difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.likelihood.bits import Say, silent
from explorer.nets.base import Net
from explorer.pixels import to_float

SAMPLES = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # K
SEED = 8765
_LN_2_PI = math.log(2 * math.pi)

LogLikelihood = Callable[[Tensor, Tensor], Tensor]  # images (S, 3, 32, 32), latents (S, width) -> nats, float64 (S,)


@dataclass(frozen=True, eq=False)
class Bound:
    """Of N images.

    Parameters
    ----------
    samples : tuple of int
        K, ascending from 1.
    nats : float64 array (len(samples), N)
        The bound of each image.
    """

    samples: tuple[int, ...]
    nats: np.ndarray

    @property
    def gain(self) -> np.ndarray:
        """Above the ELBO of the same samples, mean over images, nats: (len(samples),)."""
        return (self.nats - self.nats[0]).mean(axis=1)

    @property
    def error(self) -> np.ndarray:
        """Standard error of `gain` over images: (len(samples),)."""
        n = self.nats.shape[1]
        return (self.nats - self.nats[0]).std(axis=1, ddof=1 if n > 1 else 0) / math.sqrt(n)


@torch.inference_mode()
def log_weights(net: Net, x: Tensor, samples: int, log_likelihood: LogLikelihood, generator: torch.Generator) -> Tensor:
    """ln P(x | z) p(z) / q(z | x) of samples of one image's posterior: (1, 3, 32, 32) -> float64 (samples,)."""
    q = net.encode(x)
    eps = torch.randn((samples, net.width), generator=generator)
    mean, std = q.mode(), q.std
    z = mean + std * eps
    log_prior = -0.5 * z.double().square().sum(dim=1)  # both without d/2 ln 2 pi
    log_posterior = -0.5 * eps.double().square().sum(dim=1) - std.double().log().sum()
    return log_likelihood(x, z) + log_prior - log_posterior


def bounds(
    net: Net,
    images: np.ndarray,
    log_likelihood: LogLikelihood,
    samples: tuple[int, ...],
    say: Say = silent,
) -> Bound:
    """Bounds of images, uint8 (N, 3, 32, 32), of a net whose posterior is Gaussian and whose prior is N(0, 1)."""
    generator = torch.Generator().manual_seed(SEED)
    of_each = []
    for done, x in enumerate(to_float(images).split(1), 1):
        weights = log_weights(net, x, max(samples), log_likelihood, generator)
        of_each.append([bound(weights, count) for count in samples])
        say(done, len(images))
    return Bound(samples, np.array(of_each).T)


def bound(weights: Tensor, count: int) -> float:
    """The bound with `count` samples, from log weights (S,): mean over as many disjoint groups as there are."""
    groups = weights[: len(weights) // count * count].reshape(-1, count)
    return float((groups.logsumexp(dim=1) - math.log(count)).mean())


def density(net: Net, sigma: float) -> LogLikelihood:
    """ln p(x | z) as a density of a Gaussian decoder, pixel scale 0..1: what is in closed form of a linear VAE."""

    def log_density(x: Tensor, z: Tensor) -> Tensor:
        squares = (net.decode(z).double() - x).square().sum(dim=(1, 2, 3))
        return -0.5 * (squares / sigma**2 + x[0].numel() * (_LN_2_PI + 2 * math.log(sigma)))

    return log_density

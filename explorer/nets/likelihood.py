"""What a decoder says of 8-bit pixels: a probability for each of the 256 levels of each pixel value.

Papers report how many bits a dimension, a pixel value of 0 to 255, takes under a model. A density is no probability of
a level: under a Gaussian that is narrow enough, levels, which are points, have any density that one wants. So what
counts here is the mass that falls into a level's bin, between the middles to both neighbours: the integral, as of the
discretised logistic of Salimans et al. 2017, "PixelCNN++", section 2.1. It makes 256 probabilities that add up to 1,
for the bins of black and white reach to infinity. The usual other way, uniform noise added to levels, is no better than
this: by Jensen's inequality its density is, on average, a lower bound on the mass (Theis et al. 2016, "A note on the
evaluation of generative models", section 3.1). At a sigma of 0.06 the two are 3e-4
bits apart.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
import torch.nn.functional as F
from torch import Tensor

LEVELS = 256
_HALF = 0.5 / (LEVELS - 1)  # of a bin, on a pixel scale of 0..1
_TOO_SMALL = 1e-250  # a mass, of which nothing may be left: that of bins some 33 sigma away
SMALLEST_SIGMA = 1 / (LEVELS - 1)  # one level: what is fitted to few images, or to flat ones, may be no narrower


class Likelihood(ABC):
    """P(x | z) of N images: their pixel values are independent of each other where z is known."""

    @abstractmethod
    def log_mass(self, x: Tensor) -> Tensor:
        """Natural logarithm of the probability of each pixel value, nats, at most 0.

        Parameters
        ----------
        x : float tensor (N, 3, H, W), or one image for all, (1, 3, H, W); 0..1
            Multiples of 1/255.

        Returns
        -------
        float64 tensor (N, 3, H, W)
        """

    @abstractmethod
    def share_below(self, x: Tensor) -> Tensor:
        """How much of each pixel value's distribution, before it is put into bins, lies below x: float64, 0..1."""


class Gaussian(Likelihood):
    """A Gaussian around each pixel value, in bins.

    Parameters
    ----------
    mean : float tensor (N, 3, H, W), pixel scale 0..1
    sigma : float, or float tensor that broadcasts to it
        Standard deviation on the same scale, above 0.
    """

    def __init__(self, mean: Tensor, sigma: float | Tensor) -> None:
        self.mean = mean.double()
        self.sigma = torch.as_tensor(sigma, dtype=torch.float64, device=mean.device)

    def log_mass(self, x: Tensor) -> Tensor:
        """As `Likelihood.log_mass`.

        The difference of the distribution function at a bin's two ends, in the tail where both are small, so that none
        of it is lost to their distance from 1; where they are too small for numbers, of their logarithms. Exact to
        1e-12 nats a value (against 60 digits, up to 30 sigma).
        """
        x, mean, sigma = torch.broadcast_tensors(x.double(), self.mean, self.sigma)
        away, half = (x - mean) / sigma, _HALF / sigma
        upper, lower = half - away.abs(), -half - away.abs()
        mass = torch.special.ndtr(upper).sub_(torch.special.ndtr(lower))
        found = mass.log()
        for where, exact in (
            (mass < _TOO_SMALL, lambda at: _log_difference(upper[at], lower[at])),
            (x < _HALF, lambda at: torch.special.log_ndtr(away[at] + half[at])),
            (x > 1 - _HALF, lambda at: torch.special.log_ndtr(half[at] - away[at])),
        ):
            at = where.nonzero(as_tuple=True)
            found[at] = exact(at)
        return found

    def share_below(self, x: Tensor) -> Tensor:
        """As `Likelihood.share_below`."""
        return torch.special.ndtr((x.double() - self.mean) / self.sigma)


class DiscretisedLogistic(Likelihood):
    """A logistic distribution around each pixel value, in bins: Salimans et al. 2017, "PixelCNN++", section 2.1.

    With one component, as Kingma et al. 2016, "Improved Variational Inference with Inverse Autoregressive Flow",
    section 6.1, had it before.

    Parameters
    ----------
    mean, log_scale : float tensors (N, 3, H, W)
        Where it lies, pixel scale 0..1, and the logarithm of its scale s; its standard deviation is s pi / sqrt(3).
    """

    def __init__(self, mean: Tensor, log_scale: Tensor) -> None:
        self.mean, self.log_scale = mean.double(), log_scale.double()

    def log_mass(self, x: Tensor) -> Tensor:
        """As `Likelihood.log_mass`."""
        return logistic_log_mass(x.double(), self.mean, self.log_scale)

    def share_below(self, x: Tensor) -> Tensor:
        """As `Likelihood.share_below`."""
        return torch.sigmoid((x.double() - self.mean) * torch.exp(-self.log_scale))


def logistic_log_mass(x: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """The same of float tensors, in their own precision: what is minimised is its negative.

    The difference of the distribution function sigmoid at a bin's ends, upper u and lower l, is
    sigmoid(u) sigmoid(-l) (1 - exp(l - u)), of which no factor is too small for its logarithm to be exact.
    """
    inverse = torch.exp(-log_scale)
    away, half = (x - mean) * inverse, _HALF * inverse
    below_upper = torch.where(x > 1 - _HALF, 0.0, F.logsigmoid(away + half))
    above_lower = torch.where(x < _HALF, 0.0, F.logsigmoid(half - away))
    inside = torch.where((x < _HALF) | (x > 1 - _HALF), 0.0, torch.log(-torch.expm1(-2 * half)))
    return below_upper + above_lower + inside


def _log_difference(upper: Tensor, lower: Tensor) -> Tensor:
    """ln of what of a standard normal lies between, where both are far below 0."""
    log_upper, log_lower = torch.special.log_ndtr(upper), torch.special.log_ndtr(lower)
    return log_upper + torch.log(-torch.expm1(log_lower - log_upper))

"""Bits a dimension: the negative ELBO over ln 2 and the 3072 pixel values of an image; pure functions.

ln P(x) >= E ln P(x | z) - KL(q(z | x) || p(z)), with P(x | z) the mass of 8-bit pixels (`explorer.nets.likelihood`), so
that what comes out is an upper bound on what a perfect coder would need with this model, and can stand beside models of
pixels' probabilities. One z a image is drawn; the KL is known.

Of codes, P(x) is at least P(c) P(x | c), whichever c: told are the codes that the encoder says, then the pixels. That
is a code in two parts, and no more than a bound either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer import units
from explorer.analysis.likelihood import calibration
from explorer.analysis.likelihood.record import CHANNEL, ONE, OWN, VALUE
from explorer.nets.base import Net
from explorer.nets.likelihood import SMALLEST_SIGMA, Gaussian, Likelihood
from explorer.nets.posterior import Posterior
from explorer.pixels import to_float

BATCH = 250  # images in a forward pass
SEED = 4321  # of z

Say = Callable[[int, int], object]


def silent(done: int, of: int) -> None:
    """Say nothing of how far something is."""


@dataclass(frozen=True, eq=False)
class Coded:
    """N images under a model.

    Parameters
    ----------
    rate : float64 array (N,)
        Nats of each one's latent under the prior that the model is trained with.
    reconstruction : mapping of str to float64 array (N,)
        By decoder, one of `record.SPREADS`: -ln P(x | z), nats.
    coverage : mapping of str to list of float
        The same: `calibration.coverage` of all pixel values.
    """

    rate: np.ndarray
    reconstruction: dict[str, np.ndarray]
    coverage: dict[str, list[float]]

    def bits(self, spread: str) -> np.ndarray:
        """Bits a dimension of each image, (N,)."""
        return (self.rate + self.reconstruction[spread]) * units.bits_per_dim(1)


def bound_error(bits: np.ndarray) -> float:
    """Standard error of the mean over images, (N,), as if they were drawn by chance; NaN of a single one."""
    return float(bits.std(ddof=1) / math.sqrt(len(bits))) if len(bits) > 1 else math.nan


@torch.inference_mode()
def fit_spreads(net: Net, images: np.ndarray, say: Say = silent) -> dict[str, Tensor]:
    """The standard deviations that make images, uint8 (N, 3, 32, 32), most likely where z is known; pixel scale 0..1.

    Of a density they are in closed form: sigma^2 is the mean squared error, over all pixel values, each channel's, or
    each pixel value's (Rybkin et al. 2021, "Simple and Effective VAE Training with Calibrated Decoders", section 3,
    which calls it the optimal sigma). Of the mass in bins, that is 1e-4 bits a dimension short of the best. None is
    below one level. Tensors that broadcast to (N, 3, 32, 32); of a net that `learns_spread` there are none.
    """
    if net.learns_spread:
        return {}
    squares, done = torch.zeros(images.shape[1:], dtype=torch.float64), 0
    for x, _, z in _sampled(net, images):
        squares += (net.decode(z).double() - x).square().sum(dim=0)
        done += len(x)
        say(done, len(images))
    mse = squares / len(images)
    found = {ONE: mse.mean().reshape(1), CHANNEL: mse.mean(dim=(1, 2), keepdim=True), VALUE: mse}
    return {name: each.sqrt().clamp(min=SMALLEST_SIGMA) for name, each in found.items()}


@torch.inference_mode()
def code(net: Net, images: np.ndarray, spreads: Mapping[str, Tensor | float], say: Say = silent) -> Coded:
    """What images, uint8 (N, 3, 32, 32), take with decoders of these spreads; with the net's own if it has one."""
    names = [OWN] if net.learns_spread else list(spreads)
    rate: list[Tensor] = []
    nats: dict[str, list[Tensor]] = {name: [] for name in names}
    within: dict[str, list[np.ndarray]] = {name: [] for name in names}
    done = 0
    for x, q, z in _sampled(net, images):
        rate.append(q.kl().double().sum(dim=1))
        for name, likelihood in _decoders(net, z, spreads):
            nats[name].append(-likelihood.log_mass(x).sum(dim=(1, 2, 3)))
            within[name].append(calibration.within(likelihood.share_below(x).numpy()))
        done += len(x)
        say(done, len(images))
    return Coded(
        torch.cat(rate).numpy(),
        {name: torch.cat(each).numpy() for name, each in nats.items()},
        {name: calibration.coverage(each) for name, each in within.items()},
    )


def _decoders(net: Net, z: Tensor, spreads: Mapping[str, Tensor | float]) -> Iterator[tuple[str, Likelihood]]:
    if net.learns_spread:
        yield OWN, net.likelihood(z)
        return
    mean = net.decode(z)  # once for all of them
    for name, sigma in spreads.items():
        yield name, Gaussian(mean, sigma)


def _sampled(net: Net, images: np.ndarray) -> Iterator[tuple[Tensor, Posterior, Tensor]]:
    """Batches of images, their posterior, and one z of each: the same on every call."""
    generator = torch.Generator().manual_seed(SEED)
    for start in range(0, len(images), BATCH):
        x = to_float(images[start : start + BATCH])
        q = net.encode(x)
        yield x, q, q.sample(generator)

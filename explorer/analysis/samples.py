"""What a model paints from samples of z: of an image's posterior, and of a prior; pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
import torch
from torch import Tensor

from explorer import priors
from explorer.analysis.measures.sharpness import laplacian_variance
from explorer.analysis.spectrum import power_spectrum
from explorer.nets.base import Net, Statistics
from explorer.pixels import to_float, to_uint8
from explorer.priors.base import Prior
from explorer.priors.encodings import encode, shape_of

FITTED_ON = 3_000  # training images whose latents priors are fitted to
SAMPLES = 1_000  # pictures of a prior that its spectrum is measured over
SHOWN = 10  # of these pictures that a page shows
_BATCH = 128


@dataclass(frozen=True)
class PosteriorSamples:
    """One image, decoded from the mean of q(z | x) and from S samples of it.

    Parameters
    ----------
    from_mean : uint8 array (H, W, 3)
    pictures : uint8 array (S, H, W, 3)
    average : uint8 array (H, W, 3)
        Mean of the S pictures.
    spread : float32 array (H, W)
        Standard deviation of each pixel over them, root of the mean over channels of its square; pixel scale 0..1.
    mse_mean, mse_average : float
        Mean squared errors of `from_mean` and `average`, pixel scale 0..1.
    mse : float32 array (S,)
        Of each picture.
    """

    from_mean: np.ndarray
    pictures: np.ndarray
    average: np.ndarray
    spread: np.ndarray
    mse_mean: float
    mse_average: float
    mse: np.ndarray


@torch.inference_mode()
def sample_posterior(net: Net, image: np.ndarray, samples: int, seed: int = 0) -> PosteriorSamples:
    """Send an image, uint8 (3, H, W), through a net in eval mode, with at least two samples of z."""
    x = to_float(image[None])  # (1, 3, H, W)
    q = net.encode(x)
    eps = torch.randn((samples, q.std.shape[1]), generator=torch.Generator().manual_seed(seed))
    decoded = net.decode(torch.cat([q.mode(), q.mode() + q.std * eps])).clamp(0, 1)
    from_mean, pictures = decoded[:1], decoded[1:]
    average = pictures.mean(dim=0, keepdim=True)
    return PosteriorSamples(
        from_mean=to_uint8(from_mean)[0],
        pictures=to_uint8(pictures),
        average=to_uint8(average)[0],
        spread=pictures.var(dim=0).mean(dim=0).sqrt().numpy(),
        mse_mean=(from_mean - x).square().mean().item(),
        mse_average=(average - x).square().mean().item(),
        mse=(pictures - x).square().mean(dim=(1, 2, 3)).numpy(),
    )


def fit(net: Net, key: str, images: np.ndarray) -> Prior:
    """One of the priors of a net in eval mode that are not trained step by step, for images, uint8 (N, 3, H, W).

    ExplorerError as `Prior.fit`.
    """
    prior = priors.build(key, shape_of(net))
    if not prior.record.given:
        prior.fit(encode(net, images))
    return prior


@torch.inference_mode()
def use(net: Net, images: np.ndarray) -> Statistics:
    """What images, uint8 (N, 3, H, W), use of a net's latent."""
    return reduce(add, (net.encode(x).statistics() for x in to_float(images).split(_BATCH)))


@dataclass(frozen=True)
class PriorSamples:
    """What a model paints from `SAMPLES` draws of a prior.

    Parameters
    ----------
    pictures : uint8 array (`SHOWN`, H, W, 3)
        The first of them.
    spectrum : float array (16,)
        Power of all at `spectrum.FREQUENCIES`.
    laplacian : float
        Mean over all of the variance of the Laplacian.
    """

    pictures: np.ndarray
    spectrum: np.ndarray
    laplacian: float


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of a prior: latents, float32 (N, width), and what a decoder makes of them, uint8 (N, H, W, 3)."""

    z: np.ndarray
    pictures: np.ndarray


def draw(net: Net, prior: Prior, count: int, seed: int, label: int | None = None, guidance: float = 1.0) -> Draws:
    """Draw and paint; what is asked for as of `Prior.sample`, which raises an ExplorerError for what it can't."""
    z = prior.sample(count, seed, label=label, guidance=guidance, lookup=net.lookup)
    return Draws(z.numpy(), to_uint8(torch.from_numpy(paint(net, z))))


def sample(net: Net, prior: Prior, seed: int) -> PriorSamples:
    """Paint from draws of a prior; the same for the same seed."""
    painted = paint(net, prior.sample(SAMPLES, seed, lookup=net.lookup))
    laplacian = float(laplacian_variance(painted).mean())
    return PriorSamples(to_uint8(torch.from_numpy(painted[:SHOWN])), power_spectrum(painted), laplacian)


@torch.inference_mode()
def paint(net: Net, z: Tensor) -> np.ndarray:
    """Pictures of z, float (N, width): float32 (N, 3, H, W), 0..1."""
    return torch.cat([net.decode(part) for part in z.split(_BATCH)]).clamp(0, 1).numpy()

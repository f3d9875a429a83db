"""What a model paints from samples of z: of an image's posterior, and of a prior; pure functions.

A prior may also be fitted after training, to what the encoder made of images: Ghosh et al. 2020, "From Variational to
Deterministic Autoencoders", section 4. It is the only one that an autoencoder can have.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from operator import add

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.measures.sharpness import laplacian_variance
from explorer.analysis.spectrum import power_spectrum
from explorer.nets.base import Net, Statistics
from explorer.pixels import to_float, to_uint8

FITTED_ON = 3_000  # training images whose latents priors are fitted to
SAMPLES = 1_000  # pictures of a prior that its spectrum is measured over
SHOWN = 10  # of these pictures that a page shows
COMPONENTS = 5  # Gaussians in the mixture that is fitted to latents
_BATCH = 128

Prior = Callable[[int, int], Tensor]  # (count, seed) -> z, float (count, width)


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


def own(net: Net, images: np.ndarray) -> Prior:
    """The prior that a net is trained with: of a VAE N(0, 1), of a VQ-VAE each code as often as any other."""
    return net.sample_prior


def mixture(net: Net, images: np.ndarray) -> Prior:
    """A mixture of `COMPONENTS` Gaussians, fitted to one z of each image, uint8 (N, 3, H, W).

    Diagonal along the principal axes of all z. (Full covariances, as in the paper, want more images: with 128
    dimensions and 3,000 of them, other images were 8 nats less likely under full ones than under these.)
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    z = _sampled(net, images).numpy().astype(np.float64)
    centre = z.mean(axis=0)
    variance, axes = np.linalg.eigh(np.cov(z.T) + 1e-6 * np.eye(z.shape[1]))
    found = GaussianMixture(min(COMPONENTS, len(z)), covariance_type="diag", random_state=0, max_iter=30)
    with warnings.catch_warnings():
        # After 30 iterations, where it stops, the likelihood still changes, but in its fourth digit.
        warnings.simplefilter("ignore", ConvergenceWarning)
        found.fit((z - centre) @ axes / np.sqrt(variance))

    def draw(count: int, seed: int) -> Tensor:
        rng = np.random.default_rng(seed)
        which = rng.choice(len(found.weights_), count, p=found.weights_)
        drawn = found.means_[which] + np.sqrt(found.covariances_[which]) * rng.normal(size=(count, len(centre)))
        return torch.from_numpy((drawn * np.sqrt(variance)) @ axes.T + centre).float()

    return draw


def frequency(net: Net, images: np.ndarray) -> Prior:
    """Each cell any code, as often as images, uint8 (N, 3, H, W), use it."""
    return partial(_as_used, net, use(net, images))


@torch.inference_mode()
def use(net: Net, images: np.ndarray) -> Statistics:
    """What images, uint8 (N, 3, H, W), use of a net's latent."""
    return reduce(add, (net.encode(x).statistics() for x in to_float(images).split(_BATCH)))


def _as_used(net: Net, use: Statistics, count: int, seed: int) -> Tensor:
    return net.sample_prior(count, seed, use)


PRIORS: dict[str, Callable[[Net, np.ndarray], Prior]] = {
    "normal": own,
    "mixture": mixture,
    "uniform": own,
    "frequency": frequency,
}  # which of them a family has stands in its record, `Family.priors`


@torch.inference_mode()
def _sampled(net: Net, images: np.ndarray) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    batches = to_float(images).split(_BATCH)
    return torch.cat([net.encode(x).sample(generator).flatten(1) for x in batches])


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


def sample(net: Net, prior: Prior, seed: int) -> PriorSamples:
    """Paint from draws of a prior; the same for the same seed."""
    painted = paint(net, prior(SAMPLES, seed))
    laplacian = float(laplacian_variance(painted).mean())
    return PriorSamples(to_uint8(torch.from_numpy(painted[:SHOWN])), power_spectrum(painted), laplacian)


@torch.inference_mode()
def paint(net: Net, z: Tensor) -> np.ndarray:
    """Pictures of z, float (N, width): float32 (N, 3, H, W), 0..1."""
    return torch.cat([net.decode(part) for part in z.split(_BATCH)]).clamp(0, 1).numpy()

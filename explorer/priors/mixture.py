"""A Gaussian mixture, fitted after training to what the encoder made of images.

Ghosh et al. 2020, "From Variational to Deterministic Autoencoders", section 4.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.priors.base import Prior, Wish, noise
from explorer.priors.encodings import Encodings
from explorer.priors.record import LatentShape, PriorRecord

PRIOR = PriorRecord(
    key="mixture",
    title="Gaussian mixture",
    help="z from a mixture fitted to encodings",
    prior="Mixture",
    colour="#C9790E",
    marker="diamond-open",
    latents=("flat", "spatial", "point"),
)
COMPONENTS = 5  # Gaussians in it


class Mixture(Prior):
    """`COMPONENTS` Gaussians, diagonal along the principal axes of all z.

    (Full covariances, as in the paper, want more images: with 128 dimensions and 3,000 of them, other images were 8
    nats less likely under full ones than under these.)

    Buffers, float32: `centre` (width,) and `axes` (width, width), rows, of all z; `scale` (width,), standard deviation
    along each; `weights` (K,), `means` and `deviations` (K, width), in units of that.
    """

    record = PRIOR
    centre: Tensor
    axes: Tensor
    scale: Tensor
    weights: Tensor
    means: Tensor
    deviations: Tensor

    def __init__(self, shape: LatentShape, classes: int = 0) -> None:
        super().__init__(shape, classes)
        width = shape.width
        self.register_buffer("centre", torch.zeros(width))
        self.register_buffer("axes", torch.eye(width))
        self.register_buffer("scale", torch.ones(width))
        self.register_buffer("weights", torch.full((COMPONENTS,), 1 / COMPONENTS))
        self.register_buffer("means", torch.zeros(COMPONENTS, width))
        self.register_buffer("deviations", torch.ones(COMPONENTS, width))

    def fit(self, encodings: Encodings, seed: int = 0) -> None:
        """To one z of each; ExplorerError if there are fewer than two."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture

        if len(encodings) < 2:
            raise ExplorerError(f"{len(encodings)} images to fit a mixture to", "It takes two at least.")
        z = encodings.sample(torch.Generator().manual_seed(seed)).numpy().astype(np.float64)
        centre = z.mean(axis=0)
        variance, axes = np.linalg.eigh(np.cov(z.T) + 1e-6 * np.eye(z.shape[1]))
        found = GaussianMixture(min(COMPONENTS, len(z)), covariance_type="diag", random_state=seed, max_iter=30)
        with warnings.catch_warnings():
            # After 30 iterations, where it stops, the likelihood still changes, but in its fourth digit.
            warnings.simplefilter("ignore", ConvergenceWarning)
            found.fit((z - centre) @ axes / np.sqrt(variance))
        of = len(found.weights_)
        self.weights.zero_()
        self.weights[:of] = torch.from_numpy(found.weights_)
        self.means[:of] = torch.from_numpy(found.means_)
        self.deviations[:of] = torch.from_numpy(np.sqrt(found.covariances_))
        self.centre.copy_(torch.from_numpy(centre))
        self.axes.copy_(torch.from_numpy(axes.T.copy()))
        self.scale.copy_(torch.from_numpy(np.sqrt(variance)))

    def nats(self, encodings: Encodings, seed: int = 0) -> Tensor:
        """As `Prior.nats`, in float64 until the end."""
        z = encodings.sample(torch.Generator().manual_seed(seed)).double()
        at = (z - self.centre) @ self.axes.T.double() / self.scale  # (N, width)
        logs = []
        for weight, mean, deviation in zip(self.weights, self.means, self.deviations, strict=True):
            squares = ((at - mean) / deviation).square().sum(dim=1)
            logs.append(weight.log() - deviation.double().log().sum() - squares / 2)
        constant = self.scale.double().log().sum() + self.shape.width / 2 * math.log(2 * math.pi)
        return (constant - torch.stack(logs).logsumexp(dim=0)).float()

    def _draw(self, count: int, seed: int, wish: Wish) -> Tensor:
        which = np.random.default_rng(seed).random(count)  # its component: by how far up the weights it is
        weights = self.weights.double().cumsum(dim=0)
        at = torch.searchsorted(weights / weights[-1], torch.from_numpy(which), right=True)
        drawn = self.means[at] + self.deviations[at] * noise(count, self.shape.width, seed)
        return (drawn * self.scale) @ self.axes + self.centre

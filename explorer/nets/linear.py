r"""The linear VAE, which needs no training: its optimum is known.

Lucas et al. 2019, "Don't Blame the ELBO! A Linear VAE Perspective on Posterior Collapse", section 4; its decoder is
the probabilistic PCA of Tipping and Bishop 1999, "Probabilistic Principal Component Analysis", at a fixed sigma.

Encoder and decoder are linear and the prior is N(0, 1). The objective, times D, is SSE + 2 sigma^2 KL with
sigma^2 = (D / d) beta / 2 (`explorer.units`), and in the basis of the principal components it falls apart into one
bargain a component. Take one of variance lambda, of which the reconstruction may miss delta on average. A posterior
z ~ N(m t, v) of its coordinate t that looks like the prior on the whole, m^2 lambda + v = 1, costs a mean KL of
-1/2 ln v nats; decoded as w z it misses lambda (1 - w m)^2 + w^2 v, which is least at w = m lambda and is then
lambda v. So delta = lambda v, at a price of 1/2 ln(lambda / delta) nats, and

    delta + 2 sigma^2 * 1/2 ln(lambda / delta)

is least at delta = sigma^2 where lambda is larger than that, and at delta = lambda, for no nats at all, where it is
not: a collapsed dimension. That is reverse water-filling, the rate-distortion function of Gaussian sources (Cover and
Thomas, "Elements of Information Theory", section 10.3.3), with sigma^2 as the level of the water. Only second moments
went into it, so it holds for images too. A component that is kept has

    w^2 = lambda - sigma^2,    m = w / lambda,    v = sigma^2 / lambda.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from explorer import units
from explorer.errors import ExplorerError
from explorer.frontier import Frontier, linear_frontier
from explorer.nets.base import Net
from explorer.nets.closed_form import principal_components
from explorer.nets.family import Family
from explorer.nets.gaussian import DiagonalGaussian

FAMILY = Family(
    key="linear_vae",
    title="Linear VAE",
    net="LinearVAE",
    help="is solved in closed form, so only images, latent_dim and beta count",
    colour="#E69F00",
    marker="triangle-up",
    closed_form=True,
)
SHAPE = (3, 32, 32)


class LinearVAE(Net):
    """The best linear encoder and decoder at a beta, computed from the principal components in its buffers.

    A new one knows nothing, and paints every image grey; `solve` fills it. Buffers, D being the 3072 pixel values of an
    image on a scale of 0..1:

    - mean, float32 (D,): of the training images
    - components, float32 (latent_dim, D): principal components of unit length, largest variance first
    - eigenvalues, float32 (D,): variances along all D of them, those that are left out too
    - beta, float32 (): where it is optimal

    At beta 0 it is PCA, with coordinates scaled to a variance of 1. The posterior's variance would be 0; it is
    e^-10 = 4.5e-5, where `DiagonalGaussian` bounds it, so a dimension costs 5 nats instead of infinitely many and a
    sample adds 4.5e-5 of lambda to the squared error. The same goes for any component with lambda / sigma^2 > e^10.

    Parameters
    ----------
    latent_dim : int
        Latent dimensions, 1 to 3072.

    Raises
    ------
    ExplorerError
        If there are more latent dimensions than pixel values.
    """

    family = FAMILY
    mean: Tensor
    components: Tensor
    eigenvalues: Tensor
    beta: Tensor

    def __init__(self, latent_dim: int = 128) -> None:
        super().__init__(latent_dim)
        if not 1 <= latent_dim <= units.PIXEL_VALUES:
            raise ExplorerError(f"latent_dim is {latent_dim}", f"Choose a whole number from 1 to {units.PIXEL_VALUES}.")
        self.register_buffer("mean", torch.full((units.PIXEL_VALUES,), 0.5))
        self.register_buffer("components", torch.eye(latent_dim, units.PIXEL_VALUES))
        self.register_buffer("eigenvalues", torch.zeros(units.PIXEL_VALUES))
        self.register_buffer("beta", torch.tensor(1.0))

    def encode(self, x: Tensor) -> DiagonalGaussian:
        """Images (N, 3, 32, 32), 0..1 -> q(z | x), with mu and logvar of (N, latent_dim)."""
        gain, _, logvar = self._optimum()
        mu = ((x.flatten(1) - self.mean) @ self.components.T) * gain  # (N, latent_dim)
        return DiagonalGaussian(mu, logvar.expand_as(mu))

    def decode(self, z: Tensor) -> Tensor:
        """Latents (N, latent_dim) -> images (N, 3, 32, 32), on a scale of 0..1 that a linear map may leave."""
        _, w, _ = self._optimum()
        return (self.mean + (z * w) @ self.components).unflatten(1, SHAPE)

    def solve(self, images: np.ndarray, batches: Sequence[np.ndarray], beta: float) -> Iterator[int]:
        """As `Net.solve`, from at most 1024 images a batch; counts on while components are computed, every 0.3 s."""
        count = sum(map(len, batches))
        if count <= self.latent_dim:
            raise ExplorerError(
                f"{count:,} training images for {self.latent_dim} latent dimensions",
                "A linear VAE needs at least one image more than latent dimensions: add images, or choose fewer of "
                "them.",
            )
        mean, eigenvalues, components = yield from principal_components(images, batches)
        found = {"mean": mean, "components": components[: self.latent_dim], "eigenvalues": eigenvalues}
        self.load_state_dict({name: value.float() for name, value in found.items()} | {"beta": torch.tensor(beta)})

    def linear_frontier(self, beta: np.ndarray) -> Frontier:
        """As `Net.linear_frontier`."""
        eigenvalues = self.eigenvalues.cpu().numpy()
        return linear_frontier(eigenvalues[: self.latent_dim], eigenvalues[self.latent_dim :].sum(), beta)

    def log_evidence(self, x: Tensor, sigma: float) -> Tensor:
        """ln p(x) as a density with a Gaussian decoder of standard deviation sigma, exactly: nats, float64 (N,).

        Images (N, 3, 32, 32), pixel scale 0..1. z and the noise being Gaussian, so is x, with the covariance
        W W' + sigma^2 (Tipping and Bishop 1999, section 3.2). At the sigma of its beta q(z | x) is the true posterior,
        so there the ELBO is the same.
        """
        _, w, _ = self._optimum()
        away = x.flatten(1).double() - self.mean.double()  # (N, D)
        along = away @ self.components.T.double()  # (N, latent_dim)
        variance = w.double().square() + sigma**2
        squares = (along.square() / variance).sum(dim=1)
        squares += (away.square().sum(dim=1) - along.square().sum(dim=1)) / sigma**2
        rest = away.shape[1] - len(variance)
        log_determinant = variance.log().sum() + rest * math.log(sigma**2)
        return -0.5 * (squares + log_determinant + away.shape[1] * math.log(2 * math.pi))

    def _optimum(self) -> tuple[Tensor, Tensor, Tensor]:
        noise = units.beta_to_sigma(self.beta.item(), self.latent_dim) ** 2
        return optimum(self.eigenvalues[: self.latent_dim], noise)


def optimum(variance: Tensor, noise: float | Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The bargain of each component, from its variance lambda, (d,), and the noise sigma^2, one or (N, 1).

    Returns
    -------
    m, w : tensors (d,), or (N, d)
        What a coordinate is multiplied by to encode and to decode it; 0 where collapsed.
    logvar : tensor, as they
        ln v of the posterior; 0 where collapsed, -inf without noise.
    """
    w = (variance - noise).clamp(min=0).sqrt()
    kept = torch.where(w > 0, variance, 1.0)
    return w / kept, w, torch.where(w > 0, (noise / kept).log(), 0.0)

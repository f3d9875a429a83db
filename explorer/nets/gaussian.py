"""The posterior of a VAE: a Gaussian over latents."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.devices import send
from explorer.nets.posterior import Posterior, UnitStatistics

LOGVAR_BOUND = 10.0


class DiagonalGaussian(Posterior):
    """A Gaussian over latents with a diagonal covariance: q(z | x) of Kingma and Welling 2014, appendix B.

    Parameters
    ----------
    mu : float tensor (N, latent_dim)
    logvar : float tensor (N, latent_dim)
        Natural log of the variance. Bounded here, once, to [-10, 10], so that sampling and KL see the same
        distribution. (The seed notebook bounds it inside the KL only: an encoder that says 30 is charged for 10 there
        and sampled at 30, so its noise is 22,000 times as wide as the KL believes and reconstructions break or turn
        to NaN. Inside the bounds the two agree.)
    """

    def __init__(self, mu: Tensor, logvar: Tensor) -> None:
        # float32 whatever the network computes in: exp() of a half-precision logvar is off by percents
        self.mu = mu.float()
        self.logvar = logvar.float().clamp(-LOGVAR_BOUND, LOGVAR_BOUND)

    @property
    def std(self) -> Tensor:
        """Standard deviation, (N, latent_dim), e^-5 to e^5."""
        return torch.exp(0.5 * self.logvar)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One z a row, (N, latent_dim), by the reparameterisation trick: z = mu + std * eps."""
        eps = send(torch.randn(self.mu.shape, generator=generator), self.mu.device)
        return self.mu + self.std * eps

    def mode(self) -> Tensor:
        """The most probable z, which is mu: (N, latent_dim)."""
        return self.mu

    def kl(self) -> Tensor:
        """KL(q(z | x) || N(0, 1)) in nats for each image and dimension: (N, latent_dim), never negative."""
        return 0.5 * (self.mu.square() + self.logvar.exp() - 1 - self.logvar)

    def statistics(self) -> UnitStatistics:
        """As `Posterior.statistics`."""
        return UnitStatistics(self.mu)

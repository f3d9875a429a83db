"""The beta-VAE objective in the seed notebook's normalisation.

Higgins et al. 2017, "beta-VAE", eq. 4, with both terms as means: the squared error over pixel values, the KL over
latent dimensions. `explorer.units` converts its beta into those of other codes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from explorer.nets.gaussian import DiagonalGaussian


@dataclass(frozen=True)
class Objective:
    """The terms of one batch.

    Parameters
    ----------
    recon : float32 scalar tensor
        Mean squared error over images, channels and pixels, on a pixel scale of 0..1.
    kl_per_dim : float32 tensor (latent_dim,)
        KL in nats of each latent dimension, mean over the batch.
    beta : float
    """

    recon: Tensor
    kl_per_dim: Tensor
    beta: float

    @property
    def kl(self) -> Tensor:
        """Mean KL a latent dimension, nats."""
        return self.kl_per_dim.mean()

    @property
    def total(self) -> Tensor:
        """What is minimised: recon + beta * kl."""
        return self.recon + self.beta * self.kl


def objective(x: Tensor, x_hat: Tensor, posterior: DiagonalGaussian, beta: float) -> Objective:
    """Terms for images `x` and reconstructions `x_hat`, both (N, 3, H, W), 0..1, and their `posterior`."""
    return Objective(F.mse_loss(x_hat.float(), x.float()), posterior.kl().mean(dim=0), beta)

"""The beta-VAE objective in the seed notebook's normalisation.

Higgins et al. 2017, "beta-VAE", eq. 4, with both terms as means: the squared error over pixel values, the KL over
latent dimensions. `explorer.units` converts its beta into those of other codes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch.nn.functional as F
from torch import Tensor

from explorer.nets.posterior import Posterior


@dataclass(frozen=True)
class Objective:
    """The terms of one batch.

    Parameters
    ----------
    recon : float32 scalar tensor
        Mean squared error over images, channels and pixels, on a pixel scale of 0..1.
    kl_per_dim : float32 tensor (latent_dim,)
        KL in nats of each latent dimension, mean over the batch; infinite for points.
    beta : float
        0 for families without one in their objective (`Family.weighs_beta`).
    charge : float32 scalar tensor, optional
        As `Posterior.charge`.
    free_nats : float
        Nats of each dimension that cost nothing: Kingma et al. 2016, "Improved Variational Inference with Inverse
        Autoregressive Flow", appendix C.8, with a group a dimension.
    capacity : float, optional
        Nats a dimension that `kl` is drawn to, from above and below: Burgess et al. 2018, "Understanding disentangling
        in beta-VAE", eq. 8.
    weighted : float32 scalar tensor, optional
        What is minimised instead of the sum of the terms, where images weigh differently or pixels have another
        likelihood.
    """

    recon: Tensor
    kl_per_dim: Tensor
    beta: float
    charge: Tensor | None = None
    free_nats: float = 0.0
    capacity: float | None = None
    weighted: Tensor | None = None

    def detach(self) -> Objective:
        """The same numbers without their graph, to read off or to keep."""
        charge, weighted = (None if t is None else t.detach() for t in (self.charge, self.weighted))
        recon, kl_per_dim = self.recon.detach(), self.kl_per_dim.detach()
        return replace(self, recon=recon, kl_per_dim=kl_per_dim, charge=charge, weighted=weighted)

    @property
    def kl(self) -> Tensor:
        """Mean KL a latent dimension, nats."""
        return self.kl_per_dim.mean()

    @property
    def total(self) -> Tensor:
        """What is minimised: recon + beta * kl + charge, where nothing is free and there is no capacity to fill."""
        if self.weighted is not None:
            return self.weighted
        charged = self.recon if self.charge is None else self.recon + self.charge
        if self.beta == 0:  # zero times infinity, else
            return charged
        if self.capacity is not None:
            return charged + self.beta * (self.kl - self.capacity).abs()
        return charged + self.beta * self.kl_per_dim.clamp(min=self.free_nats).mean()


def relative_total(x: Tensor, x_hat: Tensor, posterior: Posterior, beta: Tensor, reference: Tensor) -> Tensor:
    """Mean over images of each one's total at its own `beta`, (N,), over a `reference` total at that beta, (N,).

    Totals grow with beta: without a reference, large betas would be all that counts where each image has its own.
    """
    recon = (x_hat.float() - x.float()).square().mean(dim=(1, 2, 3))
    return ((recon + beta * posterior.kl().mean(dim=1)) / reference).mean()


def objective(
    x: Tensor,
    x_hat: Tensor,
    posterior: Posterior,
    beta: float,
    *,
    free_nats: float = 0.0,
    capacity: float | None = None,
) -> Objective:
    """Terms for images `x` and reconstructions `x_hat`, both (N, 3, H, W), 0..1, and their `posterior`."""
    recon = F.mse_loss(x_hat.float(), x.float())
    return Objective(recon, posterior.kl().mean(dim=0), beta, posterior.charge, free_nats, capacity)

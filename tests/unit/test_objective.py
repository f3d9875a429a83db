"""The objective against the notebook's formulas, computed directly."""

from __future__ import annotations

import pytest
import torch

from explorer import nets
from explorer.nets.gaussian import DiagonalGaussian
from explorer.objective import objective, relative_total


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x, x_hat = torch.rand(2, 5, 3, 32, 32, generator=generator)
    mu, logvar = 3 * torch.randn(2, 5, 16, generator=generator)
    return x, x_hat, mu, logvar


def test_terms_are_the_notebooks(batch):
    x, x_hat, mu, logvar = batch
    terms = objective(x, x_hat, DiagonalGaussian(mu, logvar), beta=0.01)
    recon = torch.nn.MSELoss()(x_hat, x)
    kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp()) / (mu.size(0) * mu.size(1))
    torch.testing.assert_close(terms.recon, recon)
    torch.testing.assert_close(terms.kl, kl)
    torch.testing.assert_close(terms.total, recon + 0.01 * kl)


def test_relative_totals_are_each_images_own(batch):
    x, x_hat, mu, logvar = batch
    beta, reference = torch.logspace(-5, -1, 5), torch.rand(5) + 0.5
    alone = [
        objective(x[i : i + 1], x_hat[i : i + 1], DiagonalGaussian(mu[i : i + 1], logvar[i : i + 1]), b).total
        for i, b in enumerate(beta.tolist())
    ]
    expected = (torch.stack(alone) / reference).mean()
    torch.testing.assert_close(relative_total(x, x_hat, DiagonalGaussian(mu, logvar), beta, reference), expected)


def test_kl_per_dim_is_the_batch_mean(batch):
    x, x_hat, mu, logvar = batch
    terms = objective(x, x_hat, DiagonalGaussian(mu, logvar), beta=0.0)
    assert terms.kl_per_dim.shape == (16,)
    for j in range(16):
        q = torch.distributions.Normal(mu[:, j], (0.5 * logvar[:, j]).exp())
        kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).mean()
        torch.testing.assert_close(terms.kl_per_dim[j], kl)
    assert terms.total == terms.recon


def test_half_precision_reconstructions_are_compared_in_full(batch):
    x, x_hat, mu, logvar = batch
    terms = objective(x, x_hat.bfloat16(), DiagonalGaussian(mu.bfloat16(), logvar), beta=1.0)
    assert terms.recon.dtype == terms.total.dtype == torch.float32


def test_free_nats_press_no_dimension_below_its_share(batch):
    x, x_hat, mu, logvar = batch
    posterior = DiagonalGaussian(mu, logvar)
    plain = objective(x, x_hat, posterior, beta=0.5)
    free = float(plain.kl_per_dim.median())
    terms = objective(x, x_hat, posterior, beta=0.5, free_nats=free)
    charged = torch.maximum(plain.kl_per_dim, torch.tensor(free)).mean()
    torch.testing.assert_close(terms.total, plain.recon + 0.5 * charged)
    torch.testing.assert_close(terms.kl, plain.kl)  # what is measured stays the KL


def test_capacity_draws_from_above_and_below(batch):
    x, x_hat, mu, logvar = batch
    posterior = DiagonalGaussian(mu, logvar)
    plain = objective(x, x_hat, posterior, beta=0.5)
    for capacity in (float(plain.kl) + 1, float(plain.kl) - 1):
        terms = objective(x, x_hat, posterior, beta=0.5, capacity=capacity)
        torch.testing.assert_close(terms.total, plain.recon + 0.5)


def test_detached_terms_are_the_same_numbers():
    x = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    x_hat, posterior = nets.build("vq_vae", 64)(x)
    terms = objective(x, x_hat, posterior, 0.5)
    detached = terms.detach()
    assert terms.total.requires_grad
    assert not detached.total.requires_grad
    assert detached.total.item() == terms.total.item()

"""The latent distribution against torch's."""

from __future__ import annotations

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from explorer.nets.gaussian import LOGVAR_BOUND, DiagonalGaussian


@pytest.fixture
def gaussian() -> DiagonalGaussian:
    generator = torch.Generator().manual_seed(0)
    mu, logvar = 2 * torch.randn(2, 6, 10, generator=generator)
    return DiagonalGaussian(mu, logvar)


def test_kl_is_torchs(gaussian: DiagonalGaussian):
    q = Normal(gaussian.mu, gaussian.std)
    torch.testing.assert_close(gaussian.kl(), kl_divergence(q, Normal(0.0, 1.0)))


def test_kl_is_zero_at_the_prior_and_never_negative(gaussian: DiagonalGaussian):
    assert (gaussian.kl() >= 0).all()
    assert DiagonalGaussian(torch.zeros(1, 3), torch.zeros(1, 3)).kl().tolist() == [[0, 0, 0]]


def test_logvar_is_bounded_for_sampling_and_kl_alike():
    wild = DiagonalGaussian(torch.zeros(1, 2), torch.tensor([[30.0, -30.0]]))
    bounded = DiagonalGaussian(torch.zeros(1, 2), torch.tensor([[LOGVAR_BOUND, -LOGVAR_BOUND]]))
    assert wild.kl().equal(bounded.kl())
    assert wild.std.equal(bounded.std)
    assert wild.sample(torch.Generator().manual_seed(0)).equal(bounded.sample(torch.Generator().manual_seed(0)))


def test_the_docstrings_figure():
    """An encoder that says 30 is sampled e^(30 / 2) / e^(10 / 2) = e^10 = 22,000 times as wide as the KL believes."""
    assert torch.tensor((30 - LOGVAR_BOUND) / 2).exp().item() == pytest.approx(22_026, rel=1e-3)


def test_samples_have_the_mean_and_spread_they_should():
    many = DiagonalGaussian(torch.full((40_000, 2), 3.0), torch.tensor([[0.0, -2.0]]).expand(40_000, 2))
    z = many.sample(torch.Generator().manual_seed(0))
    torch.testing.assert_close(z.mean(0), torch.tensor([3.0, 3.0]), atol=0.02, rtol=0)
    torch.testing.assert_close(z.std(0), torch.tensor([1.0, torch.tensor(-1.0).exp().item()]), atol=0.02, rtol=0)


def test_samples_repeat_with_the_generator_and_the_mode_is_mu(gaussian: DiagonalGaussian):
    first = gaussian.sample(torch.Generator().manual_seed(5))
    assert first.equal(gaussian.sample(torch.Generator().manual_seed(5)))
    assert not first.equal(gaussian.sample(torch.Generator().manual_seed(6)))
    assert gaussian.mode().equal(gaussian.mu)


def test_gradients_reach_mu_and_logvar_through_a_sample():
    mu, logvar = torch.zeros(1, 4, requires_grad=True), torch.zeros(1, 4, requires_grad=True)
    DiagonalGaussian(mu, logvar).sample().square().sum().backward()
    for parameter in (mu, logvar):
        assert parameter.grad is not None
        assert (parameter.grad != 0).all()


def test_half_precision_comes_out_as_float32():
    gaussian = DiagonalGaussian(torch.zeros(1, 2).half(), torch.ones(1, 2).half())
    assert gaussian.mu.dtype == gaussian.std.dtype == gaussian.kl().dtype == torch.float32

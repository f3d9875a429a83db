"""Units against the numbers in their derivation and against densities from torch."""

from __future__ import annotations

import math

import pytest
import torch

from explorer import units


def test_the_notebooks_beta_is_a_sigma_of_0_110():
    assert units.beta_to_sigma(0.001, latent_dim=128) == pytest.approx(math.sqrt(24 * 0.001 / 2))
    assert round(units.beta_to_sigma(0.001, latent_dim=128), 3) == 0.110


def test_the_calibrated_beta_is_where_sigma_squared_equals_the_error():
    """beta = 2 sigma^2 d / D with sigma^2 = MSE: MSE / 12 at d = 128, so 4.5e-4 at an error of 0.0054."""
    beta = units.calibrated_beta(0.0054, latent_dim=128)
    assert beta == pytest.approx(0.0054 / 12) == pytest.approx(4.5e-4)
    assert units.beta_to_sigma(beta, latent_dim=128) ** 2 == pytest.approx(0.0054)


@pytest.mark.parametrize("latent_dim", [2, 128, 512])
def test_sigma_and_beta_are_inverse(latent_dim: int):
    assert units.sigma_to_beta(units.beta_to_sigma(0.02, latent_dim), latent_dim) == pytest.approx(0.02)


def test_the_objective_is_the_gaussian_elbo_up_to_scale_and_constant():
    """2 sigma^2 * (-ELBO) - D * total is the same number whatever the image, its reconstruction and its KL."""
    beta, latent_dim, pixels = 0.004, 16, 3072
    sigma = units.beta_to_sigma(beta, latent_dim)
    differences = []
    for seed in range(3):
        generator = torch.Generator().manual_seed(seed)
        x, x_hat = torch.rand(2, pixels, generator=generator, dtype=torch.float64)
        mean_kl = float(torch.rand(1, generator=generator))
        likelihood = torch.distributions.Normal(x_hat, sigma).log_prob(x).sum().item()
        negative_elbo = -likelihood + units.nats_per_image(mean_kl, latent_dim)
        total = (x - x_hat).square().mean().item() + beta * mean_kl
        differences.append(2 * sigma**2 * negative_elbo - pixels * total)
    assert differences == pytest.approx([differences[0]] * 3)


def test_other_conventions_weigh_the_same_sums_in_the_same_proportion():
    """Each objective is `total` times one number, whatever the image: its minima are the same."""
    beta, d, pixels = 0.004, 16, 3072
    sums, half = units.beta_of_sums(beta, d), units.beta_of_half_sums(beta, d)
    mean_and_sum = units.beta_of_mean_and_sum(beta, d)
    for sse, kl in ((12.0, 30.0), (40.0, 3.0), (0.0, 1.0)):
        total = sse / pixels + beta * kl / d
        assert sse + sums * kl == pytest.approx(pixels * total)
        assert sse / 2 + half * kl == pytest.approx(pixels / 2 * total)
        assert sse / pixels + mean_and_sum * kl == pytest.approx(total)


def test_the_notebooks_beta_elsewhere():
    assert units.beta_of_sums(0.001, 128) == pytest.approx(0.024)
    assert units.beta_of_half_sums(0.001, 128) == pytest.approx(units.beta_to_sigma(0.001, 128) ** 2)
    assert units.beta_of_mean_and_sum(0.001, 128) == pytest.approx(7.8125e-6)


def test_rates():
    assert units.nats_per_image(1.5, 128) == 192
    assert units.nats_to_bits(math.log(2)) == 1
    assert units.bits_per_dim(192) == pytest.approx(192 / math.log(2) / 3072)


def test_psnr():
    assert units.mse_to_psnr(0.01) == pytest.approx(20)
    assert units.mse_to_psnr(0) == math.inf


@pytest.mark.parametrize(
    ("beta", "text"), [(0.001, "0.001"), (1e-5, "1e-5"), (0.0, "0"), (1.5e-5, "1.5e-5"), (0.0311493, "0.0311")]
)
def test_beta_is_written_short(beta: float, text: str):
    assert units.beta_text(beta) == text

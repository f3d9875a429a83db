r"""One rate, four units: beta, sigma, nats and bits.

The objective is that of the seed notebook (`explorer.objective`):

    total = SSE / D + beta * KL / d

with SSE the squared error summed over the D = 3 * 32 * 32 = 3072 pixel values of an image, and KL in nats summed over
the d latent dimensions. Multiplying by D changes no minimum:

    D * total = SSE + (D / d) * beta * KL

A Gaussian decoder with a fixed standard deviation sigma has the negative ELBO

    SSE / (2 sigma^2) + D / 2 * ln(2 pi sigma^2) + KL,

and 2 sigma^2 times it is SSE + 2 sigma^2 KL + const. So the two agree where

    sigma^2 = (D / d) * beta / 2.

beta = 0.001 with d = 128 is sigma = 0.110 on a pixel scale of 0..1. The decoder is calibrated where sigma^2 equals the
mean squared error it makes (Rybkin et al. 2021, "Simple and Effective VAE Training with Calibrated Decoders", sec. 3).

Other code weighs other sums. With the same gradients up to a factor, so the same minimum, `beta` here is there

    SSE + beta_sums * KL             D * total               beta_sums = (D / d) * beta = 2 sigma^2
    SSE / 2 + beta_half * KL         D / 2 * total           beta_half = (D / d) * beta / 2 = sigma^2
    SSE / D + beta_mean * KL         total                   beta_mean = beta / d

The first is that of most repositories: errors and KL summed over an image, averaged over a batch. Higgins et al. 2017,
"beta-VAE", sec. 2, divide its beta by D / d to compare data sets: their "normalised beta" is the one used here.
"""

from __future__ import annotations

import math

SHAPE = (3, 32, 32)  # of an image: channels, height, width
PIXEL_VALUES = math.prod(SHAPE)
NOTEBOOK_BETA = 1e-3


def beta_text(beta: float) -> str:
    """Three digits at most, as all pages write it: 0.001, 1e-05 as 1e-5."""
    return f"{beta:.3g}".replace("e-0", "e-")


def total(recon: float, kl: float, beta: float) -> float:
    """recon + beta * kl, of measured means; at beta 0 the KL does not count, were it infinite."""
    return recon + beta * kl if beta else recon


def beta_to_sigma(beta: float, latent_dim: int, pixel_values: int = PIXEL_VALUES) -> float:
    """Standard deviation of the Gaussian decoder that `beta` stands for, on a pixel scale of 0..1."""
    return math.sqrt(pixel_values / latent_dim * beta / 2)


def sigma_to_beta(sigma: float, latent_dim: int, pixel_values: int = PIXEL_VALUES) -> float:
    """The beta whose decoder has the standard deviation `sigma` (pixel scale 0..1)."""
    return 2 * sigma**2 * latent_dim / pixel_values


def calibrated_beta(mse: float, latent_dim: int, pixel_values: int = PIXEL_VALUES) -> float:
    """The beta at which sigma^2 equals the mean squared error `mse` (pixel scale 0..1, squared)."""
    return sigma_to_beta(math.sqrt(mse), latent_dim, pixel_values)


def beta_of_sums(beta: float, latent_dim: int, pixel_values: int = PIXEL_VALUES) -> float:
    """The weight of the KL where squared error and KL are both summed over an image."""
    return pixel_values / latent_dim * beta


def beta_of_half_sums(beta: float, latent_dim: int, pixel_values: int = PIXEL_VALUES) -> float:
    """The same where half the squared error is summed, as in a Gaussian's log-likelihood: sigma squared."""
    return beta_of_sums(beta, latent_dim, pixel_values) / 2


def beta_of_mean_and_sum(beta: float, latent_dim: int) -> float:
    """The same where the squared error is a mean over pixel values, and the KL a sum over latent dimensions."""
    return beta / latent_dim


def nats_per_image(mean_kl: float, latent_dim: int) -> float:
    """Rate of an image in nats, from the KL averaged over latent dimensions (nats a dimension)."""
    return mean_kl * latent_dim


def nats_to_bits(nats: float) -> float:
    """Nats to bits: one bit is ln 2 nats."""
    return nats / math.log(2)


def nats_to_bytes(nats: float) -> float:
    """Nats to bytes of eight bits."""
    return nats_to_bits(nats) / 8


def bytes_to_nats(size: float) -> float:
    """Bytes to nats: a byte is 5.545."""
    return 8 * size * math.log(2)


def bits_per_dim(nats: float) -> float:
    """Bits a dimension of an image's nats, as density models are compared by: a dimension is a pixel value."""
    return nats_to_bits(nats) / PIXEL_VALUES


def mse_to_psnr(mse: float) -> float:
    """Peak signal-to-noise ratio in dB of a mean squared error on a pixel scale of 0..1; infinite at zero."""
    return -10 * math.log10(mse) if mse > 0 else math.inf

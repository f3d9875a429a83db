"""Rate and distortion of the linear VAE at every beta, in closed form: what a net has to beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer import units


@dataclass(frozen=True)
class Frontier:
    """The least that linear VAEs can cost, each a float array (n,), one a beta.

    Parameters
    ----------
    beta : as asked for
    mse : mean squared error a pixel value, on a pixel scale of 0..1
    nats : rate, nats an image
    total : mse + beta * nats / latent_dim, the objective
    """

    beta: np.ndarray
    mse: np.ndarray
    nats: np.ndarray
    total: np.ndarray


def linear_frontier(
    kept: np.ndarray, left_out: float, beta: np.ndarray, pixel_values: int = units.PIXEL_VALUES
) -> Frontier:
    """Reverse water-filling over the variances along principal components; `explorer.nets.linear` derives it.

    Exact for the images that the variances are of, one sample of z an image, as long as no component has a variance of
    more than e^10 sigma^2 (there the bound on logvar comes in).

    Parameters
    ----------
    kept : float array (latent_dim,)
        The largest variances, on a pixel scale of 0..1, squared.
    left_out : float
        Sum of all others.
    beta : float array (n,), above 0
    """
    kept = kept.astype(np.float64)
    latent_dim = len(kept)
    noise = pixel_values / latent_dim * beta.astype(np.float64)[:, None] / 2  # sigma^2, (n, 1)
    mse = (np.minimum(kept, noise).sum(axis=1) + left_out) / pixel_values
    nats = 0.5 * np.log(np.maximum(kept / noise, 1)).sum(axis=1)
    return Frontier(beta, mse, nats, mse + beta * nats / latent_dim)


def calibrated_beta(beta: np.ndarray, mse: np.ndarray, latent_dim: int) -> float | None:
    """Where sigma squared crosses the error that is made, on a curve of a model at many betas.

    Below it the decoder's noise is assumed smaller than it is, above it larger (`explorer.units`). Read between points
    on logarithmic scales.

    Parameters
    ----------
    beta : float array (n,), ascending, above 0
    mse : float array (n,), above 0
        Mean squared error a pixel value at each.

    Returns
    -------
    float, or None where the curve has no such point.
    """
    assumed = np.log([units.beta_to_sigma(float(b), latent_dim) ** 2 for b in beta])
    excess = assumed - np.log(mse)
    after = int(np.argmax(excess >= 0))
    if after == 0:  # already at the first point, or nowhere
        return float(beta[0]) if excess[0] == 0 else None
    share = -excess[after - 1] / (excess[after] - excess[after - 1])
    return float(np.exp((1 - share) * np.log(beta[after - 1]) + share * np.log(beta[after])))

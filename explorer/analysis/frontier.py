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


def linear_frontier(eigenvalues: np.ndarray, latent_dim: int, beta: np.ndarray) -> Frontier:
    """Reverse water-filling over the `latent_dim` largest eigenvalues; `explorer.nets.linear` derives it.

    Exact for the images that the eigenvalues are of, one sample of z an image, as long as no component has a variance
    of more than e^10 sigma^2 (there the bound on logvar comes in).

    Parameters
    ----------
    eigenvalues : float array (D,)
        All variances along principal components, descending, on a pixel scale of 0..1, squared.
    latent_dim : int
    beta : float array (n,), above 0
    """
    eigenvalues = eigenvalues.astype(np.float64)
    kept, left_out = eigenvalues[:latent_dim], eigenvalues[latent_dim:].sum()
    sigma = np.array([[units.beta_to_sigma(b, latent_dim, len(eigenvalues))] for b in beta])  # (n, 1)
    missed = np.minimum(kept, sigma**2)  # (n, latent_dim)
    mse = (missed.sum(axis=1) + left_out) / len(eigenvalues)
    nats = 0.5 * np.log(np.maximum(kept / sigma**2, 1)).sum(axis=1)
    return Frontier(beta, mse, nats, mse + beta * nats / latent_dim)

"""The same images through a conditional VAE at many betas: what a slider of beta moves through; pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from explorer.analysis.measures.psnr import psnr_of_several
from explorer.analysis.measures.sharpness import laplacian_variance, ratio
from explorer.nets.base import Net
from explorer.pixels import to_float, to_uint8


@dataclass(frozen=True)
class OverBeta:
    """N images at B betas, decoded from the mean of z; d latent dimensions.

    Parameters
    ----------
    beta : float64 array (B,), ascending
    frames : uint8 array (B, N, H, W, 3)
    mse : float array (B, N)
        Mean squared error, pixel scale 0..1.
    laplacian : float array (B, N)
        Variance of the Laplacian of each picture.
    detail : float array (N,)
        That of the originals.
    kl_per_dim : float32 array (B, d)
        Nats of each latent dimension, mean over the images.
    """

    beta: np.ndarray
    frames: np.ndarray
    mse: np.ndarray
    laplacian: np.ndarray
    detail: np.ndarray
    kl_per_dim: np.ndarray

    @property
    def psnr(self) -> np.ndarray:
        """Of the images, at each beta: (B,), dB."""
        return psnr_of_several(self.mse)

    @property
    def sharpness(self) -> np.ndarray:
        """Of the images together, at each beta, `measures.sharpness`: (B,)."""
        terms = self.laplacian.mean(axis=1), np.full(len(self.beta), self.detail.mean())
        return ratio(np.stack(terms, axis=-1))

    @property
    def nats(self) -> np.ndarray:
        """Rate in nats an image, mean over the images: (B,)."""
        return self.kl_per_dim.sum(axis=1)


@dataclass(frozen=True)
class Drawn:
    """S draws of z from the prior N(0, 1), each decoded at B betas.

    Parameters
    ----------
    z : float32 array (S, latent_dim)
        The same at every beta.
    frames : uint8 array (B, S, H, W, 3)
    """

    z: np.ndarray
    frames: np.ndarray


@torch.inference_mode()
def draws(net: Net, count: int, seed: int, beta: np.ndarray) -> Drawn:
    """The same z ~ N(0, 1), as `Net.sample_prior` draws them, at each beta of a float array (B,)."""
    z = net.sample_prior(count, seed)
    frames = np.stack([to_uint8(net.at(b).decode(z).clamp(0, 1)) for b in beta.tolist()])
    return Drawn(z.numpy(), frames)


@torch.inference_mode()
def over_beta(net: Net, images: np.ndarray, beta: np.ndarray) -> OverBeta:
    """Images, uint8 (N, 3, 32, 32), at each beta of an ascending float array (B,)."""
    x = to_float(images)
    many, each = x.repeat(len(beta), 1, 1, 1), torch.from_numpy(beta).float().repeat_interleave(len(x))
    net = net.at(each)
    posterior = net.encode(many.contiguous(memory_format=torch.channels_last))
    x_hat = net.decode(posterior.mode()).clamp(0, 1)
    originals = np.tile(x.numpy(), (len(beta), 1, 1, 1))
    shape = len(beta), len(x)
    return OverBeta(
        beta=beta,
        frames=to_uint8(x_hat).reshape(*shape, *x.shape[2:], 3),
        mse=np.square(x_hat.numpy() - originals).mean(axis=(1, 2, 3)).reshape(shape),
        laplacian=laplacian_variance(x_hat.numpy()).reshape(shape),
        detail=laplacian_variance(x.numpy()),
        kl_per_dim=posterior.kl().view(*shape, -1).mean(dim=1).numpy(),
    )

"""How good reconstructions are: error, likeness, sharpness, rate; pure functions.

SSIM: Wang et al. 2004, "Image Quality Assessment: From Error Visibility to Structural Similarity". Variance of the
Laplacian as a measure of sharpness: Pertuz et al. 2013, "Analysis of focus measure operators", LAPV.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.nets.base import Net
from explorer.units import mse_to_psnr, nats_to_bits

BATCH = 128  # images a forward pass: larger ones are no faster on CPUs


@dataclass(frozen=True)
class Quality:
    """Measures of N reconstructions against their originals, each a float array (N,).

    Parameters
    ----------
    mse : mean squared error over channels and pixels, on a pixel scale of 0..1
    psnr : peak signal-to-noise ratio, dB
    ssim : structural similarity, -1..1, mean over channels; 1 is the same image
    sharpness : variance of the Laplacian over that of the original; below 1 is blurred, 0 for a flat original
    detail : variance of the Laplacian of the original
    """

    mse: np.ndarray
    psnr: np.ndarray
    ssim: np.ndarray
    sharpness: np.ndarray
    detail: np.ndarray

    @property
    def mean_sharpness(self) -> float:
        """Of all images together: `pooled`."""
        return float(pooled(self.sharpness, self.detail))


@dataclass(frozen=True)
class Reconstruction:
    """N images through a VAE.

    Parameters
    ----------
    images : float32 array (N, 3, H, W), 0..1
        Decoded from the mean of each q(z | x), or from one sample of it.
    kl : float32 array (N, latent_dim)
        Nats of each image and dimension.
    mse : float32 array (N,)
        Mean squared error of `images` against their originals, on a pixel scale of 0..1.
    """

    images: np.ndarray
    kl: np.ndarray
    mse: np.ndarray

    @property
    def nats(self) -> np.ndarray:
        """Rate of each image in nats, (N,)."""
        return self.kl.sum(axis=1)

    @property
    def bits(self) -> np.ndarray:
        """Rate of each image in bits, (N,)."""
        return nats_to_bits(1) * self.nats


@torch.inference_mode()
def reconstruct(net: Net, x: Tensor, seed: int | None = None) -> Reconstruction:
    """Encode and decode images `x`, float (N, 3, H, W), 0..1: from the mean, or with a seed from one sample of z."""
    posterior = net.encode(x)
    z = posterior.mode() if seed is None else posterior.sample(torch.Generator().manual_seed(seed))
    x_hat = net.decode(z)
    return Reconstruction(x_hat.numpy(), posterior.kl().numpy(), (x_hat - x).square().mean(dim=(1, 2, 3)).numpy())


@torch.inference_mode()
def spread(net: Net, x: Tensor, samples: int, seed: int = 0) -> np.ndarray:
    """Standard deviation of each pixel over reconstructions from several samples of z.

    Returns
    -------
    float32 array (N, H, W)
        On a pixel scale of 0..1; root of the mean variance over channels.
    """
    posterior, generator = net.encode(x), torch.Generator().manual_seed(seed)
    drawn = [net.decode(posterior.sample(generator)) for _ in range(samples)]
    return torch.stack(drawn).var(dim=0).mean(dim=1).sqrt().numpy()


@torch.inference_mode()
def reconstruction_mse(net: Net, x: Tensor) -> np.ndarray:
    """Mean squared error of reconstructions from the mean, and nothing else: (N,) for images (N, 3, H, W), 0..1."""
    errors = []
    for batch in x.split(BATCH):
        x_hat = net.decode(net.encode(batch).mode())
        errors.append((x_hat - batch).square().mean(dim=(1, 2, 3)))
    return torch.cat(errors).numpy()


def measure(x: np.ndarray, x_hat: np.ndarray) -> Quality:
    """All measures of reconstructions `x_hat` against originals `x`, float arrays (N, C, H, W), 0..1."""
    mse = np.square(x_hat - x).mean(axis=(1, 2, 3))
    psnr = np.array([mse_to_psnr(float(value)) for value in mse])
    return Quality(mse, psnr, ssim(x, x_hat), sharpness_ratio(x, x_hat), laplacian_variance(x))


def ssim(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Structural similarity of each pair, windows of 7x7, mean over channels: (N,) for float arrays (N, C, H, W)."""
    from skimage.metrics import structural_similarity

    return np.array([structural_similarity(a, b, channel_axis=0, data_range=1) for a, b in zip(x, x_hat, strict=True)])


def sharpness_ratio(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Variance of the Laplacian of each reconstruction over its original's: (N,) for float arrays (N, C, H, W)."""
    original, reconstruction = laplacian_variance(x), laplacian_variance(x_hat)
    return np.divide(reconstruction, original, out=np.zeros_like(original), where=original > 0)


def pooled(sharpness: np.ndarray, detail: np.ndarray) -> np.ndarray:
    """Sharpness of many images: (...) for ratios (..., N), and the originals' variances of the Laplacian, (N,).

    The variance of all of them over that of all originals. (A mean of ratios would be that of the few flattest images,
    whose noise is all the detail that they have.)
    """
    return (sharpness * detail).sum(axis=-1) / max(float(detail.sum()), np.finfo(np.float32).tiny)


def laplacian_variance(images: np.ndarray) -> np.ndarray:
    """Variance of the Laplacian over channels and pixels, the sharpness of each image: (N,) for float (N, C, H, W)."""
    from scipy.ndimage import laplace

    return laplace(images, axes=(2, 3)).var(axis=(1, 2, 3))


def error(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Reconstruction minus original, mean over channels: (N, H, W), -1..1; positive where it came out brighter."""
    return (x_hat - x).mean(axis=1)


def absolute_error(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Distance between reconstruction and original, mean over channels: (N, H, W), 0..1. Sees wrong hues too."""
    return np.abs(x_hat - x).mean(axis=1)

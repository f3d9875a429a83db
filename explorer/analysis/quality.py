"""What a net makes of images, and where it errs; pure functions. `measures` holds what is measured of it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.measures import Reconstruction
from explorer.nets.base import Net

BATCH = 128  # images a forward pass: larger ones are no faster on CPUs


@torch.inference_mode()
def reconstruct(net: Net, x: Tensor, generator: torch.Generator | None = None) -> Reconstruction:
    """Encode and decode images `x`, float (N, 3, H, W), 0..1: from the mean of z, or with a generator a sample."""
    posterior = net.encode(x)
    z = posterior.mode() if generator is None else posterior.sample(generator)
    counts = posterior.statistics().code_counts
    return Reconstruction(
        x.numpy(), net.decode(z).numpy(), posterior.kl().numpy(), np.array(counts) if counts else None
    )


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


def error(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Reconstruction minus original, mean over channels: (N, H, W), -1..1; positive where it came out brighter."""
    return (x_hat - x).mean(axis=1)


def absolute_error(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Distance between reconstruction and original, mean over channels: (N, H, W), 0..1. Sees wrong hues too."""
    return np.abs(x_hat - x).mean(axis=1)

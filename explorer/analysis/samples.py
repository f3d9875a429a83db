"""What a VAE paints from draws of z: those that an image allows, and those of the prior; pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from explorer.pixels import to_float, to_uint8


@dataclass(frozen=True)
class Draws:
    """One image, decoded from the mean of q(z | x) and from S draws of it.

    Parameters
    ----------
    from_mean : uint8 array (H, W, 3)
    pictures : uint8 array (S, H, W, 3)
    average : uint8 array (H, W, 3)
        Mean of the S pictures.
    spread : float32 array (H, W)
        Standard deviation of each pixel over them, root of the mean over channels of its square; pixel scale 0..1.
    mse_mean, mse_average : float
        Mean squared errors of `from_mean` and `average`, pixel scale 0..1.
    mse : float32 array (S,)
        Of each picture.
    """

    from_mean: np.ndarray
    pictures: np.ndarray
    average: np.ndarray
    spread: np.ndarray
    mse_mean: float
    mse_average: float
    mse: np.ndarray


@torch.inference_mode()
def draw(net: nn.Module, image: np.ndarray, samples: int, seed: int = 0) -> Draws:
    """Send an image, uint8 (3, H, W), through a net in eval mode, with at least two samples of z."""
    x = to_float(image[None])  # (1, 3, H, W)
    q = net.encode(x)  # type: ignore[operator]
    eps = torch.randn((samples, q.mu.shape[1]), generator=torch.Generator().manual_seed(seed))
    decoded = net.decode(torch.cat([q.mode(), q.mu + q.std * eps])).clamp(0, 1)  # type: ignore[operator]
    from_mean, pictures = decoded[:1], decoded[1:]
    average = pictures.mean(dim=0, keepdim=True)
    return Draws(
        from_mean=to_uint8(from_mean)[0],
        pictures=to_uint8(pictures),
        average=to_uint8(average)[0],
        spread=pictures.var(dim=0).mean(dim=0).sqrt().numpy(),
        mse_mean=(from_mean - x).square().mean().item(),
        mse_average=(average - x).square().mean().item(),
        mse=(pictures - x).square().mean(dim=(1, 2, 3)).numpy(),
    )


@torch.inference_mode()
def sample_prior(net: nn.Module, count: int, latent_dim: int, seed: int = 0) -> np.ndarray:
    """Decode draws of z ~ N(0, 1): uint8 (count, H, W, 3), the same for the same seed."""
    z = torch.randn((count, latent_dim), generator=torch.Generator().manual_seed(seed))
    return to_uint8(net.decode(z))  # type: ignore[operator]

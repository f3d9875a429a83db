"""Images on their way through a VAE: what the encoder says, what is drawn from it, what the decoder paints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from explorer import pixels
from explorer.nets.base import Net


@dataclass(frozen=True)
class Passage:
    """Every station of N images; d latent dimensions, S samples an image.

    Parameters
    ----------
    originals : uint8 array (N, H, W, 3)
    mu, std : float32 arrays (N, d)
        Of q(z | x).
    kl : float32 array (N, d)
        KL(q(z | x) || N(0, 1)), nats.
    z : float32 array (N, S, d)
        Samples of q(z | x).
    pictures : uint8 array (N, 1 + S, H, W, 3)
        Decoded: from the mean first, then from each sample.
    mse : float32 array (N, 1 + S)
        Their mean squared errors, on a pixel scale of 0..1.
    """

    originals: np.ndarray
    mu: np.ndarray
    std: np.ndarray
    kl: np.ndarray
    z: np.ndarray
    pictures: np.ndarray
    mse: np.ndarray


@torch.inference_mode()
def send(net: Net, images: np.ndarray, samples: int, seed: int = 0) -> Passage:
    """Send images (uint8 array (N, 3, H, W)) through a net in eval mode, with `samples` samples of z each."""
    x = pixels.to_float(images)  # (N, 3, H, W)
    q = net.encode(x)
    eps = torch.randn((samples, *q.std.shape), generator=torch.Generator().manual_seed(seed))
    z = (q.mode() + q.std * eps).transpose(0, 1)  # (N, S, d)
    decoded = net.decode(torch.cat([q.mode()[:, None], z], dim=1).flatten(0, 1))
    decoded = decoded.unflatten(0, (len(x), 1 + samples))  # (N, 1 + S, 3, H, W)
    return Passage(
        originals=images.transpose(0, 2, 3, 1),
        mu=q.mode().numpy(),
        std=q.std.numpy(),
        kl=q.kl().numpy(),
        z=z.numpy(),
        pictures=pixels.to_uint8(decoded.flatten(0, 1)).reshape(len(x), 1 + samples, *images.shape[2:], 3),
        mse=(decoded - x[:, None]).square().mean(dim=(2, 3, 4)).numpy(),
    )

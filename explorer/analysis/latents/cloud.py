"""Where many images lie in a net's latent; pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from explorer.analysis.measures.sharpness import sharpness_ratio
from explorer.nets.base import Net
from explorer.pixels import to_float

BATCH = 250  # images in a forward pass


@dataclass(frozen=True, eq=False)
class Cloud:
    """N images in a latent of a width.

    Parameters
    ----------
    mu : float32 array (N, width)
        The most probable z of each.
    std : float32 array (N, width)
        Standard deviation around it; 0 where there is no other z.
    kl : float32 array (N, latent_dim)
        What each pays for each dimension, nats; infinite for points.
    mse : float32 array (N,)
        Mean squared error of each, decoded from `mu`, pixel scale 0..1.
    sharpness : float32 array (N,), optional
        Of each, decoded from `mu`, over the original's; None where nobody has measured it.
    """

    mu: np.ndarray
    std: np.ndarray
    kl: np.ndarray
    mse: np.ndarray
    sharpness: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.mu)

    @cached_property
    def order(self) -> np.ndarray:
        """Columns of `mu`, int64 (width,): by the mean of their KL, largest first; by variance where that says nothing.

        It says nothing of points, and of codes each of which costs the same.
        """
        kl = self.kl.mean(axis=0)
        ranked = kl if kl.shape == self.mu.shape[1:] and np.isfinite(kl).all() else self.mu.var(axis=0)
        return np.argsort(-ranked, kind="stable")

    @property
    def rate(self) -> np.ndarray:
        """What each image pays, nats: (N,)."""
        return self.kl.sum(axis=1)


@torch.inference_mode()
def encode(net: Net, images: np.ndarray) -> Cloud:
    """Where images, uint8 (N, 3, 32, 32), lie."""
    parts: list[tuple[np.ndarray, ...]] = []
    for start in range(0, len(images), BATCH):
        x = to_float(images[start : start + BATCH])
        q = net.encode(x)
        x_hat = net.decode(q.mode())
        mse = (x_hat - x).square().mean(dim=(1, 2, 3))
        sharpness = sharpness_ratio(x.numpy(), x_hat.numpy())
        parts.append((q.mode().numpy(), q.std.numpy(), q.kl().numpy(), mse.numpy(), sharpness))
    return Cloud(*(np.concatenate(part) for part in zip(*parts, strict=True)))


@torch.inference_mode()
def decode(net: Net, z: np.ndarray) -> np.ndarray:
    """Pictures of latents, float32 (N, width): float32 (N, 3, 32, 32), on a scale of 0..1 that they may leave."""
    found = [net.decode(part) for part in torch.from_numpy(np.ascontiguousarray(z, np.float32)).split(BATCH)]
    return torch.cat(found).numpy()

"""Where many images lie in a latent, at many betas, against the prior N(0, 1); pure functions.

Each image has a posterior q(z | x); their average over images is the aggregate posterior, which the prior should cover
if what the decoder paints from its draws is to be like what it paints of images (Hoffman and Johnson 2016, "ELBO
surgery"). Along one or two dimensions it looks like N(0, 1) at any beta, for an encoder whitens its latent. How long z
is tells more: of N(0, 1), nearly all z have a length close to sqrt(d) (`prior_gap.shell`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from explorer.nets.base import Net
from explorer.pixels import to_float

IMAGES = 300  # that a page shows as blobs
DRAWS = 4  # of z, an image, that lengths are of
SHOWN = 5  # images that stand above the axis of lengths


@dataclass(frozen=True)
class Aggregate:
    """N images at B betas.

    Parameters
    ----------
    axes : pair of int
        The two latent dimensions with the largest KL, mean over betas and images.
    mean, std : float32 arrays (B, N, 2)
        Of each image's posterior along these.
    lengths : float32 array (B, N * `DRAWS`)
        Distances from the origin of samples of z; the noise is the same at every beta.
    shown : int array (S,)
        Which of the images are the shortest at the smallest beta, the longest, and those evenly between: S at most
        `SHOWN`.
    shown_lengths : float32 array (B, S)
        Of one sample of z of each of these.
    """

    axes: tuple[int, int]
    mean: np.ndarray
    std: np.ndarray
    lengths: np.ndarray
    shown: np.ndarray
    shown_lengths: np.ndarray


@torch.inference_mode()
def aggregate(net: Net, images: np.ndarray, beta: np.ndarray, seed: int = 0) -> Aggregate:
    """Encode images, uint8 (N, 3, 32, 32), at each beta of an ascending float array (B,)."""
    x, n = to_float(images), len(images)
    generator = torch.Generator().manual_seed(seed)
    eps = torch.randn((DRAWS, n, net.latent_dim), generator=generator)
    mean, std, kl, lengths = [], [], [], []
    for b in beta.tolist():
        q = net.at(b).encode(x)
        mean.append(q.mode().numpy())
        std.append(q.std.numpy())
        kl.append(q.kl().mean(dim=0).numpy())
        lengths.append((q.mode() + q.std * eps).norm(dim=2).numpy())  # (DRAWS, N)
    first, second = np.argsort(-np.mean(kl, axis=0), kind="stable")[:2].tolist()
    by_length = np.argsort(lengths[0][0], kind="stable")
    shown = by_length[np.unique(np.linspace(0, n - 1, min(SHOWN, n)).round().astype(int))]
    at = [first, second]
    return Aggregate(
        axes=(first, second),
        mean=np.stack([m[:, at] for m in mean]),
        std=np.stack([s[:, at] for s in std]),
        lengths=np.stack([each.reshape(-1) for each in lengths]),
        shown=shown,
        shown_lengths=np.stack([each[0, shown] for each in lengths]),
    )

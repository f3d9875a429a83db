"""What an encoder made of many images: what priors are fitted to."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.nets.base import Net
from explorer.nets.vq import Codes
from explorer.pixels import to_float
from explorer.priors.record import LatentShape

_BATCH = 128


@dataclass(frozen=True)
class Encodings:
    """Where N images lie in a net's latent space.

    Parameters
    ----------
    mean, std : float32 tensors (N, width)
        Of each image's posterior; std is 0 where there is no other z to draw.
    labels : int64 tensor (N,), optional
        Classes of the images.
    codes : int64 tensor (N, cells), optional
        Of nets that have codes, 0..K-1.
    """

    mean: Tensor
    std: Tensor
    labels: Tensor | None = None
    codes: Tensor | None = None

    def __len__(self) -> int:
        return len(self.mean)

    def __getitem__(self, indices: Tensor | slice) -> Encodings:
        """Those at some indices, int64 (n,), in that order."""
        labels, codes = (None if each is None else each[indices] for each in (self.labels, self.codes))
        return Encodings(self.mean[indices], self.std[indices], labels, codes)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One z of each image's posterior: float32 (N, width), the same for the same state of the generator."""
        eps = torch.randn(self.mean.shape, generator=generator).to(self.mean.device)
        return self.mean + self.std * eps


def shape_of(net: Net) -> LatentShape:
    """Of a net's latents."""
    side, codes = math.isqrt(net.family.cells), net.options.get("codebook_size", 0)
    return LatentShape(net.width // side**2, side, codes if net.family.posterior == "codes" else 0)


@torch.inference_mode()
def encode(
    net: Net,
    images: np.ndarray,
    labels: np.ndarray | None = None,
    flipped: bool = False,
    say: Callable[[int, int], object] = lambda done, of: None,
) -> Encodings:
    """Send images through a net in eval mode.

    Parameters
    ----------
    images : uint8 array (N, 3, 32, 32), 0..255
    labels : int64 array (N,), optional
    flipped : bool
        Their mirror images too, left for right: 2 N encodings, those of the images first.
    say : callable
        Told how many of how many are done, after each batch.
    """
    device = next(iter(net.state_dict().values())).device  # closed forms have buffers only
    made: list[Encodings] = []
    batches = [images[at : at + _BATCH] for at in range(0, len(images), _BATCH)]
    batches += [batch[..., ::-1] for batch in batches] if flipped else []
    done, of = 0, sum(map(len, batches))
    for batch in batches:
        q = net.encode(to_float(batch, device))
        codes = q.indices.cpu() if isinstance(q, Codes) else None
        made.append(Encodings(q.mode().cpu(), q.std.cpu(), codes=codes))
        done += len(batch)
        say(done, of)
    if not made:
        nothing = torch.zeros((0, net.width))
        return Encodings(nothing, nothing)
    named = None if labels is None else torch.from_numpy(np.tile(labels, 1 + flipped))
    mean, std = torch.cat([each.mean for each in made]), torch.cat([each.std for each in made])
    every = [each.codes for each in made if each.codes is not None]
    return Encodings(mean, std, named, torch.cat(every) if every else None)

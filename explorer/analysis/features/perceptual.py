"""How alike two pictures look to our net, after Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features as
a Perceptual Metric", section 3. It is no LPIPS: neither its net, nor weights that were fitted to what people said.
"""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.analysis.features.extraction import shipped

_BATCH = 250
_LEAST = 1e-10  # of a length, below which it is none


@torch.inference_mode()
def distance(x: Tensor, x_hat: Tensor) -> Tensor:
    """Our features' distance between pictures, float (N, 3, 32, 32), 0..1, and what became of them: float32 (N,).

    At each place after each of three blocks the channels are a direction; the squares of the differences of directions
    are averaged over places, and over the blocks. 0 for the same, 2 at most.
    """
    net, found = shipped(), []
    for ours, theirs in zip(x.split(_BATCH), x_hat.split(_BATCH), strict=True):
        stages = net.stages(torch.cat([ours, theirs]).contiguous(memory_format=torch.channels_last))
        apart = [(_directions(h[: len(ours)]) - _directions(h[len(ours) :])).square().sum(1) for h in stages]
        found.append(torch.stack([a.mean(dim=(1, 2)) for a in apart]).mean(0))
    return torch.cat(found) if found else torch.zeros(0)


def _directions(h: Tensor) -> Tensor:
    """Activations (N, C, H, W) over their length along C."""
    return h / h.norm(dim=1, keepdim=True).clamp_min(_LEAST)

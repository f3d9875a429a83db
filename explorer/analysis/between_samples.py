"""Ways from one sample of a prior to another: pure functions."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from explorer.analysis.interpolation import Walk, interpolate, lerp
from explorer.analysis.measures.sharpness import laplacian_variance
from explorer.nets.base import Net
from explorer.pixels import to_uint8
from explorer.priors.base import noise

WAYS = ("prior", "line", "fade")


@torch.inference_mode()
def walks(net: Net, carry: Callable[[Tensor], Tensor], seeds: tuple[int, int], steps: int) -> dict[str, Walk]:
    """Between the samples that a prior carries the noise of two seeds to.

    Parameters
    ----------
    net : Net
        In eval mode.
    carry : callable
        Noise, float32 (n, width), to latents.
    seeds : (int, int)
    steps : int
        At least 2.

    Returns
    -------
    dict
        By `WAYS`: "prior" is the arc between both noises, each point of it carried; "line" the straight line between
        both latents, decoded; "fade" mixes both pictures' pixels.
    """
    a, b = (noise(1, net.width, seed)[0] for seed in seeds)
    z = carry(interpolate(a, b, steps))  # (steps, width)
    line = interpolate(z[0], z[-1], steps, "lerp")
    through, straight = net.decode(torch.cat([z, line])).clamp(0, 1).split(steps)
    fade = lerp(through[0], through[-1], torch.linspace(0, 1, steps))
    return {
        "prior": Walk(to_uint8(through), z.norm(dim=1).tolist()),
        "line": Walk(to_uint8(straight), line.norm(dim=1).tolist()),
        "fade": Walk(to_uint8(fade), None),
    }


def sharpness_half_way(walk: Walk) -> float:
    """Of the frame in the middle, as a share of the mean of both ends'; variance of the Laplacian."""
    frames = walk.frames[[0, len(walk.frames) // 2, -1]].transpose(0, 3, 1, 2).astype("float32") / 255
    first, middle, last = laplacian_variance(frames).tolist()
    return 2 * middle / max(first + last, 1e-9)

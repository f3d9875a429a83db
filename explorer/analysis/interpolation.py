"""Ways between two points: straight, on a sphere, and what a net makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.nets.base import Net
from explorer.pixels import to_float, to_uint8

_BATCH = 256  # latents that are decoded at once
_AS_BRIGHT = 0.02  # pixel scale of 0..1: a middle as much brighter or darker than both ends is taken for as bright
_PARALLEL = 1e-4  # sine of the angle between two latents; below it, the plane that they span is rounding error


def lerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """The straight line from a to b.

    Parameters
    ----------
    a, b : float tensors (...)
        Of one shape: latents, or images to cross-fade.
    t : float tensor (n,), 0..1

    Returns
    -------
    float tensor (n, ...); exactly a at t = 0 and b at t = 1.
    """
    t = t.reshape(-1, *[1] * a.dim())
    return (1 - t) * a + t * b


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """The arc from a to b: White 2016, "Sampling Generative Networks", section 2.1.

    A Gaussian in many dimensions d is a thin shell: almost all of it lies at a distance of about sqrt(d) from the
    origin. A straight line between two points of a shell leads through its inside, where the decoder has seen little;
    the arc turns from one direction to the other, and keeps its length if both ends are equally long.

    Where there is no angle to turn by (a zero vector, parallel or opposite ones) it is the straight line.

    Parameters
    ----------
    a, b : float tensors (d,)
    t : float tensor (n,), 0..1

    Returns
    -------
    float tensor (n, d); exactly a at t = 0 and b at t = 1.
    """
    lengths = a.norm() * b.norm()
    if lengths == 0:
        return lerp(a, b, t)
    omega = torch.acos((a @ b / lengths).clamp(-1, 1))
    sine = omega.sin()
    if sine < _PARALLEL:
        return lerp(a, b, t)
    t = t[:, None]
    return ((1 - t) * omega).sin() / sine * a + (t * omega).sin() / sine * b


PATHS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {"lerp": lerp, "slerp": slerp}


def interpolate(a: Tensor, b: Tensor, steps: int, path: str = "slerp") -> Tensor:
    """`steps` evenly spaced points from a to b, both included: (d,), (d,) -> (steps, d); `path` is a key of PATHS."""
    return PATHS[path](a, b, torch.linspace(0, 1, steps, dtype=a.dtype, device=a.device))


@dataclass(frozen=True, eq=False)
class Walk:
    """What lies between two images.

    Parameters
    ----------
    frames : uint8 array (n, H, W, 3)
    norms : list of n float, or None
        |z| at each step; None for a path that never enters latent space.
    """

    frames: np.ndarray
    norms: list[float] | None

    def every(self, step: int) -> Walk:
        """Every step-th of it, from the first."""
        return Walk(self.frames[::step], self.norms and self.norms[::step])


@torch.inference_mode()
def walks(net: Net, ends: np.ndarray, steps: int) -> dict[str, Walk]:
    """Decode every path of PATHS between the latent means of two images; "fade" mixes their pixels instead.

    Parameters
    ----------
    net : Net
        In eval mode.
    ends : uint8 array (2, 3, H, W)
    steps : int
        At least 2.
    """
    x = to_float(ends)
    a, b = net.encode(x).mode()
    z = [interpolate(a, b, steps, path) for path in PATHS]
    decoded = net.decode(torch.cat(z)).split(steps)
    found = {
        path: Walk(to_uint8(images), points.norm(dim=1).tolist())
        for path, images, points in zip(PATHS, decoded, z, strict=True)
    }
    fade = lerp(x[0], x[1], torch.linspace(0, 1, steps))
    return found | {"fade": Walk(to_uint8(fade), None)}


@torch.inference_mode()
def novelty(net: Net, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How little the middle between each two images is a mixture of both.

    A picture half way on the arc is compared with the mixture of the two decoded ends, and an even grey, that comes
    nearest to it: a double exposure would be one. What that leaves of its variance is its novelty. A middle that is
    clearly darker or brighter than both ends counts for nothing: there the arc has left what the decoder knows.

    Parameters
    ----------
    net : Net
        In eval mode.
    images : uint8 array (N, 3, H, W)

    Returns
    -------
    pairs : int64 array (N (N - 1) / 2, 2)
        Which two of the images, in ascending order.
    novelty : float32 array (N (N - 1) / 2,)
        Variance on a pixel scale of 0..1.
    """
    pairs = torch.combinations(torch.arange(len(images)))
    z = net.encode(to_float(images)).mode()
    half = torch.tensor([0.5])
    arcs = torch.stack([slerp(z[a], z[b], half)[0] for a, b in pairs.tolist()])
    middle = torch.cat([net.decode(some) for some in arcs.split(_BATCH)]).flatten(1)  # (P, D)
    ends = net.decode(z).flatten(1)  # (N, D)
    darkest, brightest = ends.mean(dim=1)[pairs].aminmax(dim=1)
    brightness = middle.mean(dim=1)
    inside = (brightness >= darkest - _AS_BRIGHT) & (brightness <= brightest + _AS_BRIGHT)
    middle, ends = (pixels - pixels.mean(dim=1, keepdim=True) for pixels in (middle, ends))
    a, b = ends[pairs[:, 0]], ends[pairs[:, 1]]
    between = torch.stack([a, b], dim=2)  # (P, D, 2)
    gram = between.transpose(1, 2) @ between + 1e-6 * torch.eye(2)
    shares = torch.linalg.solve(gram, between.transpose(1, 2) @ middle[:, :, None])
    left = (middle[:, :, None] - between @ shares).square().mean(dim=(1, 2))
    return pairs.numpy(), torch.where(inside, left, 0.0).numpy()

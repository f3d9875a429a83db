"""Ways between two points: straight, on a sphere, and what a net makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.nets.base import Net
from explorer.pixels import to_float, to_uint8

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

"""From noise to picture: what lies on a prior's way, and what each moment of it already leads to; pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from explorer.nets.base import Net
from explorer.pixels import to_uint8


class Moment(NamedTuple):
    """One moment of the way of n latents.

    Parameters
    ----------
    time : float
        0 at the noise, 1 at the sample.
    z : float32 tensor (n, width)
        Where they are, as `Net.decode` takes them.
    guess : float32 tensor (n, width), optional
        Where they would have ended had they gone straight on from the moment before, as fast as they went from there
        to here: what the prior held for the sample by then. None at the first moment.
    """

    time: float
    z: Tensor
    guess: Tensor | None


class Way(NamedTuple):
    """A whole way, painted: n pictures at m moments.

    Parameters
    ----------
    times : list of m float
    pictures, guesses : uint8 arrays (m, n, 32, 32, 3)
        Of where they are, and of where they would have ended; at the last moment both are the same.
    """

    times: list[float]
    pictures: np.ndarray
    guesses: np.ndarray


def moments(path: Iterable[tuple[float, Tensor]]) -> Iterator[Moment]:
    """What `Prior.path` goes through, and what each step of it leads to.

    A flow's velocity v at z_t is what it expects of (sample - noise), so z_t + (1 - t) v is the sample that it expects
    there (Lipman et al. 2023, section 4.1). v is that of the step that was gone: of Euler's method that very velocity,
    of Heun's the mean of those at both ends.
    """
    before: tuple[float, Tensor] | None = None
    for time, z in path:
        guess = None
        if before is not None:
            since, start = before
            guess = start + (z - start) * ((1 - since) / (time - since))
        yield Moment(time, z, guess)
        before = time, z


@torch.inference_mode()
def paint(net: Net, moment: Moment) -> np.ndarray:
    """What a net paints of a moment: uint8 (n, 32, 32, 3), and behind them the guesses, if there are any."""
    parts = [moment.z] if moment.guess is None else [moment.z, moment.guess]
    return to_uint8(net.decode(torch.cat(parts)))


@torch.inference_mode()
def way(net: Net, path: Iterable[tuple[float, Tensor]]) -> Way:
    """Go a prior's path to its end, and paint it."""
    times, pictures, guesses = [], [], []
    for moment in moments(path):
        painted = paint(net, moment)
        count = len(moment.z)
        times.append(moment.time)
        pictures.append(painted[:count])
        if moment.guess is not None:
            guesses.append(painted[count:])
    return Way(times, np.stack(pictures), np.stack([*guesses, pictures[-1]]))

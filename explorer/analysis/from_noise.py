"""From noise to picture: what lies on a prior's way, and what each moment of it already leads to; pure functions.

A flow goes from noise at time 0 to samples at time 1. A prior that says codes one after the other has a way of its own:
at time 0 no cell has one, and at time 1 all have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from explorer.nets.base import Net
from explorer.pixels import to_uint8
from explorer.priors.autoregressive import Autoregressive
from explorer.priors.base import Label, Prior


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
        to here: what the prior held for the sample by then. None at the first moment, and of codes.
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
        Of where they are, and of where they would end if they went straight on; at the last moment, and of codes,
        both are the same.
    """

    times: list[float]
    pictures: np.ndarray
    guesses: np.ndarray


def moments(
    prior: Prior, net: Net, count: int, seed: int, label: Label = None, guidance: float = 1.0, steps: int = 20
) -> Iterator[Moment]:
    """The way of the samples that `Prior.sample` draws, in `steps`, as they are computed.

    Raises
    ------
    ExplorerError
        If the prior goes none, or can't do what is asked.
    """
    if isinstance(prior, Autoregressive):
        return _cell_by_cell(prior, net, count, seed, label, guidance, steps)
    return straight_on(prior.path(count, seed, label=label, guidance=guidance, steps=steps))


def _cell_by_cell(
    prior: Autoregressive, net: Net, count: int, seed: int, label: Label, guidance: float, steps: int
) -> Iterator[Moment]:
    """Codes are put down in so many goes; where there is none yet stands the one that images have there most."""
    codes = prior.usual.argmax(dim=1).cpu().repeat(count, 1)  # (count, cells)
    yield Moment(0.0, net.lookup(codes), None)
    drawn = prior.sample_codes(count, seed, label=label, guidance=guidance)
    cells = drawn.shape[1]
    for step in range(1, steps + 1):
        there = step * cells // steps
        codes[:, :there] = drawn[:, :there]
        yield Moment(step / steps, net.lookup(codes), None)


def straight_on(path: Iterable[tuple[float, Tensor]]) -> Iterator[Moment]:
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
def way(net: Net, moments: Iterable[Moment]) -> Way:
    """Go to the end, and paint it all."""
    times, pictures, guesses = [], [], []
    for moment in moments:
        painted = paint(net, moment)
        count = len(moment.z)
        times.append(moment.time)
        pictures.append(painted[:count])
        if moment.guess is not None:
            guesses.append(painted[count:])
    return Way(times, np.stack(pictures), np.stack([*guesses, pictures[-1]] if guesses else pictures))

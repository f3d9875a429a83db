"""A step like those to come, taken on a device before a run is trusted to it, and held against the CPU's.

In float32: where a net begins nearly perfect, bfloat16's three digits alone can halve a gradient's norm or double it.
A run in bfloat16 only has to come to numbers there.
"""

from __future__ import annotations

import copy
import math
from typing import NamedTuple

import torch

from explorer.config import TrainConfig
from explorer.devices import CPU
from explorer.training.optimisers import build_optimisers
from explorer.training.precision import autocast
from explorer.training.step import Tried

_EXAMPLES = 8  # at most: enough for every operation that a step has
# How far a device's total and gradient norm may be from the CPU's, as a share: TF32's three digits, and no wrong memory
# layout.
_AGREE = 0.05


class _Step(NamedTuple):
    total: float
    grad_norm: float


def attempt(tried: Tried, config: TrainConfig, device: torch.device) -> None:
    """Forward, backward, the optimisers' step, all of it read back; the net is left as it is.

    Raises
    ------
    ArithmeticError
        If it comes to other numbers than on the CPU, or in bfloat16, where that is asked for, to none.
    Exception
        Whatever a device raises that can't.
    """
    here, there = (_step(tried, config, on, "float32") for on in (CPU, device))
    for name, ours, theirs in zip(_Step._fields, here, there, strict=True):
        if not abs(theirs - ours) <= _AGREE * abs(ours):  # of no number, too
            raise ArithmeticError(f"a step's {name.replace('_', ' ')} is {theirs:.4g}, and {ours:.4g} on the CPU")
    if config.precision == "bfloat16":
        for name, value in _step(tried, config, device, "bfloat16")._asdict().items():
            if not math.isfinite(value):
                raise ArithmeticError(f"a step's {name.replace('_', ' ')} in bfloat16 is {value}")


def _step(tried: Tried, config: TrainConfig, device: torch.device, precision: str) -> _Step:
    net = copy.deepcopy(tried.net).to(device).train()
    optimisers = build_optimisers(net, config)
    chance = torch.Generator().manual_seed(0)
    batch = tried.batch(min(_EXAMPLES, config.batch_size), device, chance)
    with autocast(precision, device):
        total = tried.total(net, batch, chance)
    total.backward()
    norm = torch.nn.utils.clip_grad_norm_(net.parameters(), config.grad_clip)
    for optimiser in optimisers:
        optimiser.step()
    step = _Step(total.item(), norm.item())
    with torch.no_grad():
        tried.look(net.eval(), batch)
    return step

"""Which precision steps are computed in: bfloat16 where the machine at hand is faster at it, float32 elsewhere."""

from __future__ import annotations

import copy
import math
import time

import torch

from explorer import devices
from explorer.training.step import Tried

# Passes of each precision that are timed; one more goes first, in which torch chooses kernels and takes memory.
_ROUNDS = 3
# bfloat16 is chosen if float32 takes more than so many times as long: times of so few passes can be off by percents.
_WORTH = 1.1


def autocast(name: str, device: torch.device) -> torch.autocast:
    """A context for a net's forward pass, with convolutions and matrix products in "float32" or "bfloat16".

    Weights, their updates, KL and exponentials stay in float32.
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=name == "bfloat16")


def choose(tried: Tried, batch_size: int, device: torch.device) -> str:
    """The faster of both for steps of a net, which is left as it is: a second or so of trying."""
    if not devices.computes_bfloat16(device):
        return "float32"
    full, half = (_step_s(tried, batch_size, device, name) for name in ("float32", "bfloat16"))
    return "bfloat16" if full > _WORTH * half else "float32"


def _step_s(tried: Tried, batch_size: int, device: torch.device, name: str) -> float:
    """Seconds of a forward and backward pass, the best of `_ROUNDS`; infinite if the device can't."""
    net, times = copy.deepcopy(tried.net).train(), []  # a copy: each pass moves batch norm's running means
    noise = torch.Generator().manual_seed(0)
    batch = tried.batch(batch_size, device, noise)
    for _ in range(1 + _ROUNDS):
        started = time.perf_counter()
        try:
            with autocast(name, device):
                loss = tried.total(net, batch, noise)
            loss.backward()
            devices.wait(device)
        except (RuntimeError, TypeError):  # lacks an operation in it, or the memory: a run's first step says so, too
            return math.inf
        times.append(time.perf_counter() - started)
    return min(times[1:])

"""Beta and learning-rate schedules: pure functions of the step, each a factor on the value the person chose.

A value changed in flight is the factor's new base, so changes and schedules compose.
"""

from __future__ import annotations

import math


def warmup(step: int, warmup_steps: int) -> float:
    """Linear rise from 1 / warmup_steps at step 0 to 1 at step warmup_steps - 1, and 1 from there on."""
    return min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0


DECAYS = {  # from 1 at progress 0 towards 0 at progress 1
    "constant": lambda progress: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: 0.5 * (1.0 + math.cos(math.pi * progress)),  # Loshchilov and Hutter 2017, "SGDR", eq. 5
}


def decay(step: int, total_steps: int, shape: str) -> float:
    """Fall from 1 at step 0 towards 0 at `total_steps`, in one of the shapes of `DECAYS`."""
    return DECAYS[shape](min(1.0, step / total_steps))

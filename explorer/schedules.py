"""Beta and learning-rate schedules: pure functions of the step, each a factor on the value the person chose.

A value changed in flight is the factor's new base, so changes and schedules compose.
"""

from __future__ import annotations

import math


def warmup(step: int, warmup_steps: int) -> float:
    """Linear rise from 1 / warmup_steps at step 0 to 1 at step warmup_steps - 1, and 1 from there on."""
    return min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0


def decay(step: int, total_steps: int, shape: str) -> float:
    """Fall from 1 at step 0 towards 0 at `total_steps`: "constant", "linear" or "cosine".

    Cosine: Loshchilov and Hutter 2017, "SGDR", eq. 5, one cycle.
    """
    progress = min(1.0, step / total_steps)
    match shape:
        case "constant":
            return 1.0
        case "linear":
            return 1.0 - progress
        case "cosine":
            return 0.5 * (1.0 + math.cos(math.pi * progress))
    raise ValueError(f"unknown shape {shape!r}: constant, linear or cosine")

"""How beta and the learning rate move as training goes on: objects that a run has one each of.

A schedule of beta is one module here and one line in `_CLASSES`; it says itself all that settings, forms and the
loop need to know of it.
"""

from __future__ import annotations

import pkgutil
from typing import Any

from explorer.schedules.base import Allowance, BetaSchedule, Terms
from explorer.schedules.learning_rate import DECAYS, LearningRate

__all__ = [
    "BETA_SCHEDULES",
    "CALIBRATED",
    "CONSTANT",
    "DECAYS",
    "Allowance",
    "BetaSchedule",
    "LearningRate",
    "Terms",
    "state_in",
]

CALIBRATED = "calibrated"  # beta as the decoder's error has it
CONSTANT = "constant"  # what doesn't move, of beta and of the learning rate: every default

_CLASSES: list[type[BetaSchedule]] = [
    pkgutil.resolve_name(f"{__name__}.{place}")
    for place in (  # in the order of forms
        "constant:Constant",
        "linear:Linear",
        "cosine:Cosine",
        "cyclical:Cyclical",
        "capacity:Capacity",
        "controller:Controller",
        "free_bits:FreeBits",
        "calibrated:Calibrated",
    )
]
BETA_SCHEDULES = {schedule.key: schedule for schedule in _CLASSES}

_FORMER_STATES = {"controller": "controller", "calibrated": "calibration"}  # schedules to their places in metadata


def state_in(metadata: dict[str, Any], key: str) -> dict[str, Any]:
    """The state of the schedule `key` in a checkpoint's metadata, which once kept those of all side by side."""
    found = metadata["schedule"] if "schedule" in metadata else metadata.get(_FORMER_STATES.get(key, ""))
    return found if isinstance(found, dict) else {}

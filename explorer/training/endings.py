"""How training ends early: because somebody said so, or for a reason that a person can act on."""

from __future__ import annotations

import errno
import re

from explorer.device_names import DEVICE_VARIABLE
from explorer.errors import ExplorerError


class StopRequested(Exception):  # noqa: N818 - a wish, not an error
    """The person asked the run to stop."""


class DivergedError(ExplorerError):
    """A term of the objective, the gradient or a weight is not a number any more."""

    def __init__(self, step: int, what: str) -> None:
        advice = "Lower the learning rate or add warm-up steps; the last checkpoint is from before."
        super().__init__(f"Training broke at step {step:,}: {what}", advice)


def reason(error: Exception) -> ExplorerError | None:
    """What a person can do about an error; None if nothing is known."""
    if isinstance(error, ExplorerError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExplorerError("The disk is full", "Free some space, then resume the run from its last checkpoint.")
    if out_of_memory(error):
        if found := re.search("CUDA|cuBLAS|cuDNN|HIP|MPS", str(error), re.IGNORECASE):
            return ExplorerError(
                f"The GPU is out of memory ({found[0]})",
                "Choose a smaller batch size or network, close what else uses it, or train on the CPU: "
                f"{DEVICE_VARIABLE}=cpu.",
            )
        return ExplorerError("The machine is out of memory", "Choose a smaller batch size, or close other programs.")
    return None


def out_of_memory(error: BaseException) -> bool:
    """Whether there was no room for a tensor.

    torch's allocators raise RuntimeErrors: "out of memory" on GPUs, "can't allocate memory" on the CPU; libraries of
    NVIDIA's say ALLOC_FAILED.
    """
    no_room = isinstance(error, RuntimeError) and re.search("(out of|allocate) memory|ALLOC_FAILED", str(error))
    return isinstance(error, MemoryError) or bool(no_room)

"""Which device a run trains on, and the way there.

Runs train on a GPU where one is seen to work. Everything that pages show is computed on the CPU: a few images through
nets that take milliseconds there, the same for all who look, whatever the trainer does with the GPU.

All that is drawn by chance is drawn on the CPU and sent: the same seed is the same noise everywhere, and a run that was
stopped on one device goes on on another.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from explorer.device_names import DEVICE_VARIABLE, DEVICES
from explorer.errors import ExplorerError

CPU = torch.device("cpu")

# Instructions, as torch names them, by which a CPU computes with bfloat16 itself.
_INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")

# In the order in which they are tried: whether torch finds one.
ACCELERATORS: dict[str, Callable[[], bool]] = {
    "cuda": lambda: torch.cuda.is_available(),
    "mps": lambda: torch.backends.mps.is_available(),
}


class Fault(NamedTuple):
    """Why a device can't be used: `why` follows "the GPU (cuda)", `advice` is what a person can do about it."""

    why: str
    advice: str


# What errors say in words, by what torch and drivers write; the first that fits.
_FAULTS: tuple[tuple[str, Fault], ...] = (
    (
        r"no kernel image|not compatible with the current PyTorch",
        Fault("is of a kind that the installed torch has no kernels for", "Install a build of torch made for it."),
    ),
    (
        r"busy or unavailable|devices are busy|exclusive",
        Fault("is held by another process for itself (exclusive mode)", "End that process; nvidia-smi lists it."),
    ),
    (
        r"out of memory|ALLOC_FAILED",
        Fault("has no memory left", "Close what fills it; of NVIDIA's, nvidia-smi lists that."),
    ),
    (
        r"driver .*(too old|insufficient)|insufficient for CUDA runtime",
        Fault("has a driver that is too old for the installed torch", "Update the driver, or install an older torch."),
    ),
    (
        r"not (currently )?(implemented|supported) (for|on) the MPS|Could not run '.*' with arguments from the",
        Fault("lacks an operation that this network needs", "Update torch and the system."),
    ),
    (
        r"b?float16|half precision",
        Fault("does not compute with bfloat16", "Choose the precision float32."),
    ),
    (
        r"memory.?format|channels.?last",
        Fault("does not take images with channels last in memory", "Update torch and the driver."),
    ),
    (
        r"not compiled with|not linked with support",
        Fault("is not known to the installed torch, which is built without it", "Install a build of torch with it."),
    ),
)


class Chosen(NamedTuple):
    """A device, and why it isn't the first choice, as a part of a sentence; empty if it is."""

    device: torch.device
    why: str = ""


def send(tensor: Tensor, device: torch.device | str) -> Tensor:
    """A tensor, on a device; what that is at is not waited for where that is safe.

    CUDA fetches from pinned memory on its own. On MPS a copy that nobody waits for may read memory that has been given
    away meanwhile (PyTorch's issue 189690).
    """
    if torch.device(device).type != "cuda" or tensor.device.type != "cpu":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def wait(device: torch.device) -> None:
    """Until the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def choose(setting: str, attempt: Callable[[torch.device], None], began_on: str = "", gpu: int = 0) -> Chosen:
    """The device to train on.

    Parameters
    ----------
    setting : str
        One of `DEVICES`.
    attempt : callable
        Takes a step on a device like those to come, and raises whatever the device does if it can't, or
        ArithmeticError if it comes to other numbers than the CPU.
    began_on : str
        Where a run began that goes on: it stays there if it can, and goes on on the CPU if it can't, whatever its
        setting. Empty for a run that begins.
    gpu : int
        Which of the machine's, where CUDA finds several.

    Raises
    ------
    ExplorerError
        If the device that was asked for by its name can't be used, or the environment variable names none.
    """
    of_machine = _of_environment()
    asked = setting if setting != "auto" else of_machine
    if began_on in DEVICES:
        asked = of_machine if of_machine != "auto" else began_on
    why = ""
    for name in [] if asked == "cpu" else ACCELERATORS if asked == "auto" else [asked]:
        device = torch.device(name, gpu if name == "cuda" else 0)
        fault = _fault(name, device, attempt, expected=asked != "auto")
        if fault is None:
            _settle(device)
            return Chosen(device)
        if fault.why and asked != "auto" and began_on not in DEVICES:
            what = words(device)
            advice = f"{fault.advice} Or start a new run with the device cpu, or auto."
            raise ExplorerError(f"{what[0].upper()}{what[1:]} {fault.why}", advice)
        if fault.why and not why:
            why = f"{words(device)} {fault.why}"
    return Chosen(CPU, why)


def words(device: torch.device) -> str:
    """What sentences call it: "the CPU", "the GPU (cuda)"."""
    return "the CPU" if device.type == "cpu" else f"the GPU ({device.type})"


def explained(error: Exception) -> Fault:
    """What an error of a device means."""
    text = str(error)
    for pattern, fault in _FAULTS:
        if re.search(pattern, text, re.IGNORECASE):
            return fault
    line = next(iter(text.strip().splitlines()), "") or type(error).__name__
    return Fault(f"failed in a trial: {line[:200].rstrip('.')}", "Update torch and the driver.")


def _of_environment() -> str:
    asked = os.environ.get(DEVICE_VARIABLE, "").strip().lower() or "auto"
    if asked not in DEVICES:
        raise ExplorerError(f"{DEVICE_VARIABLE} is {asked[:64]!r}", f"Choose one of: {', '.join(DEVICES)}.")
    return asked


def _fault(name: str, device: torch.device, attempt: Callable[[torch.device], None], expected: bool) -> Fault | None:
    """Why a device can't be used; None if it can, and without words if there is none, and none was `expected`."""
    if name == "cuda":
        # for results that repeat, matrix products want this before the card is first spoken to (NVIDIA's cuBLAS guide)
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    with warnings.catch_warnings(record=True) as heard:  # an old driver is but a warning, and then there is no card
        warnings.simplefilter("always")
        there = ACCELERATORS[name]()
    if not there:
        if heard:
            return explained(RuntimeError(str(heard[0].message)))
        return Fault("is not to be found" if expected else "", "Look whether torch knows this machine's GPU.")
    try:
        attempt(device)
    except Exception as e:  # noqa: BLE001 - whatever it is, the device isn't to be trusted with a run
        return explained(e)
    return None


def _settle(device: torch.device) -> None:
    """Let steps on a device repeat, and float32 be float32."""
    if device.type == "cuda":
        if device.index:
            torch.cuda.set_device(device)  # what names no card means this one
        torch.use_deterministic_algorithms(True, warn_only=True)
        # all new tensors are filled anyway, and this would be a kernel for each
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        # convolutions round to 10 bits (TF32) unless told not to
        torch.backends.cudnn.conv.fp32_precision = "ieee"  # type: ignore[attr-defined]


def computes_bfloat16(device: torch.device) -> bool:
    """Whether it does so itself: one that emulates it takes about ten times as long."""
    if device.type == "cpu":
        able = torch.cpu.get_capabilities()
        return any(able.get(name) for name in _INSTRUCTIONS)
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return True  # or the trial says otherwise

"""Which device is chosen, and what is said of one that isn't; on a machine without any, as far as torch can tell."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
import torch

from explorer import devices
from explorer.device_names import DEVICE_VARIABLE
from explorer.devices import CPU, Chosen, choose
from explorer.errors import ExplorerError


def fine(device: torch.device) -> None:
    """A device on which a step works."""


def failing(error: Exception) -> Callable[[torch.device], None]:
    def attempt(device: torch.device) -> None:
        raise error

    return attempt


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch finds a card of NVIDIA's; `_settle` would speak to it."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(devices, "_settle", lambda device: None)


# What torch and drivers write, and what becomes of it.
ERRORS = {
    "old card": (
        torch.AcceleratorError("CUDA error: no kernel image is available for execution on the device"),
        "is of a kind that the installed torch has no kernels for",
    ),
    "exclusive mode": (
        torch.AcceleratorError("CUDA error: CUDA-capable device(s) is/are busy or unavailable"),
        "is held by another process for itself (exclusive mode)",
    ),
    "full": (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."), "has no memory left"),
    "full, as libraries say it": (
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        "has no memory left",
    ),
    "MPS full": (RuntimeError("MPS backend out of memory (MPS allocated: 9.05 GB)"), "has no memory left"),
    "MPS lacks": (
        NotImplementedError("The operator 'aten::im2col' is not currently implemented for the MPS device."),
        "lacks an operation that this network needs",
    ),
    "no bfloat16": (TypeError("BFloat16 is not supported on MPS"), "does not compute with bfloat16"),
    "layout": (RuntimeError("Unsupported memory format channels_last"), "does not take images with channels last"),
    "other numbers": (ArithmeticError("a step's total is nan, and 0.1 on the CPU"), "a step's total is nan, and 0.1"),
    "anything": (OSError("something\nlong"), "failed in a trial: something"),
}


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize(("error", "words"), ERRORS.values(), ids=ERRORS)
def test_one_that_fails_is_not_used_and_why_is_said(error: Exception, words: str):
    device, why = choose("auto", failing(error))
    assert device == CPU
    assert why.startswith("the GPU (cuda) ")
    assert words in why
    with pytest.raises(ExplorerError, match=r"The GPU \(cuda\) ") as e:
        choose("cuda", failing(error))
    assert words in e.value.what
    assert "device cpu" in e.value.advice


@pytest.mark.usefixtures("card")
def test_one_that_works_is_used_and_the_cpu_where_it_is_asked_for():
    assert choose("auto", fine) == Chosen(torch.device("cuda", 0))
    assert choose("cpu", failing(AssertionError("not asked"))) == Chosen(CPU)


def test_an_old_driver_is_but_a_warning_to_torch(monkeypatch: pytest.MonkeyPatch):
    def is_available() -> bool:
        warnings.warn("CUDA initialization: The NVIDIA driver on your system is too old (found 11040).", stacklevel=2)
        return False

    monkeypatch.setattr(torch.cuda, "is_available", is_available)
    assert choose("auto", fine).why == "the GPU (cuda) has a driver that is too old for the installed torch"


def test_none_at_all_is_no_news_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch):
    for found in (torch.cuda, torch.backends.mps):
        monkeypatch.setattr(found, "is_available", lambda: False)
    assert choose("auto", fine) == Chosen(CPU)
    for name in ("cuda", "mps"):
        with pytest.raises(ExplorerError, match=rf"The GPU \({name}\) is not to be found"):
            choose(name, fine)


@pytest.mark.usefixtures("card")
def test_the_environment_says_what_auto_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(DEVICE_VARIABLE, " CPU ")
    assert choose("auto", fine) == Chosen(CPU)
    assert choose("cuda", fine).device.type == "cuda"
    monkeypatch.setenv(DEVICE_VARIABLE, "tpu")
    with pytest.raises(ExplorerError, match="VAE_EXPLORER_DEVICE is 'tpu'") as e:
        choose("auto", fine)
    assert "cpu, cuda, mps" in e.value.advice


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("setting", ["auto", "cuda"])
def test_a_run_that_goes_on_stays_where_it_began_or_else_goes_on_on_the_cpu(
    setting: str, monkeypatch: pytest.MonkeyPatch
):
    assert choose(setting, fine, began_on="cpu") == Chosen(CPU)
    assert choose(setting, fine, began_on="cuda").device.type == "cuda"
    full = failing(torch.OutOfMemoryError("CUDA out of memory."))
    assert choose(setting, full, began_on="cuda") == Chosen(CPU, "the GPU (cuda) has no memory left")
    monkeypatch.setenv(DEVICE_VARIABLE, "cpu")  # the way on after one that was too small
    assert choose(setting, fine, began_on="cuda") == Chosen(CPU)

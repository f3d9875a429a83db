"""An accelerator that isn't there: tensors that say that they lie on it, computed on the CPU, strict as on a GPU.

Code under test takes the ways of a GPU: nothing may mix with the CPU's tensors, nothing has float64 or complex numbers
(as on Apple's MPS), nothing draws from the CPU's generator there. What the CPU has to wait for is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_iter, tree_map, tree_map_only
from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend

from explorer import devices

NAME = "pretend"
_LACKING = (torch.float64, torch.complex64, torch.complex128)
# Operations of a GPU's tensors whose result, or its size, the CPU has to know: it waits until all before is done.
_READS = ("_local_scalar_dense", "nonzero", "masked_select", "bincount", "_unique2", "equal", "is_nonzero")


class _Backend(_DummyBackendModule):
    """What torch asks of a device."""

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16]


# PyTorch's own way to a device that is written in Python: once a process, and before anything is differentiated, as
# that takes stock of the devices there are.
_setup_privateuseone_for_python_backend(NAME, _Backend())


class There(torch.Tensor):
    """What lies on the device: `inner` is the CPU's tensor that computes for it."""

    inner: Any
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> There:
        made = torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls, inner.size(), strides=inner.stride(), storage_offset=inner.storage_offset(), dtype=inner.dtype,
            layout=inner.layout, device=torch.device(NAME, 0),
        )  # fmt: skip
        made.inner = inner
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        raise AssertionError("used outside of `pretend`")


class Device(TorchDispatchMode):
    """While it is entered, there is such a device.

    Attributes
    ----------
    waits : list of str
        Operations for which the CPU had to wait, in order.
    refuses : callable
        Told the name of each operation on the device; returns what it raises, or None.
    spoils : str
        Name of an operation whose results are wrong.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []
        self.refuses: Callable[[str], Exception | None] = lambda name: None
        self.spoils = ""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = func.overloadpacket.__name__
        given = [t for t in tree_iter((args, kwargs)) if isinstance(t, torch.Tensor)]
        there = [t for t in given if isinstance(t, There)]
        asked = torch.device(kwargs["device"]).type if kwargs.get("device") is not None else None
        lands = bool(there) if asked is None else asked == NAME
        if not (there or lands):
            return func(*args, **kwargs)
        if error := self.refuses(name):
            raise error
        self._check(name, given, there, args, kwargs, lands)
        inner_args, inner = tree_map(_inside, (args, kwargs))
        if asked == NAME:
            inner["device"] = "cpu"
        made = func(*inner_args, **inner)
        if name == self.spoils:
            made = made.flip(0, 1)
        if name == "copy_" and not isinstance(args[0], There):
            return args[0]
        if not lands:
            return made
        made = tree_map_only(torch.Tensor, _outside, made)
        return return_and_correct_aliasing(func, args, kwargs, made) if there else made

    def _check(self, name: str, given: Any, there: Any, args: Any, kwargs: Any, lands: bool) -> None:
        moves = name in ("_to_copy", "copy_", "_pin_memory")
        if any(isinstance(each, torch.Generator) for each in tree_iter((args, kwargs))):
            raise RuntimeError(f"Expected a '{NAME}' device type for generator but found 'cpu'")
        if not moves and any(t.dim() and not isinstance(t, There) for t in given):
            raise RuntimeError(f"Expected all tensors to be on the same device: {name}")
        comes_or_goes = moves and (not lands or not there or not all(isinstance(t, There) for t in given))
        by_mask = name in ("index", "index_put_") and any(
            t.dtype == torch.bool for t in tree_iter(args[1]) if isinstance(t, torch.Tensor)
        )
        asynchronous = kwargs.get("non_blocking") or (name == "copy_" and len(args) > 2 and args[2])
        if name in _READS or by_mask or (comes_or_goes and not (lands and asynchronous)):
            self.waits.append(name)


def _inside(value: Any) -> Any:
    return value.inner if isinstance(value, There) else value


def _outside(made: torch.Tensor) -> There:
    if made.dtype in _LACKING:
        raise TypeError(f"Cannot convert a {NAME} tensor to {made.dtype}: the framework doesn't support it")
    return There(made)


@contextmanager
def accelerator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    """Let runs find it, and go on on the CPU after it."""
    monkeypatch.setattr(devices, "DEVICES", ("auto", "cpu", NAME))
    monkeypatch.setattr(devices, "ACCELERATORS", {NAME: lambda: False})
    with monkeypatch.context() as patch, Device() as device:
        patch.setattr(devices, "ACCELERATORS", {NAME: lambda: True})
        yield device

"""What notebooks hand in and get back, as `explorer.api` says: pictures and latents, NumPy arrays or torch tensors.

Of whatever else comes in it is said here what is wrong, and what would make it right.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.pixels import to_float, to_uint8
from explorer.units import SHAPE

Arrays = TypeVar("Arrays", np.ndarray, Tensor)


def pictures(images: Any) -> Tensor:
    """What networks take, float32 (N, 3, 32, 32), 0 to 1, of pictures.

    Raises
    ------
    ExplorerError
        If they are neither uint8 arrays (N, 32, 32, 3) nor float32 tensors (N, 3, 32, 32), 0 to 1, on the CPU.
    """
    return _taken(images, one=False)


def picture(image: Any) -> Tensor:
    """The same, (1, 3, 32, 32), of one picture, which has no dimension for their number."""
    return _taken(image[None] if isinstance(image, np.ndarray | Tensor) else image, one=True)


def latents(z: Any, width: int) -> Tensor:
    """float32 (N, width) of latents.

    Raises
    ------
    ExplorerError
        If they are neither float32 arrays nor tensors on the CPU, of another width, or not finite.
    """
    if isinstance(z, np.ndarray):
        if z.dtype != np.float32:
            raise ExplorerError(f"z is {z.dtype}", "Give float32: z.astype('float32').")
        z = torch.tensor(z)
    elif isinstance(z, Tensor):
        _check_tensor("the latents", z)
    else:
        raise ExplorerError(f"z is a {type(z).__name__}", "Give a NumPy array or a torch tensor, float32.")
    if z.ndim != 2 or z.shape[1] != width:
        advice = f"Give (N, {width}){': z[None] is one of them' if tuple(z.shape) == (width,) else ''}."
        raise ExplorerError(f"z is {tuple(z.shape)}", advice)
    if not z.isfinite().all():
        raise ExplorerError("z holds numbers that aren't finite", "Leave them out.")
    found: Tensor = z.detach()
    return found


def as_given(given: Arrays, found: Tensor) -> Arrays:
    """Latents as what was given."""
    return found.numpy() if isinstance(given, np.ndarray) else found


def painted(given: Arrays, found: Tensor) -> Arrays:
    """Pictures, float32 (N, 3, 32, 32), as what was given: tensors as they are, or clipped and rounded to uint8."""
    return to_uint8(found) if isinstance(given, np.ndarray) else found


def _taken(images: Any, one: bool) -> Tensor:
    if isinstance(images, np.ndarray):
        wanted: tuple[int, ...] = (*SHAPE[1:], 3)
        if images.dtype != np.uint8:
            advice = "Give uint8, 0 to 255: (255 * x).round().astype('uint8') of 0 to 1."
            raise ExplorerError(f"the images are {images.dtype}", advice)
    elif isinstance(images, Tensor):
        wanted = SHAPE
        _check_tensor("the images", images)
    else:
        given = type(images).__name__
        raise ExplorerError(f"the images are a {given}", "Give a NumPy array, uint8, or a torch tensor, float32.")
    if images.ndim != 4 or tuple(images.shape[1:]) != wanted:
        raise ExplorerError(*_wrong_shape(tuple(images.shape), wanted, one))
    if isinstance(images, np.ndarray):
        return to_float(images.transpose(0, 3, 1, 2))
    if images.numel() and not 0 <= images.min() <= images.max() <= 1:  # NaN neither
        low, high = images.min().item(), images.max().item()
        advice = "Give 0 to 1: x / 255 of 0 to 255, (x + 1) / 2 of -1 to 1."
        raise ExplorerError(f"the images are from {low:g} to {high:g}", advice)
    return images.detach().contiguous(memory_format=torch.channels_last)


def _wrong_shape(given: tuple[int, ...], wanted: tuple[int, ...], one: bool) -> tuple[str, str]:
    """What is wrong with a shape of pictures, and what to do."""
    lead = () if one else ("N",)
    said = f"({', '.join(map(str, (*lead, *wanted)))})"
    shown = given[1:] if one else given
    what = f"the {'image is' if one else 'images are'} {shown}"
    if given == wanted and not one:
        return what, f"Give {said}: x[None] is one of them."
    if sorted(given[1:]) == sorted(wanted):
        order = "2, 0, 1" if wanted[0] == 3 else "1, 2, 0"
        of_many = "0, 3, 1, 2" if wanted[0] == 3 else "0, 2, 3, 1"
        call = "permute" if wanted[0] == 3 else "transpose"
        return what, f"Give {said}: x.{call}({order if one else of_many})."
    return what, f"Give {said}: colour pictures of {SHAPE[1]} x {SHAPE[2]} pixels."


def _check_tensor(what: str, tensor: Tensor) -> None:
    if tensor.dtype != torch.float32:
        raise ExplorerError(f"{what} are {str(tensor.dtype).removeprefix('torch.')}", "Give float32: x.float().")
    if tensor.device.type != "cpu":
        raise ExplorerError(f"{what} are on {tensor.device}", "Give them on the CPU: x.cpu().")

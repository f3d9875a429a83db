"""Features of pictures, and the shipped net that finds them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes

from explorer import places
from explorer.analysis.features.net import WIDTHS, FeatureNet
from explorer.errors import ExplorerError
from explorer.files import write_bytes
from explorer.pixels import to_float

WEIGHTS = places.PROJECT / "models" / "features" / "cifar10.safetensors"
CARD = WEIGHTS.with_suffix(".json")
_BATCH = 250


def save(net: FeatureNet) -> None:
    """Write weights in half precision to where `load` finds them."""
    state = {k: (v.half() if v.is_floating_point() else v).contiguous() for k, v in net.state_dict().items()}
    WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(WEIGHTS, to_bytes(state, {"explorer": json.dumps({"features": "cifar10"})}))


def load() -> FeatureNet:
    """The shipped net, float32, in eval mode; ExplorerError if its file is missing or damaged."""
    try:
        state = load_file(WEIGHTS)
        net = FeatureNet()
        net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    except (OSError, SafetensorError, RuntimeError) as e:
        raise ExplorerError(f"{WEIGHTS.name} in models/features is missing or damaged: {e}", "Restore it.") from e
    return net.eval().requires_grad_(False)


@cache
def shipped() -> FeatureNet:
    """The shipped net, read once."""
    return load()


@cache
def digest() -> str:
    """SHA-256 of its file: features of other weights are other features."""
    return hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()


@torch.inference_mode()
def extract(pictures: np.ndarray, say: Callable[[int, int], None] = lambda done, of: None) -> np.ndarray:
    """Features of pictures, as people see them: in 8 bits a channel.

    Parameters
    ----------
    pictures : uint8 array (N, 3, 32, 32), or float array, 0..1, which is rounded to as much
    say : callable
        Hears how many of how many are done.

    Returns
    -------
    float32 array (N, 256)
        Zero or more; of a few tenths. About 1,400 pictures a second on one core.
    """
    net, found = shipped(), []
    for start in range(0, len(pictures), _BATCH):
        part = pictures[start : start + _BATCH]
        part = part if part.dtype == np.uint8 else np.rint(np.clip(part, 0, 1) * 255).astype(np.uint8)
        found.append(net.features(to_float(part)).numpy())
        say(start + len(part), len(pictures))
    return np.concatenate(found) if found else np.empty((0, WIDTHS[-1]), np.float32)

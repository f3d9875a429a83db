"""Weights and resume state on disk: safetensors only, written so that the last good checkpoint survives anything."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from explorer import nets
from explorer.errors import ExplorerError

KEEP = 2  # the newest, and the one before in case the newest proves unreadable


def save_weights(path: Path, net: nn.Module, metadata: dict[str, Any], dtype: torch.dtype = torch.float32) -> None:
    """Write a net's state as safetensors, floating-point tensors as `dtype`, `metadata` as JSON in the header."""
    state = {k: (v.to(dtype) if v.is_floating_point() else v).contiguous() for k, v in net.state_dict().items()}
    _save(path, state, metadata)


def load_weights(path: Path) -> tuple[nn.Module, dict[str, Any]]:
    """Read what `save_weights` wrote: (net in eval mode, float32; metadata).

    Raises
    ------
    ExplorerError
        If the file is missing, torn, or does not fit the architecture that it names.
    """
    tensors, metadata = _load(path)
    try:
        net = nets.build(metadata["family"], metadata["latent_dim"], **metadata.get("options", {}))
        net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in tensors.items()})
    except (KeyError, TypeError, RuntimeError) as e:
        raise ExplorerError(f"{path.name} does not fit its architecture: {e}", "Choose another model.") from e
    return net.eval(), metadata


def save_checkpoint(
    folder: Path, net: nn.Module, optimisers: list[torch.optim.Optimizer], metadata: dict[str, Any], rng: Tensor
) -> None:
    """Write `folder/step_N/` with weights and resume state, then drop all but the newest `KEEP`.

    The files are written aside, synced and renamed as one folder: a kill at any moment leaves the last good one.

    Raises
    ------
    OSError
        If it can't be written; what was written of it is removed.
    """
    final = folder / f"step_{metadata['step']:08d}"
    if final.is_dir():
        return
    for torn in folder.glob(".step_*"):  # by a kill
        shutil.rmtree(torn)
    state: dict[str, Tensor] = {"rng": rng}
    for i, optimiser in enumerate(optimisers):
        for j, entries in optimiser.state_dict()["state"].items():
            state |= {f"{i}.{j}.{k}": torch.as_tensor(v).contiguous() for k, v in entries.items()}
    aside = folder / f".{final.name}"
    aside.mkdir()
    try:
        save_weights(aside / "weights.safetensors", net, metadata)
        _save(aside / "resume.safetensors", state, metadata)
        os.rename(aside, final)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)  # a full disk gets its space back
        raise
    _sync(folder)
    for old in list_checkpoints(folder)[:-KEEP]:
        shutil.rmtree(old)


def load_resume_state(checkpoint: Path, optimisers: list[torch.optim.Optimizer]) -> tuple[Tensor, dict[str, Any]]:
    """Restore the optimisers in place; returns (state of the noise generator, metadata)."""
    tensors, metadata = _load(checkpoint / "resume.safetensors")
    for i, optimiser in enumerate(optimisers):
        stored = optimiser.state_dict()
        stored["state"] = {}
        parameters = [p for group in optimiser.param_groups for p in group["params"]]
        for key, value in tensors.items():
            if key.startswith(f"{i}."):
                _, j, name = key.split(".", 2)
                like = parameters[int(j)]
                if value.shape == like.shape:  # fused AdamW walks through memory: averages must lie as weights do
                    value = torch.empty_like(like).copy_(value)
                stored["state"].setdefault(int(j), {})[name] = value
        optimiser.load_state_dict(stored)
    return tensors["rng"], metadata


def list_checkpoints(folder: Path) -> list[Path]:
    """Checkpoint folders, by step."""
    return sorted(folder.glob("step_*"))


def latest_readable(folder: Path) -> Path | None:
    """The newest checkpoint whose files are whole, or None."""
    for checkpoint in reversed(list_checkpoints(folder)):
        try:
            for name in ("weights", "resume"):
                _load(checkpoint / f"{name}.safetensors")
        except ExplorerError:
            continue
        return checkpoint
    return None


def drop_after(folder: Path, checkpoint: Path) -> None:
    """Remove checkpoints of later steps, which proved unreadable, so that they can be written again."""
    for later in list_checkpoints(folder):
        if later.name > checkpoint.name:
            shutil.rmtree(later)


def _save(path: Path, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> None:
    with open(path, "wb") as file:
        file.write(save(tensors, metadata={"explorer": json.dumps(metadata)}))
        file.flush()
        os.fsync(file.fileno())


def _load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = json.loads((file.metadata() or {})["explorer"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
            return tensors, metadata
    except (OSError, SafetensorError, KeyError, json.JSONDecodeError) as e:
        raise ExplorerError(f"{path.name} is missing or damaged: {e}", "Choose another model or checkpoint.") from e


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

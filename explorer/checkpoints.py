"""Weights and resume state on disk: safetensors only, written so that the last good checkpoint survives anything."""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from explorer import files, nets, priors, weights
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.priors.base import Prior
from explorer.runs.folder import by_step, step_folder
from explorer.weights import architecture, prior_settings

T = TypeVar("T", Net, Prior)
Trained = Net | Prior  # what a file of weights may be of

RESUMABLE = 2  # newest checkpoints that keep their resume state: the second is there in case the first is unreadable
MOST = 12  # checkpoints that a run keeps, those included: older ones have only weights, to branch from
_MOVING = "net."  # what names of weights begin with in the resume state


def save_weights(path: Path, net: Trained, metadata: dict[str, Any], dtype: torch.dtype = torch.float32) -> None:
    """Write what is trained as safetensors: its state, real numbers as `dtype`, its settings and `metadata` as JSON."""
    state = {k: (v.to(dtype) if v.is_floating_point() else v).contiguous() for k, v in net.state_dict().items()}
    _save(path, state, net.settings | metadata)


def load_weights(path: Path) -> tuple[Net, dict[str, Any]]:
    """Read what `save_weights` wrote: (net in eval mode, float32; its settings and metadata).

    Raises
    ------
    ExplorerError
        If the file is missing, torn, or does not fit the architecture that it names.
    """
    tensors, metadata = _load(path)
    family, latent_dim, options = architecture(metadata, path.name)
    net: Net = _filled(path, tensors, lambda: nets.build(family, latent_dim, **options))
    return net, metadata


def load_prior(path: Path) -> tuple[Prior, dict[str, Any]]:
    """The same of a prior."""
    tensors, metadata = _load(path)
    settings = prior_settings(metadata, path.name)
    prior: Prior = _filled(path, tensors, lambda: priors.from_settings(settings))
    return prior, metadata


def load(path: Path) -> tuple[Trained, dict[str, Any]]:
    """Whatever it is of."""
    return load_prior(path) if "prior" in weights.metadata(path) else load_weights(path)


def _filled(path: Path, tensors: Mapping[str, Tensor], build: Callable[[], T]) -> T:
    """What is built, with tensors as its state, in eval mode."""
    try:
        net = build()
        own = net.state_dict()
        if other := [name for name in own.keys() & tensors.keys() if not _alike(own[name], tensors[name])]:
            raise TypeError(f"{min(other)} is of {tensors[min(other)].dtype}")
        net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in tensors.items()})
    except (TypeError, ValueError, RuntimeError) as e:
        raise ExplorerError(f"{path.name} does not fit its architecture: {e}", "Choose another model.") from e
    return net.eval()


def _alike(own: Tensor, other: Tensor) -> bool:
    """Whether both are real numbers, or both whole ones."""
    return own.is_floating_point() == other.is_floating_point() and own.is_complex() == other.is_complex()


def save_checkpoint(
    folder: Path,
    net: Trained,
    optimisers: list[torch.optim.Optimizer],
    metadata: dict[str, Any],
    rng: Tensor,
    *,
    moving: Trained | None = None,
    spared: int | None = None,
) -> None:
    """Write `folder/step_N/` with weights and resume state, then thin the older ones, but for the one of step `spared`.

    With `moving`, `net` is an average of its weights, and training goes on with `moving`. The files are written aside,
    synced and renamed as one folder: a kill at any moment leaves the last good one. All but the newest `RESUMABLE` lose
    their resume state, two thirds of their size, and only `thinned` ones stay.

    Raises
    ------
    OSError
        If it can't be written; what was written of it is removed.
    """
    final = folder / step_folder(metadata["step"])
    if final.is_dir():
        return
    for torn in folder.glob(".*step_*"):  # by a kill, or left because somebody had it open
        files.clear(torn)
    state: dict[str, Tensor] = {"rng": rng}
    if moving:
        state |= {f"{_MOVING}{name}": value.contiguous() for name, value in moving.state_dict().items()}
    for i, optimiser in enumerate(optimisers):
        for j, entries in optimiser.state_dict()["state"].items():
            state |= {f"{i}.{j}.{k}": torch.as_tensor(v).contiguous() for k, v in entries.items()}
    aside = folder / f".{final.name}.{secrets.token_hex(4)}"
    aside.mkdir()
    try:
        save_weights(aside / "weights.safetensors", net, metadata)
        _save(aside / "resume.safetensors", state, metadata)
        files.rename(aside, final)
    except OSError:
        files.clear(aside)  # a full disk gets its space back
        raise
    files.sync_folder(folder)
    _thin(folder, spared)


def thinned(steps: Sequence[int], most: int = MOST) -> list[int]:
    """Which of ascending steps with a checkpoint to keep: at most `most`, spread over the whole run.

    One at a time goes the one whose neighbours stand closest together, of equals the oldest; the first and the newest
    `RESUMABLE` stay. Called at each checkpoint of a run, this keeps all gaps within a few times of each other, whether
    the run takes minutes or months, and knows nothing of its length.
    """
    kept = list(steps)
    while len(kept) > most:
        inner = range(1, len(kept) - RESUMABLE)
        del kept[min(inner, key=lambda i: kept[i + 1] - kept[i - 1])]
    return kept


def load_resume_state(
    checkpoint: Path, optimisers: list[torch.optim.Optimizer], moving: Trained | None = None
) -> tuple[Tensor, dict[str, Any]]:
    """Restore the optimisers in place, and what was `moving`; returns (state of the noise generator, metadata).

    Raises
    ------
    ExplorerError
        If the file is missing, torn, or of other optimisers.
    """
    path = checkpoint / "resume.safetensors"
    tensors, metadata = _load(path)
    try:
        _restore(optimisers, tensors)
        if moving:
            moving.load_state_dict(
                {name.removeprefix(_MOVING): value for name, value in tensors.items() if name.startswith(_MOVING)}
            )
        return tensors["rng"], {**metadata, "step": metadata["step"]}
    except (KeyError, IndexError, ValueError, TypeError, RuntimeError) as e:
        raise ExplorerError(f"{path.name} does not fit its run: {e!r}", "Delete that checkpoint.") from e


def _restore(optimisers: list[torch.optim.Optimizer], tensors: Mapping[str, Tensor]) -> None:
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


def list_checkpoints(folder: Path) -> list[Path]:
    """Checkpoint folders, by step."""
    return [Path(path) for _, path in by_step(folder)]


def latest_readable(folder: Path) -> Path | None:
    """The newest checkpoint that a run can resume from, weights and resume state whole, or None."""
    for checkpoint in reversed(list_checkpoints(folder)):
        try:
            for name in ("resume", "weights"):
                _load(checkpoint / f"{name}.safetensors")
        except ExplorerError:
            continue
        return checkpoint
    return None


def drop_after(folder: Path, checkpoint: Path | None) -> None:
    """Remove checkpoints of later steps than one's, or all: the run resumes there and writes them again."""
    for later in list_checkpoints(folder):
        if checkpoint is None or later.name > checkpoint.name:
            files.remove_folder(later)


def _thin(folder: Path, spared: int | None) -> None:
    known = {step: Path(path) for step, path in by_step(folder) if step != spared}
    for path in list(known.values())[:-RESUMABLE]:
        files.remove(path / "resume.safetensors", news=True)
    for step in known.keys() - set(thinned(list(known))):
        files.remove_folder(known[step], news=True)  # the next thinning finds what stays


def _save(path: Path, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> None:
    text = json.dumps(metadata)
    tensors = {name: tensor.cpu() for name, tensor in tensors.items()}
    with files.written_out(path) as file:
        file.write(save(tensors, metadata={"explorer": text, "checksum": _checksum(tensors, text)}))


def _load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            metadata = weights.parsed(path.name, header)
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
        if header.get("checksum", "") not in (
            "",
            _checksum(tensors, header["explorer"]),
        ):  # those from elsewhere have none
            raise SafetensorError("its checksum differs")
        return tensors, metadata
    except (OSError, SafetensorError, TypeError, ValueError) as e:  # the last two: of a dtype that torch doesn't know
        raise ExplorerError(f"{path.name} is missing or damaged: {e}", weights.ADVICE) from e


def _checksum(tensors: Mapping[str, Tensor], text: str) -> str:
    """CRC-32 of the metadata and of each tensor's name, type, shape and values: safetensors itself checks no bytes."""
    crc = zlib.crc32(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        crc = zlib.crc32(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode(), crc)
        crc = zlib.crc32(tensor.cpu().numpy().data, crc)
    return f"{crc:08x}"

"""Weights from elsewhere: a state dict, out of a file that may be anything. Nothing in it is executed.

PyTorch's files are zip archives of a pickle, that names the tensors, and of their bytes as they are. The pickle is read
with `weights_only`, which makes tensors and containers and refuses all else. What would make much of little is refused
before: archives whose parts are packed or lie over each other, and the formats from before zip, whose pickle says how
much memory to take.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.files import explained, read_bytes

MOST_BYTES = 256 << 20  # of a file: conv_vae of 512 dimensions with the state of its optimiser has 134 MB
_MOST_PARTS, _MOST_PICKLE = 10_000, 16 << 20
_SAVE = 'Save its weights alone: torch.save(model.state_dict(), "weights.pt").'
_NESTED = ("state_dict", "model_state_dict", "model", "net", "weights")  # what training scripts call it in a checkpoint
_TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_COUNTER = "num_batches_tracked"  # of batch norm; older files have none, and nothing that we do heeds it
_NAMED = 6  # layers that an error names, of a kind
_OTHERS = {  # first bytes of files of others
    b"\x89HDF\r\n\x1a\n": "an HDF5 file, as Keras writes",
    b"\x93NUMPY": "an array of NumPy's",
    b"GGUF": "a GGUF file, as llama.cpp reads",
    b"\x1f\x8b": "packed by gzip",
    b"\x80": "a bare pickle, as pickle.dump and PyTorch before 1.6 write",
}
_SUFFIXES = {".onnx": "an ONNX file", ".pb": "a graph of TensorFlow's", ".msgpack": "a file of Flax's"}


def read(path: Path, most: int = MOST_BYTES) -> bytes:
    """The bytes of a file; ExplorerError if it is none, or has more than `most`."""
    if path.is_dir():
        raise ExplorerError(f"{path} is a folder", "Give the file in it.")
    with explained(f"{path} can't be read", path, done="read"):
        size = path.stat().st_size
        if size > most:
            raise _too_large(path.name, size, most)
        return read_bytes(path, most)


def parse(content: bytes, name: str) -> dict[str, Tensor]:
    """The state dict in a file of PyTorch's, or of safetensors: tensors of any shapes, which may share memory.

    A checkpoint that holds it as "state_dict" or "model_state_dict" will do.

    Raises
    ------
    ExplorerError
        If the file is of another kind, damaged or too large, or holds anything but tensors.
    """
    if len(content) > MOST_BYTES:
        raise _too_large(name, len(content))
    if not content:
        raise ExplorerError(f"{name} is empty", "Copy it again.")
    if content[8:9] == b"{":
        found: Any = _of_safetensors(content, name)
    elif content[:2] == b"PK":
        _check_archive(content, name)
        found = _of_torch(content, name)
    else:
        is_ = next((what for start, what in _OTHERS.items() if content.startswith(start)), "")
        is_ = is_ or _SUFFIXES.get(Path(name).suffix.lower(), "")
        raise ExplorerError(f"{name} is {is_ or 'no file of weights that is known here'}", _SAVE)
    return _state_dict(found, name)


def metadata(content: bytes) -> dict[str, str]:
    """What a safetensors file says beside its tensors; nothing of other files."""
    try:
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")]) if content[8:9] == b"{" else {}
        said = header.get("__metadata__", {})
        return {str(key): str(value) for key, value in said.items()}
    except (ValueError, AttributeError, RecursionError, OverflowError):
        return {}


def without_prefix(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The same, without what stands before `name` in all their names: "module." of DataParallel, "model."..."""
    prefixes = [each[: -len(name)] for each in tensors if each.endswith(f".{name}")]
    if name in tensors or len(prefixes) != 1:
        return dict(tensors)
    return {each.removeprefix(prefixes[0]): tensor for each, tensor in tensors.items()}


def fitted(tensors: Mapping[str, Tensor], own: Mapping[str, Tensor], name: str, to: str) -> dict[str, Tensor]:
    """A state dict as a net with the state `own` loads it: reals in float32.

    Raises
    ------
    ExplorerError
        If it has others, none, or more than the net has; it names which, with the shapes. If any isn't real or finite.
    """
    needed = {key for key in own if not key.endswith(_COUNTER)}
    shapes = [
        f"{key} is {size(tensors[key])} and should be {size(own[key])}"
        for key in own
        if key in tensors and tensors[key].shape != own[key].shape
    ]
    types = [
        f"{key} is of {str(tensors[key].dtype).removeprefix('torch.')}"
        for key in own
        if key in tensors and own[key].is_floating_point() and tensors[key].dtype not in _TYPES
    ]
    problems = {
        "wrong shapes": shapes,
        "not there": [key for key in own if key in needed - tensors.keys()],
        "more than it has": [key for key in tensors if key not in own],
        "not of real numbers": types,
    }
    wrong = "; ".join(f"{what}: {_first(names)}" for what, names in problems.items() if names)
    if wrong:
        raise ExplorerError(
            f"{name} doesn't fit {to}. {wrong}",
            "Images here are 3 x 32 x 32. Of a net with other layers give the code, too: "
            "python -m explorer import FILE --code FILE.py.",
        )
    whole = {key: value.clone() for key, value in own.items() if key not in tensors}
    whole |= {key: _like(tensors[key], own[key]) for key in own if key in tensors}
    broken = [key for key, value in whole.items() if value.is_floating_point() and not value.isfinite().all()]
    if broken:
        raise ExplorerError(
            f"{name} has weights that are no numbers (NaN or infinite): {_first(broken)}",
            "Its training has diverged: save an earlier checkpoint.",
        )
    return whole


def size(tensor: Tensor) -> str:
    """A shape in words: "96 x 3 x 3 x 3"."""
    return " x ".join(map(str, tensor.shape)) or "one number"


def _like(tensor: Tensor, own: Tensor) -> Tensor:
    return tensor.detach().to(torch.float32 if own.is_floating_point() else own.dtype).contiguous()


def _first(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(each[:120] for each in names[:_NAMED]) + more


def _too_large(name: str, size: int, most: int = MOST_BYTES) -> ExplorerError:
    return ExplorerError(f"{name} has {size / 1e6:,.0f} MB", f"At most {most / 1e6:,.0f} MB are read. {_SAVE}")


def _of_safetensors(content: bytes, name: str) -> Any:
    try:
        return safetensors.torch.load(content)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as e:
        raise ExplorerError(f"{name} is cut off or damaged: {e}", "Copy it again.") from e


def _check_archive(content: bytes, name: str) -> None:
    """Whether an archive can be one of PyTorch's, and unpacks to no more than it has."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as e:
        raise ExplorerError(f"{name} is cut off or damaged: {e}", "Copy it again.") from e
    names = [part.filename for part in parts]
    pickles = [part for part in parts if part.filename.endswith("/data.pkl")]
    if any(each.endswith(".npy") for each in names):
        raise ExplorerError(f"{name} is an archive of NumPy's", _SAVE)
    if any(each.endswith(".h5") for each in names):
        raise ExplorerError(f"{name} is a model of Keras's", _SAVE)
    if any("/code/" in each for each in names):
        raise ExplorerError(f"{name} is a program of TorchScript's, and no state dict", _SAVE)
    if len(pickles) != 1:
        raise ExplorerError(f"{name} is an archive, and none of PyTorch's", "Unpack it, and give the file of weights.")
    unpacked = sum(part.file_size for part in parts)
    packed = any(part.compress_type != zipfile.ZIP_STORED for part in parts)
    if packed or unpacked > len(content) or len(parts) > _MOST_PARTS or pickles[0].file_size > _MOST_PICKLE:
        raise ExplorerError(
            f"{name} has {len(content) / 1e6:,.1f} MB and would unpack to {unpacked / 1e6:,.0f} MB in {len(parts):,} "
            "parts, as no file of PyTorch's does",
            _SAVE,
        )


def _of_torch(content: bytes, name: str) -> Any:
    try:
        objects = torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(content))
        if not objects:
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as e:
        first = str(e).splitlines()[0] if str(e) else type(e).__name__
        raise ExplorerError(f"{name} can't be read: {first[:200]}", f"It may be damaged: copy it again. {_SAVE}") from e
    objects.sort(key=lambda each: each.startswith("torch."))  # those of the person first
    raise ExplorerError(f"{name} holds a whole model or other objects ({_first(objects)}), not just weights", _SAVE)


def _state_dict(found: Any, name: str) -> dict[str, Tensor]:
    if isinstance(found, Mapping) and not any(isinstance(value, Tensor) for value in found.values()):
        found = next((found[key] for key in _NESTED if isinstance(found.get(key), Mapping)), found)
    if not isinstance(found, Mapping):
        raise ExplorerError(f"{name} holds {_kind(found)}, and no state dict", _SAVE)
    if not found:
        raise ExplorerError(f"{name} holds no weights at all", _SAVE)
    for key, value in found.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise ExplorerError(f"{name} holds {_kind(value)} as {str(key)[:60]!r}, where weights should be", _SAVE)
        if value.layout != torch.strided or value.device.type != "cpu" or value.is_quantized or value.is_nested:
            raise ExplorerError(
                f"{key[:120]} in {name} is {'quantised' if value.is_quantized else 'no plain tensor'}",
                f"Load it where it was made, and make all weights plain ones in float32. {_SAVE}",
            )
    return dict(found)


def _kind(value: Any) -> str:
    return "a tensor" if isinstance(value, Tensor) else f"a {type(value).__name__}"

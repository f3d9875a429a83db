"""The files that make a CIFAR-10, in either of the two layouts that its authors offer: what each holds.

- python: {data_batch_1..5, test_batch, batches.meta}, pickles written by Python 2
- binary: {data_batch_1..5.bin, test_batch.bin, batches.meta.txt}, rows of 1 label + 3072 pixels
"""

from __future__ import annotations

import io
import pickle
from typing import ClassVar, Literal

import numpy as np

from explorer.errors import ExplorerError

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
ROW = 3 * 32 * 32

Layout = Literal["python", "binary"]
LAYOUTS: tuple[Layout, ...] = ("python", "binary")
BATCHES: dict[Layout, tuple[str, ...]] = {
    "python": (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"),
    "binary": (*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin"),
}
META: dict[Layout, str] = {"python": "batches.meta", "binary": "batches.meta.txt"}
FILES: dict[Layout, tuple[str, ...]] = {layout: (*BATCHES[layout], META[layout]) for layout in LAYOUTS}
Batch = tuple[np.ndarray, np.ndarray]  # images, uint8 (n, 3, 32, 32), RGB, and labels, int64 (n,)


def batch(name: str, content: bytes, layout: Layout) -> Batch:
    """The images and labels of a file.

    Raises
    ------
    ExplorerError
        If it is cut short, or holds anything but images and labels.
    """
    return _python(name, content) if layout == "python" else _binary(name, content)


def _binary(name: str, content: bytes) -> tuple[np.ndarray, np.ndarray]:
    if not content or len(content) % (1 + ROW):
        raise ExplorerError(
            f"{name} has {len(content):,} bytes, not a multiple of {1 + ROW}", "It was cut short: fetch it again."
        )
    rows = np.frombuffer(content, np.uint8).reshape(-1, 1 + ROW)
    return _images(name, rows[:, 1:]), _labels(name, rows[:, 0], len(rows))


def _python(name: str, content: bytes) -> tuple[np.ndarray, np.ndarray]:
    batch = _unpickle(name, content)
    matrix, labels = batch.get("data"), batch.get("labels")
    if not isinstance(matrix, _Array) or matrix.values.ndim != 2 or matrix.values.shape[1] != ROW:
        raise ExplorerError(f"{name} holds no matrix of {ROW} columns named data", "Fetch the data set again.")
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise ExplorerError(f"{name} holds no list of whole numbers named labels", "Fetch the data set again.")
    return _images(name, matrix.values), _labels(name, labels, len(matrix.values))


def _images(name: str, rows: np.ndarray) -> np.ndarray:
    if not len(rows):
        raise ExplorerError(f"{name} holds no images", "Fetch the data set again.")
    return rows.reshape(-1, 3, 32, 32)


def _labels(name: str, labels: np.ndarray | list[int], count: int) -> np.ndarray:
    if len(labels) != count or min(labels) < 0 or max(labels) >= len(CLASS_NAMES):
        raise ExplorerError(
            f"{name} has {len(labels):,} labels from {min(labels, default=0)} to {max(labels, default=0)} "
            f"for {count:,} images",
            f"Each image needs one label from 0 to {len(CLASS_NAMES) - 1}: fetch the data set again.",
        )
    return np.asarray(labels, dtype=np.int64)


def class_names(content: bytes, layout: Layout) -> tuple[str, ...]:
    """What the file of names says, of which an ExplorerError is raised if it is damaged; empty if it says nothing."""
    names = content.split() if layout == "binary" else _unpickle(META[layout], content).get("label_names")
    return tuple(_text(name) for name in names) if isinstance(names, list) else ()


def _text(key: object) -> str:
    return key.decode("latin-1") if isinstance(key, bytes) else str(key)


class _Array:
    """What an ndarray in a pickle becomes: the matrix of bytes that CIFAR-10 holds, or nothing.

    NumPy's own unpickling trusts the dtype and flags that a file gives it, so NumPy never sees them: the file's calls
    land here, where only uint8 passes.
    """

    values: np.ndarray = np.empty(0, np.uint8)

    def __init__(self, *_args: object) -> None:
        pass

    def __setstate__(self, state: tuple[int, tuple[int, ...], object, bool, bytes]) -> None:
        _version, shape, dtype, fortran, raw = state
        if not isinstance(dtype, _Uint8) or not isinstance(raw, bytes):
            raise pickle.UnpicklingError("an array of something other than bytes")
        self.values = np.frombuffer(raw, np.uint8).reshape(shape, order="F" if fortran else "C")


class _Uint8:
    """What a dtype in a pickle becomes: uint8, or an error."""

    def __init__(self, code: object, *_args: object) -> None:
        if _text(code) != "u1":
            raise pickle.UnpicklingError(f"an array of dtype {_text(code)!r}")

    def __setstate__(self, _state: object) -> None:
        pass


class _Unpickler(pickle.Unpickler):
    """Reads dicts, lists, numbers, strings and arrays of uint8; the four names below are all that a file may name."""

    admitted: ClassVar = {
        ("numpy.core.multiarray", "_reconstruct"): _Array,
        ("numpy._core.multiarray", "_reconstruct"): _Array,  # NumPy 2's name of the same
        ("numpy", "ndarray"): _Array,
        ("numpy", "dtype"): _Uint8,
    }

    def find_class(self, module: str, name: str) -> type:
        try:
            return self.admitted[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None


def _unpickle(name: str, content: bytes) -> dict[str, object]:
    try:
        unpickled = _Unpickler(io.BytesIO(content), encoding="bytes").load()
    except (  # what the pickle module lists for damaged data, and what the stand-ins above answer with
        pickle.UnpicklingError,
        AttributeError,
        EOFError,
        ImportError,
        IndexError,
        KeyError,
        MemoryError,
        OverflowError,
        TypeError,
        ValueError,
    ) as error:
        raise ExplorerError(
            f"{name} is refused: {error or type(error).__name__}",
            "It is damaged, or not the official file. Nothing in it was run. Fetch the data set again.",
        ) from error
    if not isinstance(unpickled, dict):
        raise ExplorerError(f"{name} holds a {type(unpickled).__name__}, not a dict", "Fetch the data set again.")
    return {_text(key): value for key, value in unpickled.items()}

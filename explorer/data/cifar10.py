"""CIFAR-10 (Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images", chapter 3).

60,000 photographs of 32x32 pixels in ten classes, from https://www.cs.toronto.edu/~kriz/cifar.html, in either of the
two layouts offered there, unpacked or still in its archive:

- python: cifar-10-batches-py/{data_batch_1..5, test_batch, batches.meta}, pickles written by Python 2
- binary: cifar-10-batches-bin/{data_batch_1..5.bin, test_batch.bin, batches.meta.txt}, rows of 1 label + 3072 pixels

An archive is never unpacked: its members are read by name, so links and odd paths in it have nothing to act on.
"""

from __future__ import annotations

import io
import os
import pickle
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar, Literal

import numpy as np

from explorer import places
from explorer.data.imageset import ImageSet
from explorer.data.source import Source
from explorer.errors import ExplorerError

ENVIRONMENT_VARIABLE = "VAE_EXPLORER_CIFAR10"
CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
ROW = 3 * 32 * 32
TRAIN_SHARE = 0.8  # the seed notebook's: the first 80 % of data_batch_1..5 train, the last 20 % validate
MAX_FILE_BYTES = 64 << 20  # of a batch, beyond which it isn't read; an official one has 31 MB
MAX_ARCHIVE_BYTES = 512 << 20  # of an archive's unpacked content, at most; the official ones unpack to 186 MB

Layout = Literal["python", "binary"]
LAYOUTS: tuple[Layout, ...] = ("python", "binary")
FOLDERS: dict[Layout, str] = {"python": "cifar-10-batches-py", "binary": "cifar-10-batches-bin"}
ARCHIVES: dict[Layout, str] = {"python": "cifar-10-python.tar.gz", "binary": "cifar-10-binary.tar.gz"}
BATCHES: dict[Layout, tuple[str, ...]] = {
    "python": (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"),
    "binary": (*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin"),
}
META: dict[Layout, str] = {"python": "batches.meta", "binary": "batches.meta.txt"}


@dataclass(frozen=True)
class Location:
    """Where a CIFAR-10 lies: a folder of batches or an archive, and in which layout."""

    path: Path
    layout: Layout

    @property
    def is_archive(self) -> bool:
        return self.path.is_file()

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the seven files that make the set."""
        return (*BATCHES[self.layout], META[self.layout])


def find(path: str | None = None) -> Location | None:
    """Look for CIFAR-10 at `path`, else where VAE_EXPLORER_CIFAR10 points, else in data/: see `explorer.places`.

    Parameters
    ----------
    path : str, optional
        A folder of batches, an archive of either layout, or the folder that holds one of them.

    Returns
    -------
    Location or None
        A complete set before an incomplete one (`load` says what it lacks), a folder before an archive.

    Raises
    ------
    ExplorerError
        If the place can't be looked at (no permission, no possible path).
    """
    found: list[Location] = []
    for place in _looked_at(path):
        try:
            found += _locations(place)
            for location in found:
                if location.is_archive or all((location.path / name).is_file() for name in location.files):
                    return location
        except OSError as error:
            what = f"{place} can't be read: {error.strerror}"
            raise ExplorerError(what, "Point to a folder you may read.") from error
    return found[0] if found else None


def data_folder() -> Path:
    """Where it is fetched to: where VAE_EXPLORER_CIFAR10 points, or else data/ as of `explorer.places`."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    return Path(named).expanduser() if named else places.kept("data")


def _looked_at(path: str | None) -> list[Path]:
    if path or os.environ.get(ENVIRONMENT_VARIABLE):
        return [Path(path).expanduser() if path else data_folder()]
    return [data_folder(), *places.read_too("data")]


def _locations(place: Path) -> Iterator[Location]:
    if place.is_file():
        layout = _archive_layout(place)
        if layout is not None:
            yield Location(place, layout)
        return
    for layout in LAYOUTS:
        for folder in (place, place / FOLDERS[layout]):
            if any((folder / name).is_file() for name in BATCHES[layout]):
                yield Location(folder, layout)
    for layout in LAYOUTS:
        if (place / ARCHIVES[layout]).is_file():
            yield Location(place / ARCHIVES[layout], layout)


def _archive_layout(archive: Path) -> Layout | None:
    """The layout of an archive, by its name, else by the first file in it that belongs to a layout."""
    for layout in LAYOUTS:
        if archive.name == ARCHIVES[layout]:
            return layout
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                parts = PurePosixPath(member.name).parts
                for layout in LAYOUTS:
                    if FOLDERS[layout] in parts:
                        return layout
                if member.offset > MAX_ARCHIVE_BYTES:
                    return None
    except (tarfile.TarError, EOFError, zlib.error, OSError):
        return None
    return None


def load(path: str | None = None, seed: int = 0) -> ImageSet:
    """CIFAR-10 whole: first 80 % of data_batch_1..5 train, last 20 % validate, test_batch tests.

    Parameters
    ----------
    path : str, optional
        As for `find`.
    seed : int
        Not used: the split is the data set's own.

    Raises
    ------
    ExplorerError
        If it isn't there, or a file is missing, truncated, of another size, or holds anything but images and labels.
    """
    location = find(path)
    if location is None:
        raise ExplorerError(
            f"No CIFAR-10 in {' nor in '.join(map(str, _looked_at(path)))}",
            f"`python -m explorer download` fetches it; or point to {FOLDERS['python']}, {FOLDERS['binary']}, "
            "one of their archives, or the folder that holds them.",
        )
    return read(location)


def read(location: Location) -> ImageSet:
    """The set at a known place; errors as for `load`."""
    names, meta = BATCHES[location.layout], META[location.layout]
    parse = _parse_python if location.layout == "python" else _parse_binary
    parsed: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    class_names: tuple[str, ...] = ()
    for name, content in read_files(location):
        if name == meta:
            class_names = _class_names(content, location.layout)
        else:
            parsed[name] = parse(name, content)
    if class_names != CLASS_NAMES:
        raise ExplorerError(
            f"{meta} names the classes {', '.join(class_names) or 'not at all'}",
            f"CIFAR-10's are {', '.join(CLASS_NAMES)}. Own images go into a folder: choose the source Folder.",
        )
    counts = {name: len(parsed[name][1]) for name in names}
    if len(set(counts.values())) != 1:
        raise ExplorerError(
            "CIFAR-10's files differ in their number of images: "
            + ", ".join(f"{name} has {count:,}" for name, count in counts.items()),
            "Officially each has 10,000. Fetch the data set again.",
        )
    images = np.concatenate([parsed[name][0] for name in names])
    labels = np.concatenate([parsed[name][1] for name in names])
    n_test = counts[names[-1]]
    n_batches = len(images) - n_test
    n_train = int(TRAIN_SHARE * n_batches)
    return ImageSet(
        source="cifar10",
        name="CIFAR-10",
        images=images,
        labels=labels,
        class_names=class_names,
        splits={
            "train": np.arange(n_train),
            "validation": np.arange(n_train, n_batches),
            "test": np.arange(n_batches, n_batches + n_test),
        },
        note=f"{len(images):,} photographs in ten classes (Krizhevsky 2009), read from {location.path.name}.",
    )


def read_files(location: Location) -> Iterator[tuple[str, bytes]]:
    """Name and content of the seven files of a set, from its folder or archive, in whatever order they lie there.

    Raises
    ------
    ExplorerError
        If one is missing, larger than any official file, or can't be read; if the archive is damaged.
    """
    missing = set(location.files)
    try:
        for name, content in _archive_files(location) if location.is_archive else _folder_files(location):
            missing.discard(name)
            yield name, content
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise ExplorerError(
            f"{location.path} is damaged or not complete: {error}", "Delete it and fetch it again."
        ) from error
    except OSError as error:
        raise ExplorerError(f"{location.path} can't be read: {error}", "Check the file, or fetch it again.") from error
    if missing:
        raise ExplorerError(
            f"CIFAR-10 in {location.path} lacks {', '.join(sorted(missing))}",
            "Fetch the data set again, or point to a complete one.",
        )


def _folder_files(location: Location) -> Iterator[tuple[str, bytes]]:
    for name in location.files:
        file = location.path / name
        if file.is_file():
            _check_size(name, file.stat().st_size)
            yield name, file.read_bytes()


def _archive_files(location: Location) -> Iterator[tuple[str, bytes]]:
    wanted = {f"{FOLDERS[location.layout]}/{name}": name for name in location.files}
    with tarfile.open(location.path, "r:gz") as tar:
        for member in tar:
            if member.offset > MAX_ARCHIVE_BYTES:
                raise ExplorerError(
                    f"{location.path} unpacks to more than {MAX_ARCHIVE_BYTES >> 20} MB", "It can't be CIFAR-10."
                )
            name = wanted.get(str(PurePosixPath(member.name)))
            if name is None or not member.isreg():
                continue
            _check_size(name, member.size)
            file = tar.extractfile(member)
            if file is not None:
                del wanted[str(PurePosixPath(member.name))]
                yield name, file.read()
            if not wanted:
                return


def _check_size(name: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise ExplorerError(f"{name} has {size:,} bytes", f"No file of CIFAR-10 has more than {MAX_FILE_BYTES:,}.")


def _parse_binary(name: str, content: bytes) -> tuple[np.ndarray, np.ndarray]:
    if not content or len(content) % (1 + ROW):
        raise ExplorerError(
            f"{name} has {len(content):,} bytes, not a multiple of {1 + ROW}", "It was cut short: fetch it again."
        )
    rows = np.frombuffer(content, np.uint8).reshape(-1, 1 + ROW)
    return _images(name, rows[:, 1:]), _labels(name, rows[:, 0], len(rows))


def _parse_python(name: str, content: bytes) -> tuple[np.ndarray, np.ndarray]:
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


def _class_names(content: bytes, layout: Layout) -> tuple[str, ...]:
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


SOURCE = Source(
    key="cifar10",
    title="CIFAR-10",
    description="60,000 photographs of animals and vehicles.",
    load=load,
    takes_path=True,
    found=lambda: find() is not None,
)

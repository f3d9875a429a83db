"""A small CIFAR-10 in the official layouts, for tests to write, damage and serve."""

from __future__ import annotations

import io
import struct
import tarfile
from pathlib import Path

import numpy as np

from explorer.data.cifar10 import BATCHES, CLASS_NAMES, FOLDERS, META, Layout

Batches = dict[str, tuple[np.ndarray, np.ndarray]]  # file name: (rows (n, 3072), labels (n,)), both uint8
Members = dict[str, bytes | tarfile.TarInfo]  # of an archive; a TarInfo (a link, say) goes in as it is
PER_BATCH = 20


def batches(layout: Layout, per_batch: int = PER_BATCH) -> Batches:
    """The same random images in either layout."""
    rng = np.random.default_rng(7)
    return {
        name: (rng.integers(0, 256, (per_batch, 3072), np.uint8), rng.integers(0, 10, per_batch).astype(np.uint8))
        for name in BATCHES[layout]
    }


def python2_pickle(items: dict[str, object]) -> bytes:
    """A dict pickled as Python 2 and its NumPy did it: protocol 2, byte strings, memo entries."""
    memo = iter(range(256, 1 << 20))

    def put() -> bytes:
        return b"r" + struct.pack("<I", next(memo))

    def string(value: str) -> bytes:
        return b"U" + bytes([len(value)]) + value.encode() + put()

    def encode(value: object) -> bytes:
        match value:
            case str():
                return string(value)
            case int():
                return b"K" + bytes([value]) if value < 256 else b"M" + struct.pack("<H", value)
            case list():
                return b"]" + put() + b"(" + b"".join(map(encode, value)) + b"e"
            case np.ndarray():
                raw = value.tobytes()
                shape = b"".join(b"M" + struct.pack("<H", n) for n in value.shape) + b"\x86"
                return (
                    b"cnumpy.core.multiarray\n_reconstruct\n" + put() + b"cnumpy\nndarray\n" + put()
                    + b"K\x00\x85U\x01b\x87R" + put() + b"(K\x01" + shape
                    + b"cnumpy\ndtype\n" + put() + b"U\x02u1K\x00K\x01\x87R" + put()
                    + b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
                    + b"T" + struct.pack("<i", len(raw)) + raw + b"tb"
                )  # fmt: skip
        raise TypeError(type(value))

    return b"\x80\x02}" + put() + b"(" + b"".join(string(k) + encode(v) for k, v in items.items()) + b"u."


def cifar10_files(layout: Layout, per_batch: int = PER_BATCH) -> dict[str, bytes]:
    """The seven files of a set."""
    if layout == "binary":
        files = {
            name: np.concatenate([labels[:, None], rows], axis=1).tobytes()
            for name, (rows, labels) in batches(layout, per_batch).items()
        }
        return files | {META[layout]: "\n".join([*CLASS_NAMES, "", ""]).encode()}
    files = {
        name: python2_pickle(
            {
                "batch_label": name,
                "labels": labels.tolist(),
                "data": rows,
                "filenames": [f"{name}_{k}.png" for k in range(len(rows))],
            }
        )
        for name, (rows, labels) in batches(layout, per_batch).items()
    }
    names = {"num_cases_per_batch": per_batch, "label_names": list(CLASS_NAMES), "num_vis": 3072}
    return files | {META[layout]: python2_pickle(names)}


def write_folder(parent: Path, layout: Layout) -> Path:
    folder = parent / FOLDERS[layout]
    folder.mkdir(parents=True)
    for name, content in cifar10_files(layout).items():
        (folder / name).write_bytes(content)
    return folder


def archive(members: Members) -> bytes:
    """A .tar.gz of files by name."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def cifar10_archive(layout: Layout, per_batch: int = PER_BATCH) -> bytes:
    return archive({f"{FOLDERS[layout]}/{name}": data for name, data in cifar10_files(layout, per_batch).items()})

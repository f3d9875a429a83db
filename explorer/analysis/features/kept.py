"""Features of whole splits, kept in the user's cache folder: half a minute for 40,000 images is waited for once.

They are found by the images and by the weights of the net, so that they are what computing anew would give, or aren't
found. All of it may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from explorer.analysis.features.extraction import digest, extract
from explorer.analysis.features.net import WIDTHS
from explorer.data import decoded
from explorer.data.imageset import ImageSet, Split
from explorer.files import remove, write_bytes

MOST = 8  # splits that are kept; what was used longest ago goes first
_FORMAT = b"features, 1\n"


def of_split(
    images: ImageSet, split: Split, say: Callable[[int, int], None] = lambda done, of: None, keep: bool = True
) -> np.ndarray:
    """Features of a split, float32 (n, 256), in the order of its indices: read, or computed (about 1,400 a second).

    Parameters
    ----------
    images : ImageSet
    split : "train", "validation" or "test"
    say : callable
        Hears how many of how many are done, where they are computed.
    keep : bool
        Whether what is computed is kept.
    """
    chosen, path = images.indices(split), _path(images, split)
    found = _read(path, len(chosen))
    if found is None:
        found = extract(images.images[chosen], say)
        if keep:
            _write(path, found)
    return found


def is_kept(images: ImageSet, split: Split) -> bool:
    """Whether `of_split` has only to read."""
    return _path(images, split).is_file()


def folder() -> Path:
    """Where they are kept."""
    own = os.environ.get(decoded.ENVIRONMENT_VARIABLE)
    return Path(own) / "features" if own else decoded.folder().with_name("features")


def _path(images: ImageSet, split: Split) -> Path:
    by = f"{images.digest} {split} {digest()}"
    return folder() / hashlib.sha256(by.encode()).hexdigest()


def _read(path: Path, count: int) -> np.ndarray | None:
    """None if there is no such file, or none that is whole."""
    try:
        stored = path.read_bytes()
    except OSError:
        return None
    start = len(_FORMAT) + hashlib.sha256().digest_size
    content = memoryview(stored)[start:]
    if stored[:start] != _header(content) or len(content) != count * WIDTHS[-1] * 4:
        return None
    with suppress(OSError):
        os.utime(path)
    return np.frombuffer(content, dtype="<f4").reshape(count, WIDTHS[-1])


def _write(path: Path, features: np.ndarray) -> None:
    """As far as the disk allows."""
    content = features.astype("<f4").tobytes()
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_bytes(path, _header(content) + content, news=True)
        newest_first = sorted(path.parent.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
        for old in newest_first[MOST:]:
            remove(old, news=True)


def _header(content: bytes | memoryview) -> bytes:
    return _FORMAT + hashlib.sha256(content).digest()

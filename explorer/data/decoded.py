"""Pictures that were decoded before, kept in the user's cache folder: a large folder is not decoded at every start.

They are kept in parts of a few hundred files. A part is found by all that it depends on: where the files lie, their
names, sizes and times, and the Pillow that decoded them. So it holds what reading anew would give, or it isn't found;
and one that was damaged is none. All of it may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import platformdirs

from explorer import files
from explorer.data.listing import File
from explorer.data.reader import Notes

ENVIRONMENT_VARIABLE = "VAE_EXPLORER_CACHE"  # a folder for it of one's own
MOST_BYTES = 4 << 30  # that are kept, of all folders together; what was used longest ago goes first
LEAST_FREE_BYTES = 2 << 30  # of the disk, that are left to others

_FORMAT = b"decoded pictures, 1\n"
_SIZE = struct.Struct("<Q")
_MAX_NOTES = 64 << 20  # bytes


def folder() -> Path:
    """Where parts are kept."""
    own = os.environ.get(ENVIRONMENT_VARIABLE)
    return Path(own) if own else platformdirs.user_cache_path("vae-explorer", appauthor=False) / "pictures"


def name(place: Path, listed: Sequence[File], bits: int) -> str:
    """What a part is found by; `bits` as for `read_square`."""
    from PIL import __version__

    says = json.dumps([__version__, str(place), bits, listed])
    return hashlib.sha256(says.encode()).hexdigest()


def load(part: str, pixels: np.ndarray) -> Notes | None:
    """Fill in the pixels of a part, uint8 (n, 3, 32, 32); None if there is none that is whole."""
    path = folder() / part
    try:
        with open(path, "rb") as file:
            digest = file.read(len(_FORMAT) + hashlib.sha256().digest_size)
            (size,) = _SIZE.unpack(file.read(_SIZE.size))
            if size > _MAX_NOTES:
                return None
            text = file.read(size)
            if file.readinto(pixels.data.cast("B")) != pixels.nbytes or file.read(1):
                return None
        if digest != _FORMAT + _digest(text, pixels):
            return None
        os.utime(path)
        return Notes.from_json(text)
    except (OSError, struct.error):
        return None


def save(part: str, pixels: np.ndarray, notes: Notes, listed: Sequence[File]) -> bool:
    """Keep a part; whether it is.

    It isn't where the disk has no room, if a file could not be opened, which may change without a trace, or was
    modified a moment ago, when it may be again within the same tick of the file system's clock.
    """
    if notes.closed or max(file.mark for file in listed) > time.time_ns() - files.COARSE_NS:
        return False
    text = notes.to_json().encode()
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(folder()).free < LEAST_FREE_BYTES + pixels.nbytes:
            return False
        with files.replacing(folder() / part, news=True) as aside, open(aside, "wb") as file:
            file.write(_FORMAT + _digest(text, pixels) + _SIZE.pack(len(text)) + text)
            file.write(pixels.data.cast("B"))
    except OSError:
        return False
    return True


def prune() -> None:
    """Delete what was used longest ago, until no more than `MOST_BYTES` are kept."""
    found = []
    with suppress(OSError), os.scandir(folder()) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.is_dir():
                    continue  # of others, where a variable names one folder for all
                status = entry.stat()
                found.append((status.st_mtime, status.st_size, entry.path))
    kept = 0
    for _, size, path in sorted(found, reverse=True):
        kept += size
        if kept > MOST_BYTES:
            with suppress(OSError):
                files.remove(Path(path), news=True)


def _digest(text: bytes, pixels: np.ndarray) -> bytes:
    sha = hashlib.sha256(text)
    sha.update(pixels.data.cast("B"))
    return sha.digest()

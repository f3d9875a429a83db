"""Files that a person hands to the app: kept in a folder of ours, because a training process reads them later."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from explorer.data.cifar10 import DATA_FOLDER
from explorer.files import explained, write_bytes

FOLDER = DATA_FOLDER / "uploads"


def keep(name: str, content: bytes) -> Path:
    """Write an upload to a file of our naming, unless it is there already; ExplorerError if it can't be written."""
    suffix = re.sub(r"[^a-z0-9]", "", Path(name).suffix.lower())
    stem = re.sub(r"[^A-Za-z0-9]+", "-", Path(name).stem)[:40].strip("-") or "pictures"
    path = FOLDER / f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
    if path.is_file():
        return path
    with explained(f"{name} can't be kept", path):
        FOLDER.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    return path

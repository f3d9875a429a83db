"""Files that a person hands to the app: kept in a folder of ours, because a training process reads them later."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from explorer import places
from explorer.files import explained, write_bytes


def folder() -> Path:
    """Where they are kept."""
    return places.kept("data") / "uploads"


def keep(name: str, content: bytes) -> Path:
    """Write an upload to a file of our naming, unless it is there already; ExplorerError if it can't be written."""
    suffix = re.sub(r"[^a-z0-9]", "", Path(name).suffix.lower())
    stem = re.sub(r"[^A-Za-z0-9]+", "-", Path(name).stem)[:40].strip("-") or "pictures"
    path = folder() / f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
    if path.is_file():
        return path
    with explained(f"{name} can't be kept", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    return path

"""A run that was named by its folder."""

from __future__ import annotations

from pathlib import Path

from explorer import runs
from explorer.errors import ExplorerError


def existing(folder: Path) -> runs.Run:
    """The run in a folder; ExplorerError if it holds none."""
    run = runs.Run(folder.resolve())
    if not (run.path / "config.json").is_file():
        raise ExplorerError(f"{folder} holds no run", "Give a folder under runs/.")
    return run

"""Runs and cards as former commits wrote them: `tests/formats`, unpacked."""

from __future__ import annotations

import lzma
from pathlib import Path

from explorer import runs
from explorer.runs import Run

FORMATS = Path(__file__).parent / "formats"
RUNS = sorted(path.name for path in (FORMATS / "runs").iterdir())  # by the commit that wrote them
CARDS = sorted(path.name for path in (FORMATS / "cards").iterdir())


def unpack(packed: Path, to: Path) -> None:
    """Copy a folder; what ends with .xz in it is decompressed."""
    for path in packed.rglob("*"):
        if path.is_file():
            target = to / path.relative_to(packed)
            target.parent.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes()
            if path.suffix == ".xz":
                target, content = target.with_suffix(""), lzma.decompress(content)
            target.write_bytes(content)


def run(commit: str) -> Run:
    """The run of a commit, among those of the test."""
    path = runs.runs_root() / f"20261122-{RUNS.index(commit):06d}-0000"
    unpack(FORMATS / "runs" / commit, path)
    return Run(path)

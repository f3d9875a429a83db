"""A machine on which the presets' steps were timed before, so that no test waits for that, or is slowed down by it."""

from __future__ import annotations

import tempfile
import time
from functools import cache
from pathlib import Path

import pytest

from explorer.presets import PRESETS, RACE
from explorer.training import speed
from explorer.training.speed import Speed


def timed(fastest: float = 0.1, slowest: float = 0.1, busy: bool = False) -> Speed:
    """A start of 4 s, steps of so many seconds, and a millisecond an image that is measured."""
    return Speed(4.0, fastest, slowest, 0.001, busy, time.time())


def keep_all(root: Path) -> None:
    """Every preset's, for the app that keeps its runs in a folder."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "speed.json").write_bytes(_of_all())


@cache
def _of_all() -> bytes:
    """The file that keeps every preset's: kept one by one, it is read and written for each."""
    with tempfile.TemporaryDirectory() as root, pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_EXPLORER_RUNS", root)
        for preset in (*PRESETS.values(), RACE):
            speed.keep(preset.settings, timed())
        return (Path(root) / "speed.json").read_bytes()

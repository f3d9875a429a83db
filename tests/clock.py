"""A clock that goes on when a test says so."""

from __future__ import annotations

import time
from types import ModuleType, SimpleNamespace

import pytest


class Clock:
    """What a module finds in place of `time`: monotonic seconds that stand still, and a time of day that can be set.

    Parameters
    ----------
    module
        Which says `time.monotonic()` and `time.time()`.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> None:
        self.now, self.set_by_s = 0.0, 0.0
        told = SimpleNamespace(monotonic=lambda: self.now, time=lambda: time.time() + self.set_by_s, sleep=self.passes)
        monkeypatch.setattr(module, "time", told)

    def passes(self, seconds: float) -> None:
        self.now += seconds

"""A clock that goes on when a test says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest


class Clock:
    """What modules find in place of `time`: monotonic seconds that stand still, and a time of day that can be set.

    Parameters
    ----------
    modules
        Which say `time.monotonic()`, `time.time()` and `time.sleep()`.

    Attributes
    ----------
    set_by_s : float
        Seconds by which the time of day is ahead.
    in_sleep : callable
        What happens while a module sleeps, which takes no time here.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
        self.now, self.set_by_s = 0.0, 0.0
        self.in_sleep: Callable[[], None] = lambda: None
        told = SimpleNamespace(monotonic=lambda: self.now, time=lambda: time.time() + self.set_by_s, sleep=self._sleep)
        for module in modules:
            monkeypatch.setattr(module, "time", told)

    def _sleep(self, seconds: float) -> None:
        self.passes(seconds)
        self.in_sleep()

    def passes(self, seconds: float) -> None:
        self.now += seconds

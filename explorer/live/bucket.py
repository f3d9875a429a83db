"""How much of something a browser may have, over a while and at once."""

from __future__ import annotations

from collections.abc import Callable


class Bucket:
    """`a_second` each second, and up to `burst` at once after less.

    Parameters
    ----------
    a_second, burst : int
    clock : callable
        Seconds.
    """

    def __init__(self, a_second: int, burst: int, clock: Callable[[], float]) -> None:
        self._a_second, self._burst, self._clock = a_second, burst, clock
        self._left, self._at = float(burst), clock()

    def take(self, count: int = 1) -> float:
        """Take so many more; seconds until it is their turn."""
        now = self._clock()
        self._left, self._at = min(self._burst, self._left + (now - self._at) * self._a_second) - count, now
        return max(0.0, -self._left / self._a_second)

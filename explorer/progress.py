"""How far something is, said by commands: on a terminal in a line that changes, in a log now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

_TERMINAL_S, _LOG_S = 0.2, 10.0  # seconds between two words
_WIDTH = 40  # characters of the bar


class Line:
    """Says how far something is.

    Parameters
    ----------
    words : callable (done, total) -> str
        The total is 0 where it isn't known.
    after_s : float
        Seconds until the first word: what is over before is not worth one.
    """

    def __init__(self, words: Callable[[int, int], str], after_s: float) -> None:
        self._words, self._terminal = words, sys.stdout.isatty()
        self._next_at = time.monotonic() + after_s
        self._last = self._said = ""

    def show(self, done: int, total: int) -> None:
        """Say it when it is time."""
        bar = f"[{'#' * (_WIDTH * done // total):{_WIDTH}}] " if total else ""
        self._last = f"{bar}{self._words(done, total)}"
        if time.monotonic() >= self._next_at:
            self._say()

    def end(self) -> None:
        """Say the last word, if there was another."""
        if self._said and self._said != self._last:
            self._say()
        if self._said and self._terminal:
            print(flush=True)

    def _say(self) -> None:
        self._next_at = time.monotonic() + (_TERMINAL_S if self._terminal else _LOG_S)
        self._said = self._last
        print(f"\r\x1b[K{self._said}" if self._terminal else self._said, end="" if self._terminal else "\n", flush=True)

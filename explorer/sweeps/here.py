"""Trains trials on this machine, one at a time, in the line of all runs."""

from __future__ import annotations

from types import TracebackType

from explorer.runs import Run
from explorer.sweeps.driver import Engine
from explorer.training import process


class Here(Engine):
    """Each trial in a process of its own, which outlives the sweep's; others' runs take turns with them."""

    room = 1

    def begin(self, run: Run) -> None:
        if run.status().active:  # it was just made
            process.begin(run)
        else:
            process.spawn(run)

    def tend(self) -> None:
        """They train by themselves."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """They are left to themselves, too."""

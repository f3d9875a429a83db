"""What the person at the page wants of a running loop."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from explorer.config import checked
from explorer.errors import ExplorerError
from explorer.records import Record

LONGEST_REASON = 2_000  # characters


@dataclass(frozen=True)
class Control:
    """The wishes that hold now.

    Parameters
    ----------
    paused, stop : bool
    stop_early : str
        Why to stop for good, which its status says then; "" if the run may go on some time.
    single_steps : int
        How many single steps were asked for since the training was started or resumed; taken while paused.
    beta, learning_rate : float or None
        New base values, that schedules multiply; None leaves the run's own.
    """

    paused: bool = False
    stop: bool = False
    stop_early: str = ""
    single_steps: int = 0
    beta: float | None = None
    learning_rate: float | None = None

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Control:
        """The wishes of control.json; what it lacks, or says in a way that can't be meant, is not wished for."""
        said, found = Record(stored, "control.json"), dict[str, Any]()
        for name in (f.name for f in fields(cls) if said.has(f.name)):
            try:
                if name in ("beta", "learning_rate"):
                    found[name] = checked(name, said.values[name])
                elif name == "stop_early":
                    found[name] = said.text(name, LONGEST_REASON, empty=True)
                else:
                    found[name] = said.whole(name) if name == "single_steps" else said.flag(name)
            except ExplorerError:
                continue
        return cls(**found)

"""What judges need: trials beside each other, and numbers in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import mean

from explorer.claims.evidence import Trial


def paired(first: Sequence[Trial], second: Sequence[Trial]) -> list[tuple[Trial, Trial]]:
    """Trials that have the same seed."""
    others = {t["seed"]: t for t in second}
    return [(t, others[t["seed"]]) for t in first if t["seed"] in others]


def average(values: Iterable[float]) -> float:
    """The mean of values that come one by one."""
    return mean(list(values))


def more(share: float, up: str = "higher") -> str:
    """A share more or less: "2.1 % higher", "0.4 % lower" or, beside `up` "more", "less"."""
    down = {"higher": "lower", "more": "less"}[up]
    return f"{abs(share):.1%} ".replace("%", " %") + (up if share > 0 else down)


def listed(parts: Sequence[str]) -> str:
    """ "a, b and c"."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))

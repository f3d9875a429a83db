"""What a claim's figure shows: panels of lines and points, and the table of their numbers.

`explorer.claims.drawing` makes a Plotly figure of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from explorer.claims.evidence import Trial

Table = dict[str, list[Any]]
Line = Literal["", "solid", "dash", "dot"]  # Plotly's dashes; "" for points without a line

_LOOKS = {  # keys of a row of `Trial.looks`, and the columns of a claim's table that hold them
    "step": "step",
    "epoch": "epoch",
    "seconds": "seconds of training steps",
    "train_recon": "training MSE, pixels 0 to 1",
    "validation_recon": "validation MSE, pixels 0 to 1",
    "train_kl": "training KL, nats a dimension",
    "validation_kl": "validation KL, nats a dimension",
    "train_total": "training total",
    "validation_total": "validation total",
}


@dataclass(frozen=True)
class Mark:
    """A line, points, or points on a line.

    Parameters
    ----------
    name : str
        In the legend; marks of one name share a line of it.
    x, y : sequences of float
    colour : str
        Of `explorer.palette`.
    line : Line
        None for points alone.
    symbol : str
        Plotly's name of a marker, or "" for a line alone.
    width, size : float
        Of the line and of a point, in pixels.
    faint : bool
        One of several, behind what matters more.
    legend : bool
        Whether the legend names it.
    labels : sequence of str
        What each point says under the pointer; none if nothing.
    """

    name: str
    x: Sequence[float | None]
    y: Sequence[float | None]
    colour: str
    line: Line = ""
    symbol: str = ""
    width: float = 2
    size: float = 10
    faint: bool = False
    legend: bool = True
    labels: Sequence[str] = ()


@dataclass(frozen=True)
class Axis:
    """An axis.

    Parameters
    ----------
    title : str
        With the unit.
    log, from_zero : bool
    ticks : mapping of float to str
        Where, and what stands there; if empty, they are placed as fits.
    most_ticks : int
        Of those that are placed; 0 if it doesn't matter.
    """

    title: str = ""
    log: bool = False
    from_zero: bool = False
    ticks: Mapping[float, str] = field(default_factory=dict)
    most_ticks: int = 0


@dataclass(frozen=True)
class Panel:
    """Marks between two axes; a title above them where there are several panels, of which each has little width."""

    marks: Sequence[Mark]
    x: Axis = Axis()
    y: Axis = Axis()
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """A claim's figure.

    Parameters
    ----------
    title : str
    panels : sequence of Panel
        Beside each other.
    table : dict of str to list
        Its numbers, a column each, its name with the unit; None where there is none.
    height : int
        In pixels.
    shared_y : bool
        Whether the panels have the first one's y axis.
    """

    title: str
    panels: Sequence[Panel]
    table: Table
    height: int = 380
    shared_y: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing was measured that it could show."""
        return not any(self.table.values())


def curves(
    trials: Sequence[Trial],
    x: str,
    y: str,
    name: str,
    colour: str,
    line: Line = "solid",
    legend: bool = True,
) -> list[Mark]:
    """Two measures of `Trial.looks` over each other: each seed as a thin line, and their mean.

    Seeds that were looked at after different steps have no mean: their own lines are as wide, and the legend has them.
    """
    alike = len({tuple(t.looks["step"]) for t in trials}) == 1
    found = [
        Mark(
            name, t.looks[x], t.looks[y], colour, line, width=1 if alike else 2, faint=alike,
            legend=legend and not alike and i == 0,
            labels=[
                f"{name}, seed {t['seed']}: {v:.5f} after {at:.3g}"
                for at, v in zip(t.looks[x], t.looks[y], strict=True)
            ],
        )
        for i, t in enumerate(trials)
    ]  # fmt: skip
    if alike:
        over, values = (np.mean([t.looks[each] for t in trials], axis=0).tolist() for each in (x, y))
        found.append(Mark(name, over, values, colour, line, width=2.5, legend=legend))
    return found


def ends(trials: Sequence[Trial], name: str, colour: str, symbol: str) -> list[Mark]:
    """Where trials ended in the plane of rate and error: those of a seed, which differ in beta, joined by a line."""
    found = []
    for i, seed in enumerate(sorted({t["seed"] for t in trials})):
        these = sorted((t for t in trials if t["seed"] == seed), key=lambda t: t.nats)
        labels = [
            f"{name}, beta {t['beta']:g}, seed {seed}<br>MSE {t.mse:.5f} at {t.nats:,.0f} nats" for t in these
        ]  # fmt: skip
        found.append(
            Mark(
                name, [t.nats for t in these], [t.mse for t in these], colour, "solid", symbol, width=1, size=9,
                legend=i == 0, labels=labels,
            )
        )  # fmt: skip
    return found


def rate_distortion_panel(marks: Sequence[Mark]) -> Panel:
    """Marks in the plane of rate and error."""
    return Panel(marks, Axis("rate, nats an image"), Axis("MSE on unseen images"))


def table_of_ends(trials: Sequence[Trial]) -> Table:
    """What trials came to, a row each."""
    rated = [t.validation["kl"] is not None for t in trials]
    return {
        "trial": [t.name for t in trials],
        "family": [t["family"] for t in trials],
        "beta": [t["beta"] for t in trials],
        "seed": [t["seed"] for t in trials],
        "rate, nats an image": [t.nats if has else None for t, has in zip(trials, rated, strict=True)],
        "validation MSE, pixels 0 to 1": [t.mse for t in trials],
        "validation total": [t.validation["total"] for t in trials],
        "sharpness, of the originals'": [t.sharpness for t in trials],
        "command": [t.command for t in trials],
    }


def table_of_looks(trials: Sequence[Trial]) -> Table:
    """What was seen of trials as they trained, a row a look."""
    looks = [(trial, i) for trial in trials for i in range(len(trial.looks["step"]))]
    return {
        "trial": [trial.name for trial, _ in looks],
        "seed": [trial["seed"] for trial, _ in looks],
        **{column: [trial.looks[name][i] for trial, i in looks] for name, column in _LOOKS.items()},
        "command": [trial.command for trial, _ in looks],
    }

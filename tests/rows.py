"""Rows of a run's log, with what a test leaves open filled in."""

from __future__ import annotations

from typing import Any, TypeVar

from explorer import units
from explorer.runs.rows import (
    AtBeta,
    Best,
    Change,
    Full,
    FullLoss,
    Measured,
    Resumed,
    Row,
    Setting,
    Subset,
    SubsetLoss,
    Train,
    TrainLoss,
)  # fmt: skip

AnyMeasured = TypeVar("AnyMeasured", bound=Measured)


def measured(kind: type[AnyMeasured], step: int, recon: float = 0.5, **more: Any) -> AnyMeasured:
    """A row of a kind, 1 nat a dimension at beta 0.001 if `more` says nothing else; its total is what these come to."""
    values: dict[str, Any] = {"time": float(step), "epoch": 0.0, "beta": 1e-3, "learning_rate": 1e-3, "kl": 1.0} | more
    total = units.total(recon, values["kl"], values["beta"])
    return kind(**{"step": step, "recon": recon, "total": total} | values)


def change(step: int, what: Setting, value: float) -> Change:
    return Change(step=step, time=float(step), what=what, value=value)


# one of each kind
EACH: list[Row] = [
    measured(Train, 1, grad_norm=0.25, commitment=0.5),
    measured(Subset, 1, kl_median=0.5, active_units=3),
    measured(Full, 2, codes_used=7, perplexity=5.5),
    measured(AtBeta, 2, beta=0.1, relative=0.9),
    change(2, "learning_rate", 0.01),
    measured(Best, 2),
    TrainLoss(step=2, time=3.0, epoch=0.5, learning_rate=1e-3, loss=-0.5, grad_norm=0.25),
    SubsetLoss(step=2, time=3.0, epoch=0.5, learning_rate=1e-3, loss=0.5),
    FullLoss(step=2, time=3.0, epoch=0.5, learning_rate=1e-3, loss=1.5),
    Resumed(step=2, time=3.0),
]

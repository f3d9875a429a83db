"""Rows of a run's log, with what a test leaves open filled in."""

from __future__ import annotations

from typing import Any, TypeVar

from explorer import units
from explorer.runs.metrics import Change, Measured, Setting

AnyMeasured = TypeVar("AnyMeasured", bound=Measured)


def measured(kind: type[AnyMeasured], step: int, recon: float = 0.5, **more: Any) -> AnyMeasured:
    """A row of a kind, 1 nat a dimension at beta 0.001 if `more` says nothing else; its total is what these come to."""
    values: dict[str, Any] = {"time": float(step), "epoch": 0.0, "beta": 1e-3, "learning_rate": 1e-3, "kl": 1.0} | more
    total = units.total(recon, values["kl"], values["beta"])
    return kind(**{"step": step, "recon": recon, "total": total} | values)


def change(step: int, what: Setting, value: float) -> Change:
    return Change(step=step, time=float(step), what=what, value=value)

"""What a run's log comes to, in a small file: nobody reads the log to learn one number."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from explorer.runs.metrics import Metrics
from explorer.runs.rows import (
    AnyRow,
    AtBeta,
    Best,
    Change,
    Full,
    FullLoss,
    Loss,
    Measured,
    Row,
    Subset,
    SubsetLoss,
    Validation,
    finite,
    row_from_json,
    whole,
)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a log comes to, so that nobody reads it to learn one number; the fields of summary.json, rows as in the log.

    Parameters
    ----------
    step : int
        Of the last row.
    rows : int
        In the log, without those undone.
    beta, learning_rate : float
        Base values that hold for the next step: the settings', or as last changed. `Run.beta_at` is what came of it.
    full : Full or None
        The last one whose total is a number.
    full_at_checkpoint : Full or None
        The last such one that stands at or before the newest checkpoint.
    subset : Subset or None
        The last one whose total is a number.
    at : tuple of AtBeta
        The last one of each beta.
    full_loss : FullLoss or None
    subset_loss : SubsetLoss or None
        Of a prior, the last ones that are numbers.
    changes : tuple of Change
    checkpoint : int or None
        Step of the newest checkpoint.
    """

    step: int = 0
    rows: int = 0
    beta: float
    learning_rate: float
    full: Full | None = None
    full_at_checkpoint: Full | None = None
    subset: Subset | None = None
    at: tuple[AtBeta, ...] = ()
    full_loss: FullLoss | None = None
    subset_loss: SubsetLoss | None = None
    changes: tuple[Change, ...] = ()
    checkpoint: int | None = None

    @classmethod
    def of(cls, metrics: Metrics, beta: float, learning_rate: float, checkpoint: int | None) -> Summary:
        """Of a whole log, of a run whose settings say `beta` and `learning_rate`."""
        summary = cls(beta=beta, learning_rate=learning_rate, checkpoint=checkpoint)
        for row in metrics.rows:
            summary = summary.after(row)
        return summary

    def after(self, row: Row) -> Summary:
        """With one more row, any but a `Resumed`, which takes some away."""
        more: dict[str, Any] = {"step": max(self.step, row.step), "rows": self.rows + 1}
        if isinstance(row, Change):
            more |= {"changes": (*self.changes, row), row.what: row.value}
        elif isinstance(row, Measured) and math.isfinite(row.total):
            if isinstance(row, Subset):
                more["subset"] = row
            elif isinstance(row, AtBeta):
                more["at"] = (*(other for other in self.at if other.beta != row.beta), row)
            elif isinstance(row, Best):
                kept = Full(**vars(row))
                more |= {"full": kept, "full_at_checkpoint": kept, "subset": None, "checkpoint": row.step}
            elif isinstance(row, Full):
                more["full"] = row
                if self.checkpoint is not None and row.step <= self.checkpoint:
                    more["full_at_checkpoint"] = row
        elif isinstance(row, Loss) and math.isfinite(row.loss):
            if isinstance(row, SubsetLoss):
                more["subset_loss"] = row
            elif isinstance(row, FullLoss):
                more["full_loss"] = row
        return replace(self, **more)

    def after_checkpoint(self, step: int) -> Summary:
        """With a checkpoint of what the last row led to."""
        return replace(self, checkpoint=step, full_at_checkpoint=self.full)

    @property
    def validation_error(self) -> Validation | None:
        """The validation error in a number: the last on the whole split, before there is one the last on its subset.

        The whole split has many times the images, so it alone compares runs; the curve is `Metrics.validation`.
        """
        return self.full or self.subset

    @property
    def validation_loss(self) -> Loss | None:
        """The same of a prior."""
        return self.full_loss or self.subset_loss

    @property
    def latest(self) -> Validation | None:
        """Where the run stands at this moment: the newest measurement, on the whole split or on its subset."""
        known: list[Validation] = [row for row in (self.full, self.subset) if row]  # at one step the whole split
        return max(known, key=lambda row: row.step, default=None)

    def to_json(self) -> dict[str, Any]:
        """As it stands in summary.json."""
        return {name: _plain(value) for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Summary | None:
        """What `to_json` wrote, whatever else stands there; None of anything else."""
        try:
            return cls(
                step=whole(stored["step"]),
                rows=whole(stored["rows"]),
                beta=finite(stored["beta"]),
                learning_rate=finite(stored["learning_rate"]),
                full=_row_or_none(Full, stored["full"]),
                full_at_checkpoint=_row_or_none(Full, stored["full_at_checkpoint"]),
                subset=_row_or_none(Subset, stored["subset"]),
                full_loss=_row_or_none(FullLoss, stored.get("full_loss")),
                subset_loss=_row_or_none(SubsetLoss, stored.get("subset_loss")),
                at=tuple(_row_of(AtBeta, row) for row in stored["at"]),
                changes=tuple(_row_of(Change, row) for row in stored["changes"]),
                checkpoint=None if stored["checkpoint"] is None else whole(stored["checkpoint"]),
            )
        except (KeyError, TypeError, ValueError):
            return None


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [row.to_json() for row in value]
    return value.to_json() if isinstance(value, Row) else value


def _row_of(kind: type[AnyRow], stored: dict[str, Any]) -> AnyRow:
    if not isinstance(row := row_from_json(stored), kind):
        raise TypeError
    return row


def _row_or_none(kind: type[AnyRow], stored: dict[str, Any] | None) -> AnyRow | None:
    return None if stored is None else _row_of(kind, stored)

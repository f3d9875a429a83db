"""Rows of a run's log, metrics.jsonl: a JSON object a line.

Its "kind" is a key of `KINDS`, its other keys are that class's fields. A number that JSON does not know (NaN, infinite)
is null there and NaN here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Literal, TypeVar, get_args

from explorer.records import LARGEST, MOST

Setting = Literal["beta", "learning_rate"]
Finite = float  # of a field that is never NaN


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the log.

    Parameters
    ----------
    step : int
        Optimiser steps taken when it was written.
    time : float
        Unix time, s.
    """

    kind: ClassVar[str]
    step: int
    time: Finite

    def to_json(self) -> dict[str, Any]:
        """As it stands in the log, with its kind."""
        named = {f.name: value for f in fields(self) if (value := getattr(self, f.name)) is not None}
        return {"kind": self.kind, **named}


@dataclass(frozen=True, kw_only=True)
class Measured(Row):
    """What the objective came to.

    Parameters
    ----------
    epoch : float
        Passes over the training images.
    beta : float
        In force: weight of the KL in the step that led here, its schedule included, or of a schedule that listens what
        it has come to; of an `AtBeta`, the one measured at.
    learning_rate : float
        In the step that led here, its schedule included.
    total : float
        recon + beta * kl; of a conditional net in training, what was minimised.
    recon : float
        Mean squared error a pixel value, pixel scale 0..1.
    kl : float
        Mean over latent dimensions, nats; NaN where latents are points.
    """

    epoch: Finite
    beta: float
    learning_rate: float
    total: float
    recon: float
    kl: float


@dataclass(frozen=True, kw_only=True)
class Train(Measured):
    """Means over the training batches since the last such row.

    Parameters
    ----------
    grad_norm : float or None
        Of the last step, before it was clipped.
    commitment : float or None
        Of codes: the weighted squared distance of latents from their codes, a pixel value.
    """

    kind = "train"
    grad_norm: float | None = None
    commitment: float | None = None


@dataclass(frozen=True, kw_only=True)
class Validation(Measured):
    """Means over validation images, one sample of z each, always the same.

    Parameters
    ----------
    kl_median : float or None
        KL of the median image: mean over dimensions, nats.
    active_units : int or None
        Latent dimensions whose mean varies over images: `explorer.nets.posterior.Statistics.active_units`.
    codes_used : int or None
        Of codes: how many were used at all.
    perplexity : float or None
        Of codes: how many, equally used, would carry as much.
    """

    kl_median: float | None = None
    active_units: int | None = None
    codes_used: int | None = None
    perplexity: float | None = None


@dataclass(frozen=True, kw_only=True)
class Subset(Validation):
    """On a fixed subset of the validation split, every few seconds."""

    kind = "subset"


@dataclass(frozen=True, kw_only=True)
class Full(Validation):
    """On the whole validation split, after an epoch."""

    kind = "full"


@dataclass(frozen=True, kw_only=True)
class Best(Validation):
    """Of a run that ended without the weights of its last steps: its `Full` at the step whose weights it kept."""

    kind = "best"


@dataclass(frozen=True, kw_only=True)
class AtBeta(Measured):
    """A conditional net on the same subset, at one of the betas that are watched.

    Parameters
    ----------
    relative : float or None
        Its total over the linear VAE's at that beta.
    """

    kind = "at"
    relative: float | None = None


@dataclass(frozen=True, kw_only=True)
class Loss(Row):
    """What the loss of a prior came to, in its record's unit.

    Parameters
    ----------
    epoch, learning_rate
        As of `Measured`.
    loss : float
    """

    epoch: Finite
    learning_rate: float
    loss: float


@dataclass(frozen=True, kw_only=True)
class TrainLoss(Loss):
    """Mean over the training batches since the last such row; `grad_norm` as of `Train`."""

    kind = "train_loss"
    grad_norm: float | None = None


@dataclass(frozen=True, kw_only=True)
class SubsetLoss(Loss):
    """On encodings of the same images as `Subset`; the noise is always the same."""

    kind = "subset_loss"


@dataclass(frozen=True, kw_only=True)
class FullLoss(Loss):
    """On encodings of the whole validation split, after an epoch; the noise is always the same."""

    kind = "full_loss"


@dataclass(frozen=True, kw_only=True)
class Change(Row):
    """A setting that was changed in flight; it holds for the steps after `step`.

    Parameters
    ----------
    what : str
        "beta" or "learning_rate".
    value : float
        The new base value, that schedules multiply.
    """

    kind = "change"
    what: Setting
    value: Finite


@dataclass(frozen=True, kw_only=True)
class Resumed(Row):
    """The run went on from `step`: rows of later steps that stand before this one are undone."""

    kind = "resumed"


KINDS: dict[str, type[Row]] = {
    kind.kind: kind for kind in (Train, Subset, Full, Best, AtBeta, TrainLoss, SubsetLoss, FullLoss, Change, Resumed)
}
AnyRow = TypeVar("AnyRow", bound=Row)


def whole(value: Any) -> int:
    """A whole number of a JSON file; TypeError or ValueError for anything else, or one that no step or count can be."""
    if type(value) is not int:
        raise TypeError
    if not -1 <= value <= MOST:  # a run that begins anew does so at step -1
        raise ValueError
    return value


def number(value: Any) -> float:
    """A number of a JSON file, null and infinity as NaN; TypeError or ValueError for anything else."""
    if value is None:
        return math.nan
    if type(value) not in (int, float):
        raise TypeError
    if -LARGEST <= value <= LARGEST:
        return float(value)
    if type(value) is float and not math.isfinite(value):
        return math.nan
    raise ValueError


def finite(value: Any) -> float:
    """The same, but for NaN."""
    if math.isnan(found := number(value)):
        raise ValueError
    return found


def _setting(value: Any) -> Any:
    if value not in get_args(Setting):
        raise ValueError
    return value


_READ: dict[str, Callable[[Any], Any]] = {
    "int": whole,
    "float": number,
    "Finite": finite,
    "Setting": _setting,
    "int | None": lambda value: None if value is None else whole(value),
    "float | None": lambda value: None if value is None else number(value),
}
_FIELDS = {kind: [(f.name, _READ[str(f.type)], f.default is MISSING) for f in fields(of)] for kind, of in KINDS.items()}


def row_from_json(stored: dict[str, Any]) -> Row:
    """The row that `Row.to_json` wrote; keys that its kind does not have are left out.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is of no known kind, or a value is missing or of another type.
    """
    kind = stored["kind"]
    values = {
        name: read(stored[name]) for name, read, needed in _FIELDS[kind] if needed or stored.get(name) is not None
    }
    return KINDS[kind](**values)

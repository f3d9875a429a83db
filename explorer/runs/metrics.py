"""What a run measured: the rows of its log, the one reader of them, and the summary that answers small questions.

The log, metrics.jsonl, only ever grows: a JSON object a line, whose "kind" is a key of `KINDS` and whose other keys are
that class's fields. A number that JSON does not know (NaN, infinite) is null there and NaN here.
"""

from __future__ import annotations

import json
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar, get_args

from explorer.files import dumps

Setting = Literal["beta", "learning_rate"]

# Measurements on the whole validation split from which on these alone are the curve that advice goes by: enough for two
# windows of four, as one measurement is too noisy. Before, those on its subset are the curve.
ENOUGH = 8


# -- rows ------------------------------------------------------------------------------------------------------------


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
    time: float

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
        Weight of the KL in the step that led here, its schedule included; of an `AtBeta`, the one measured at.
    learning_rate : float
        In the step that led here, its schedule included.
    total : float
        recon + beta * kl; of a conditional net in training, what was minimised.
    recon : float
        Mean squared error a pixel value, pixel scale 0..1.
    kl : float
        Mean over latent dimensions, nats; NaN where latents are points.
    """

    epoch: float
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
    value: float


@dataclass(frozen=True, kw_only=True)
class Resumed(Row):
    """The run went on from `step`: rows of later steps that stand before this one are undone."""

    kind = "resumed"


KINDS: dict[str, type[Row]] = {kind.kind: kind for kind in (Train, Subset, Full, AtBeta, Change, Resumed)}
AnyRow = TypeVar("AnyRow", bound=Row)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    if type(value) not in (int, float):
        raise TypeError
    return float(value)


def _setting(value: Any) -> Any:
    if value not in get_args(Setting):
        raise ValueError
    return value


_READ: dict[str, Callable[[Any], Any]] = {
    "int": _whole,
    "float": _number,
    "Setting": _setting,
    "int | None": lambda value: None if value is None else _whole(value),
    "float | None": lambda value: None if value is None else _number(value),
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


def append_row(path: Path, row: Row) -> None:
    """Add a row to a log."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(dumps(row.to_json()) + "\n")


def cut_torn_line(path: Path) -> None:
    """Remove a last line that a kill has left unfinished."""
    with open(path, "ab+") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)


# -- all rows of a run -----------------------------------------------------------------------------------------------


class Metrics:
    """Rows of a run, as if it had never been cut off: what a `Resumed` undoes is left out. It does not change.

    Parameters
    ----------
    rows : iterable of Row
        In the order in which they were written.
    damaged : int
        Lines of the log that are no rows.
    """

    def __init__(self, rows: Iterable[Row] = (), damaged: int = 0) -> None:
        self.rows, self.damaged = _without_undone([], rows), damaged

    def after(self, rows: Iterable[Row], damaged: int = 0) -> Metrics:
        """With more of the log."""
        grown = Metrics(damaged=self.damaged + damaged)
        grown.rows = _without_undone(self.rows, rows)
        return grown

    def of(self, kind: type[AnyRow]) -> list[AnyRow]:
        """Rows of a kind, in order."""
        return [row for row in self.rows if isinstance(row, kind)]

    @cached_property
    def train(self) -> list[Train]:
        return self.of(Train)

    @cached_property
    def subset(self) -> list[Subset]:
        return self.of(Subset)

    @cached_property
    def full(self) -> list[Full]:
        return self.of(Full)

    @cached_property
    def at(self) -> list[AtBeta]:
        return self.of(AtBeta)

    @cached_property
    def changes(self) -> list[Change]:
        return self.of(Change)

    @property
    def validation(self) -> Sequence[Validation]:
        """The validation error as it went, to draw or to judge a trend by: all `full`, or all `subset`.

        It is that on the whole split once this was measured `ENOUGH` times, and until then that on its subset. The two
        are never mixed: on other images the same weights come to another error, and that step would look like progress.
        Of few measurements no trend can be told, and the subset has one every few seconds.
        """
        return self.full if len(self.full) >= ENOUGH else self.subset

    def changed(self, before: float = math.inf) -> dict[Setting, float]:
        """What was changed in flight before a step, and to what: what held in that step, where settings say otherwise.

        Weights of a step were trained with what was `changed(before=step)`.
        """
        return changed(self.changes, before)

    def since_beta_change(self) -> Metrics:
        """Rows of later steps than the last change of beta: their KL obeys one bargain."""
        steps = [change.step for change in self.changes if change.what == "beta"]
        return Metrics(row for row in self.rows if row.step > steps[-1]) if steps else self


def _without_undone(rows: Sequence[Row], more: Iterable[Row]) -> list[Row]:
    kept = list(rows)
    for row in more:
        if isinstance(row, Resumed):
            kept = [other for other in kept if other.step <= row.step]
        kept.append(row)
    return kept


def changed(changes: Iterable[Change], before: float = math.inf) -> dict[Setting, float]:
    """As `Metrics.changed`."""
    return {change.what: change.value for change in changes if change.step < before}


# -- the reader ------------------------------------------------------------------------------------------------------

LOGS = 16  # logs that stay parsed in memory, about 2 MB each for 4,000 rows
# Bytes before the place where reading goes on: if they have changed, the file is another log, and read anew.
_SEAL = 120


class _Log:
    """A log that is read on from where the last call ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._metrics, self._read_to, self._seal = Metrics(), 0, b""

    def read(self) -> Metrics:
        with self._lock:
            try:
                with open(self.path, "rb") as file:
                    file.seek(self._read_to - len(self._seal))
                    text = file.read()
                    if not text.startswith(self._seal):  # another log lies there now
                        self._forget()
                        file.seek(0)
                        text = file.read()
            except OSError:
                self._forget()
                return self._metrics
            new = text[len(self._seal) : text.rfind(b"\n") + 1]  # a torn last line is left for the next call
            if new:
                rows, damaged = parse(new)
                self._metrics = self._metrics.after(rows, damaged)
                self._read_to += len(new)
                self._seal = (self._seal + new)[-_SEAL:]
            return self._metrics


def parse(text: bytes) -> tuple[list[Row], int]:
    """Rows of whole lines, and how many lines are none and were skipped."""
    rows, damaged = [], 0
    for line in text.splitlines():
        try:
            rows.append(row_from_json(json.loads(line)))
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            damaged += 1
    return rows, damaged


_logs: OrderedDict[Path, _Log] = OrderedDict()
_logs_lock = threading.Lock()


def read_log(path: Path) -> Metrics:
    """All rows of a log so far; none where there is no log. What was read before is not read again."""
    with _logs_lock:
        log = _logs.setdefault(path, _Log(path))
        _logs.move_to_end(path)
        if len(_logs) > LOGS:
            _logs.popitem(last=False)
    return log.read()


# -- the summary -----------------------------------------------------------------------------------------------------


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
        Base values that hold for the next step: the settings', or as last changed.
    full : Full or None
        The last one whose total is a number.
    full_at_checkpoint : Full or None
        The last such one that stands at or before the newest checkpoint.
    subset : Subset or None
        The last one whose total is a number.
    at : tuple of AtBeta
        The last one of each beta.
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
            elif isinstance(row, Full):
                more["full"] = row
                if self.checkpoint is not None and row.step <= self.checkpoint:
                    more["full_at_checkpoint"] = row
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
                step=_whole(stored["step"]),
                rows=_whole(stored["rows"]),
                beta=_number(stored["beta"]),
                learning_rate=_number(stored["learning_rate"]),
                full=_row_or_none(Full, stored["full"]),
                full_at_checkpoint=_row_or_none(Full, stored["full_at_checkpoint"]),
                subset=_row_or_none(Subset, stored["subset"]),
                at=tuple(_row_of(AtBeta, row) for row in stored["at"]),
                changes=tuple(_row_of(Change, row) for row in stored["changes"]),
                checkpoint=None if stored["checkpoint"] is None else _whole(stored["checkpoint"]),
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

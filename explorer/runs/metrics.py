"""All that a run measured: the one reader of its log, which only ever grows."""

from __future__ import annotations

import json
import math
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from explorer.files import append_line, dumps, opened, patiently
from explorer.runs.rows import (
    AnyRow,
    AtBeta,
    Change,
    Full,
    FullLoss,
    Loss,
    Resumed,
    Row,
    Setting,
    Subset,
    SubsetLoss,
    Train,
    TrainLoss,
    Validation,
    row_from_json,
)

# Measurements on the whole validation split from which on these alone are the curve that advice goes by: enough for two
# windows of four, as one measurement is too noisy. Before, those on its subset are the curve.
ENOUGH = 8


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

    @cached_property
    def train_loss(self) -> list[TrainLoss]:
        """Of a prior."""
        return self.of(TrainLoss)

    @property
    def validation_loss(self) -> Sequence[Loss]:
        """The same as `validation`, of a prior."""
        full = self.of(FullLoss)
        return full if len(full) >= ENOUGH else self.of(SubsetLoss)

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


# -- the log ---------------------------------------------------------------------------------------------------------

MOST_BYTES = 500_000_000  # of a log: a million rows have 300 MB
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
                with opened(self.path) as file:
                    if os.fstat(file.fileno()).st_size > MOST_BYTES:
                        return Metrics(damaged=1)
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
        except (ValueError, KeyError, TypeError, RecursionError):
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


def append_row(path: Path, row: Row) -> None:
    """Add a row to a log."""
    append_line(path, dumps(row.to_json()))


def cut_torn_line(path: Path) -> None:
    """Remove a last line that a kill has left unfinished."""
    with patiently(lambda: open(path, "ab+"), path) as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)

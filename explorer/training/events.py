"""A run's measures as event files, which TensorBoard shows: in `runs/ID/tensorboard/`, where somebody asked for them.

The log, metrics.jsonl, stays what the app reads. Each number of a row is a scalar, "subset/recon"; at another beta than
the run's own, "at/beta 0.01/recon". What a run that goes on undoes is undone here, too.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from explorer import files
from explorer.errors import ExplorerError
from explorer.runs import Run
from explorer.runs.rows import AtBeta, Change, Resumed, Row

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FOLDER = "tensorboard"  # in a run's
_FLUSH_S = 5  # at most, until what was added can be read
_NO_CURVE = ("kind", "step", "time")


def ask(*asked: Run) -> None:
    """Have runs that are about to train write event files, from now on, also when they are resumed.

    Raises
    ------
    ExplorerError
        If TensorBoard isn't installed, or the folder can't be made.
    """
    try:
        _writer()
    except ImportError as e:
        raise ExplorerError(f"--tensorboard needs TensorBoard: {e}", "Install it: pip install tensorboard.") from e
    for run in asked:
        with files.explained("Event files can't be kept", run.path):
            (run.path / FOLDER).mkdir(exist_ok=True)


def of(run: Run, step: int) -> Events | None:
    """Where a run that goes on after a step writes its events; None if nobody asked, or they can't be written."""
    folder = run.path / FOLDER
    if not folder.is_dir():
        return None
    try:
        writer = _writer()
    except ImportError as e:
        print(f"no more events for TensorBoard in {folder}: {e}", flush=True)
        return None
    begun = any(folder.iterdir())
    events = Events(writer(str(folder), purge_step=step + 1 if begun else None, flush_secs=_FLUSH_S))
    if not begun:  # asked for when the run had begun already
        for row in run.metrics().rows:
            events.add(row)
    return events


def _writer() -> type[SummaryWriter]:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter


class Events:
    """Adds rows to event files."""

    def __init__(self, writer: SummaryWriter) -> None:
        self._writer = writer

    def add(self, row: Row) -> None:
        """Of a row all numbers that there are."""
        if isinstance(row, Resumed):
            return
        values = {key: value for key, value in row.to_json().items() if key not in _NO_CURVE}
        group = row.kind
        if isinstance(row, AtBeta):
            group += f"/beta {values.pop('beta'):g}"
        elif isinstance(row, Change):
            values = {row.what: row.value}
        for name, value in values.items():
            if math.isfinite(value):
                self._writer.add_scalar(f"{group}/{name}", value, row.step, walltime=row.time)

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()

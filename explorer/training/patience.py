"""Early stopping: when a run has been without a better measurement for long enough."""

from __future__ import annotations

from collections.abc import Iterable

from explorer.runs.rows import Full


class Patience:
    """Goodfellow et al. 2016, "Deep Learning", algorithm 7.1, with the total on the whole validation split.

    Totals at different betas don't compare: where beta has moved, the best is the first since.

    Parameters
    ----------
    epochs : int
        Epochs to go on for without a lower total; 0 for however many there are.
    measured : iterable of Full
        What is known of the run, in order.

    Attributes
    ----------
    best : Full or None
        The measurement with the lowest total, while there is patience to be had.
    """

    def __init__(self, epochs: int, measured: Iterable[Full] = ()) -> None:
        self.epochs = epochs
        self.best: Full | None = None
        self._newest: Full | None = None
        for row in measured:
            self.after(row)

    def after(self, row: Full) -> bool:
        """Take note of a measurement; whether it is the best so far."""
        if not self.epochs:
            return False
        self._newest = row
        better = self.best is None or row.beta != self.best.beta or row.total < self.best.total
        if better:
            self.best = row
        return better

    @property
    def out(self) -> bool:
        """Whether it has run out."""
        if self.best is None or self._newest is None:
            return False
        return self._newest.epoch - self.best.epoch >= self.epochs

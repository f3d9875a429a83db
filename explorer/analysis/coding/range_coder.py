"""Symbols to bytes and back: range coding (Martin 1979) as constriction does it (Bamler 2022, "Understanding Entropy
Coding With Asymmetric Numeral Systems (ANS): a Statistician's Perspective")."""

from __future__ import annotations

from copy import copy
from importlib.util import find_spec
from typing import Any

import numpy as np

from explorer.errors import ExplorerError

PRECISION_BITS = 24  # of a probability, as constriction keeps it: no symbol costs more, however unlikely


def available() -> bool:
    """Whether the coder is installed: for Linux on ARM there was no wheel of it."""
    return find_spec("constriction") is not None


class Table:
    """Probabilities of symbols.

    Parameters
    ----------
    probabilities : float array (K,) or (n, K), at least 0
        Of each symbol, the same for all that are coded, or a row for each of n; what they sum to doesn't matter.

    Raises
    ------
    ExplorerError
        If one is no such number, none of them is above 0, there are fewer than two, or the coder isn't installed.
    """

    def __init__(self, probabilities: np.ndarray) -> None:
        self.rows = np.ascontiguousarray(probabilities, dtype=np.float32)
        sums = self.rows.sum(axis=-1)
        if self.rows.shape[-1] < 2 or not ((self.rows >= 0).all() and (sums > 0).all() and np.isfinite(sums).all()):
            raise ExplorerError("these are no probabilities of two symbols or more", "Each a number of at least 0.")
        categorical = _constriction().stream.model.Categorical
        self.shared = self.rows.ndim == 1
        self.model = categorical(self.rows, perfect=False) if self.shared else categorical(perfect=False)

    @property
    def size(self) -> int:
        """K."""
        return self.rows.shape[-1]

    def of(self, which: np.ndarray) -> Table:
        """Those of some of the n, indices (m,)."""
        if self.shared:
            return self
        found = copy(self)
        found.rows = np.ascontiguousarray(self.rows[which])
        return found


class Encoder:
    """What is written to it, one after the other, becomes one stream; ExplorerError if the coder isn't installed."""

    def __init__(self) -> None:
        self._coder = _constriction().stream.queue.RangeEncoder()

    def write(self, symbols: np.ndarray, table: Table) -> None:
        """Append symbols, int (n,), 0..K-1; ExplorerError if one is none of them."""
        if len(symbols) and not (symbols.min() >= 0 and symbols.max() < table.size):
            raise ExplorerError(f"a symbol is outside of 0 to {table.size - 1}", "Code it under a model that knows it.")
        self._coder.encode(symbols.astype(np.int32), table.model, *([] if table.shared else [table.rows]))

    def stream(self) -> bytes:
        """All that was written, in words of 4 bytes."""
        return self._coder.get_compressed().astype("<u4").tobytes()


class Decoder:
    """Reads what an `Encoder` wrote, in the same portions and under the same tables."""

    def __init__(self, stream: bytes) -> None:
        self._coder = _constriction().stream.queue.RangeDecoder(np.frombuffer(stream, "<u4").astype(np.uint32))

    def read(self, count: int, table: Table) -> np.ndarray:
        """The next symbols: int64 (count,)."""
        return self._coder.decode(table.model, count if table.shared else table.rows).astype(np.int64)


def _constriction() -> Any:
    try:
        import constriction
    except ImportError as e:
        advice = "Install it: pip install constriction (for Linux on ARM it has to be built, with Rust)."
        raise ExplorerError("the entropy coder isn't installed", advice) from e
    return constriction

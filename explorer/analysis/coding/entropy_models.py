"""Who knows how likely each symbol is: nobody, whoever has counted, or a network that has seen those before it.

Symbols are (N, L): of N images, L each, coded column by column. The entropy of what a model says is what a stream would
take at best (Shannon 1948).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.coding.range_coder import Decoder, Encoder, Table

_BATCH = 128  # images that a network is asked about at once, always as many: sums of other shapes differ in rounding


class EntropyModel(ABC):
    """Probabilities of each symbol of an image, given those before it."""

    @abstractmethod
    def columns(self, symbols: np.ndarray) -> Iterator[np.ndarray]:
        """Of each of L columns, given those before it: (K,), or where images differ (N, K), of symbols int (N, L)."""

    def column(self, known: np.ndarray, j: int) -> np.ndarray:
        """The jth of `columns`, of symbols of which those from the jth on are not known yet."""
        return next(column for i, column in enumerate(self.columns(known)) if i == j)


class Static(EntropyModel):
    """The same for all images.

    Parameters
    ----------
    probabilities : sequence of L float arrays (K,)
        Of each column, which may have a K of its own; they needn't sum to 1.
    """

    def __init__(self, probabilities: Sequence[np.ndarray]) -> None:
        self._probabilities = [np.asarray(p, dtype=np.float64) / np.sum(p, dtype=np.float64) for p in probabilities]

    def columns(self, symbols: np.ndarray) -> Iterator[np.ndarray]:
        """As `EntropyModel.columns`."""
        return iter(self._probabilities)

    def column(self, known: np.ndarray, j: int) -> np.ndarray:
        """As `EntropyModel.column`."""
        return self._probabilities[j]


def uniform(length: int, size: int) -> Static:
    """Each of `length` symbols any of `size`, all alike."""
    return Static([np.ones(size)] * length)


def by_frequency(counts: Sequence[np.ndarray]) -> Static:
    """As often as they were seen, int (K,) of each column; half a time more each, so that none is impossible.

    (The half is Krichevsky and Trofimov 1981, "The Performance of Universal Encoding".)
    """
    return Static([np.asarray(each) + 0.5 for each in counts])


class Autoregressive(EntropyModel):
    """What a network says of each code from those before it.

    Parameters
    ----------
    log_probabilities : callable
        int64 tensor (n, L) -> float tensor (n, L, K): of each position, from the codes before it alone.
    """

    def __init__(self, log_probabilities: Callable[[Tensor], Tensor]) -> None:
        self._log_probabilities = log_probabilities

    def columns(self, symbols: np.ndarray) -> Iterator[np.ndarray]:
        """As `EntropyModel.columns`."""
        return iter(np.moveaxis(self._probabilities(symbols), 1, 0))

    def column(self, known: np.ndarray, j: int) -> np.ndarray:
        """As `EntropyModel.column`."""
        return self._probabilities(known)[:, j]

    @torch.inference_mode()
    def _probabilities(self, symbols: np.ndarray) -> np.ndarray:
        """float32 (N, L, K)."""
        whole = -(-len(symbols) // _BATCH) * _BATCH
        padded = torch.from_numpy(np.pad(symbols, ((0, whole - len(symbols)), (0, 0))).astype(np.int64))
        found = [self._log_probabilities(part).float().exp() for part in padded.split(_BATCH)]
        return torch.cat(found)[: len(symbols)].numpy()


def nats(symbols: np.ndarray, model: EntropyModel) -> np.ndarray:
    """What each image's symbols, int (N, L), would take at best under a model: float64 (N,)."""
    found = np.zeros(len(symbols))
    for column, p in zip(symbols.T, model.columns(symbols), strict=True):
        p = np.broadcast_to(p, (len(symbols), p.shape[-1])).astype(np.float64)
        found -= np.log(p[np.arange(len(symbols)), column] / p.sum(axis=-1))
    return found


def encode(symbols: np.ndarray, model: EntropyModel, streams: int = 1) -> list[bytes]:
    """Images, int (N, L), dealt over so many streams: all in one, or each in its own."""
    encoders = [Encoder() for _ in range(streams)]
    shares = np.array_split(np.arange(len(symbols)), streams)
    for column, p in zip(symbols.T, model.columns(symbols), strict=True):
        table = Table(p)
        for encoder, share in zip(encoders, shares, strict=True):
            encoder.write(column[share], table.of(share))
    return [encoder.stream() for encoder in encoders]


def decode(streams: Sequence[bytes], model: EntropyModel, count: int, length: int) -> np.ndarray:
    """`count` images of `length` symbols each, as `encode` made streams of them: int64 (count, length)."""
    decoders = [Decoder(stream) for stream in streams]
    shares = np.array_split(np.arange(count), len(streams))
    symbols = np.zeros((count, length), dtype=np.int64)
    for j in range(length):
        table = Table(model.column(symbols, j))
        for decoder, share in zip(decoders, shares, strict=True):
            symbols[share, j] = decoder.read(len(share), table.of(share))
    return symbols

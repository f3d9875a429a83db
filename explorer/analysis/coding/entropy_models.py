"""Who knows how likely each symbol is: nobody, whoever has counted, or a network that has seen those before it.

Symbols are (N, L): of N images, L each, coded column by column. The entropy of what a model says is what a stream would
take at best (Shannon 1948).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.coding.range_coder import Decoder, Encoder, Table


class EntropyModel(ABC):
    """Probabilities of each symbol of an image, given those before it."""

    @abstractmethod
    def predictions(self, count: int) -> Generator[np.ndarray, np.ndarray, None]:
        """Column by column, of so many images: (K,), or where images differ (count, K), which needn't sum to 1.

        `send` a column's symbols, int64 (count,), to go on to the next. Whoever sends the same gets the same, to the
        last bit: so do a coder and its decoder.
        """


class Static(EntropyModel):
    """What is known beforehand, whatever is sent.

    Parameters
    ----------
    probabilities : sequence of L float arrays (K,) or (N, K)
        Of each column, which may have a K of its own; they needn't sum to 1.
    """

    def __init__(self, probabilities: Sequence[np.ndarray]) -> None:
        self._probabilities = probabilities

    def predictions(self, count: int) -> Generator[np.ndarray, np.ndarray, None]:
        """As `EntropyModel.predictions`."""
        for column in self._probabilities:  # noqa: UP028 (`yield from` a list, and nothing can be sent)
            yield column


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
    predictions : callable
        As of `explorer.priors.autoregressive.Autoregressive`: of so many images, code by code, log-probabilities,
        float tensors (count, K); takes codes, int64 (count,).
    """

    def __init__(self, predictions: Callable[[int], Generator[Tensor, Tensor, None]]) -> None:
        self._predictions = predictions

    def predictions(self, count: int) -> Generator[np.ndarray, np.ndarray, None]:
        """As `EntropyModel.predictions`."""
        network = self._predictions(count)
        said = _ask(network)
        while said is not None:
            symbols = yield said.exp().numpy()
            said = _ask(network, torch.from_numpy(symbols))


@torch.inference_mode()
def _ask(network: Generator[Tensor, Tensor, None], codes: Tensor | None = None) -> Tensor | None:
    """What it says next, once it knows these; None if that was all."""
    try:
        return next(network) if codes is None else network.send(codes)
    except StopIteration:
        return None


def columns(symbols: np.ndarray, model: EntropyModel) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each column of symbols, int (N, L), and what the model said of it."""
    predictions, before = model.predictions(len(symbols)), None
    for column in symbols.T.astype(np.int64):
        yield column, next(predictions) if before is None else predictions.send(before)
        before = column


def told(symbols: np.ndarray, model: EntropyModel) -> Static:
    """All that a model says of symbols, int (N, L), to be used for these more than once."""
    return Static([p for _, p in columns(symbols, model)])


def nats(symbols: np.ndarray, model: EntropyModel) -> np.ndarray:
    """What each image's symbols, int (N, L), would take at best under a model: float64 (N,)."""
    found = np.zeros(len(symbols))
    for column, p in columns(symbols, model):
        p = np.broadcast_to(p, (len(symbols), p.shape[-1])).astype(np.float64)
        found -= np.log(p[np.arange(len(symbols)), column] / p.sum(axis=-1))
    return found


def encode(symbols: np.ndarray, model: EntropyModel, streams: int = 1) -> list[bytes]:
    """Images, int (N, L), dealt over so many streams: all in one, or each in its own."""
    encoders = [Encoder() for _ in range(streams)]
    shares = np.array_split(np.arange(len(symbols)), streams)
    for column, p in columns(symbols, model):
        table = Table(p)
        for encoder, share in zip(encoders, shares, strict=True):
            encoder.write(column[share], table.of(share))
    return [encoder.stream() for encoder in encoders]


def decode(streams: Sequence[bytes], model: EntropyModel, count: int, length: int) -> np.ndarray:
    """`count` images of `length` symbols each, as `encode` made streams of them: int64 (count, length)."""
    decoders = [Decoder(stream) for stream in streams]
    shares = np.array_split(np.arange(count), len(streams))
    symbols, predictions = np.zeros((count, length), dtype=np.int64), model.predictions(count)
    for j in range(length):
        table = Table(predictions.send(symbols[:, j - 1]) if j else next(predictions))
        for decoder, share in zip(decoders, shares, strict=True):
            symbols[share, j] = decoder.read(len(share), table.of(share))
    return symbols

"""Streams come back symbol by symbol, whatever is in them, and take what their probabilities say."""

from __future__ import annotations

import math
import sys
from collections.abc import Generator

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.analysis.coding import entropy_models
from explorer.analysis.coding.entropy_models import Autoregressive, EntropyModel, Static
from explorer.analysis.coding.range_coder import PRECISION_BITS, Encoder, Table
from explorer.errors import ExplorerError


def come_back(symbols: np.ndarray, model: EntropyModel) -> int:
    """Bytes of one stream; it, and streams of one image each, are decoded and compared."""
    for count in (1, len(symbols)):
        streams = entropy_models.encode(symbols, model, count)
        assert len(streams) == count
        decoded = entropy_models.decode(streams, model, *symbols.shape)
        assert decoded.dtype == np.int64
        np.testing.assert_array_equal(decoded, symbols)
    return len(entropy_models.encode(symbols, model)[0])


@pytest.mark.parametrize("size", [2, 8192])
def test_symbols_that_were_called_impossible_come_back_at_a_price(size: int) -> None:
    certain = np.zeros(size)
    certain[0] = 1
    symbols = np.full((3, 5), size - 1)
    symbols[0] = 0
    taken = come_back(symbols, Static([certain] * 5))
    assert taken <= 10 * PRECISION_BITS / 8 + 8  # two images of five such, and a stream's end
    assert taken >= 10 * (PRECISION_BITS - 1) / 8


@pytest.mark.parametrize("size", [2, 512, 8192])
def test_a_stream_takes_what_its_symbols_are_worth(size: int) -> None:
    symbols = np.random.default_rng(0).integers(0, size, (40, 64))
    model = entropy_models.uniform(64, size)
    nats = entropy_models.nats(symbols, model)
    assert nats == pytest.approx([64 * math.log(size)] * 40)
    assert come_back(symbols, model) == pytest.approx(nats.sum() / math.log(2) / 8, abs=8)


def test_frequencies_make_a_stream_shorter_and_rule_nothing_out() -> None:
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(64, 0.2))
    seen, symbols = rng.choice(64, 20_000, p=shares), rng.choice(64, (50, 16), p=shares)
    symbols[0, 0] = int(np.argmin(np.bincount(seen, minlength=64)))  # hardly ever seen, or not at all
    model = entropy_models.by_frequency([np.bincount(seen, minlength=64)] * 16)
    entropy = -float((shares[shares > 0] * np.log(shares[shares > 0])).sum())
    taken = come_back(symbols, model)
    assert taken < 50 * 16 * 6 / 8  # of 6 bits each
    assert taken / 50 == pytest.approx(16 * entropy / math.log(2) / 8, rel=0.1)


def from_before(count: int) -> Generator[Tensor, Tensor, None]:
    """A made-up network: likely is what follows the last code, and the more so the larger the sum of all before is."""
    last, total = torch.zeros(2, count, dtype=torch.int64)
    for _ in range(12):
        likely = torch.nn.functional.one_hot((last + 1) % 16, 16).float()
        last = yield (likely * (1 + total[:, None] / 10)).log_softmax(dim=1)
        total = total + last


def test_codes_come_back_from_what_a_network_says_of_those_before() -> None:
    rng = np.random.default_rng(0)
    rising = (rng.integers(0, 16, (130, 1)) + np.arange(12)) % 16
    model = Autoregressive(from_before)
    taken = come_back(rising, model)
    assert taken == pytest.approx(entropy_models.nats(rising, model).sum() / math.log(2) / 8, abs=8)
    assert taken < len(entropy_models.encode(rising, entropy_models.uniform(12, 16))[0]) / 2


@pytest.mark.parametrize("wrong", [[math.nan, 1.0], [-1.0, 2.0], [0.0, 0.0], [1.0], [math.inf, 1.0]])
def test_what_is_no_probability_is_refused(wrong: list[float]) -> None:
    with pytest.raises(ExplorerError, match="no probabilities"):
        Table(np.array(wrong))


@pytest.mark.parametrize("symbol", [-1, 4])
def test_a_symbol_that_a_model_does_not_know_is_refused(symbol: int) -> None:
    with pytest.raises(ExplorerError, match="outside of 0 to 3"):
        Encoder().write(np.array([symbol]), Table(np.ones(4)))


def test_without_the_coder_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "constriction", None)
    with pytest.raises(ExplorerError) as raised:
        Encoder()
    assert "pip install constriction" in raised.value.advice

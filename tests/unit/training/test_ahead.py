"""Batches that are made a step ahead are the same, and none is used before it has arrived."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from explorer.devices import CPU
from explorer.training.ahead import Ahead


class Stream:
    """What the side stream and the one that computes are told."""

    def __init__(self, said: list[str], name: str) -> None:
        self.said, self.name = said, name

    def wait_stream(self, other: Stream) -> None:
        self.said.append(f"{self.name} waits for {other.name}")


class Batch:
    def __init__(self, said: list[str], step: int) -> None:
        self.said, self.step = said, step

    def record_stream(self, stream: Stream) -> None:
        self.said.append(f"{self.step} is kept for {stream.name}")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """In order, what CUDA is told: torch's build for the CPU has no streams."""
    told: list[str] = []

    @contextmanager
    def on(stream: Stream) -> Iterator[None]:
        told.append(f"on {stream.name}")
        yield
        told.append("back")

    monkeypatch.setattr(torch.cuda, "Stream", lambda device: Stream(told, "the side stream"))
    monkeypatch.setattr(torch.cuda, "stream", on)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: Stream(told, "the main one"))
    return told


def test_on_cuda_the_next_is_copied_beside_and_waited_for_by_the_gpu(said: list[str]):
    def make(step: int) -> Batch:
        said.append(f"make {step}")
        return Batch(said, step)

    ahead = Ahead(make, torch.device("cuda", 0))  # type: ignore[arg-type]
    assert ahead.take(0).step == 0  # type: ignore[attr-defined]
    ahead.start(1)
    assert said == ["make 0", "on the side stream", "make 1", "back"]
    said.clear()
    assert ahead.take(1).step == 1  # type: ignore[attr-defined]
    assert said == ["the main one waits for the side stream", "1 is kept for the main one"]
    ahead.start(2)
    assert ahead.take(5).step == 5  # type: ignore[attr-defined]


def test_the_cpu_makes_each_when_it_is_asked_for():
    made: list[int] = []

    def make(step: int) -> torch.Tensor:
        made.append(step)
        return torch.zeros(())

    ahead = Ahead(make, CPU)
    ahead.start(1)
    assert made == []
    ahead.take(1)
    assert made == [1]

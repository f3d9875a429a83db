"""That what computes keeps to the cores that are allowed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import threadpoolctl
import torch

from explorer import cores, threads


@pytest.fixture
def four_each() -> Iterator[None]:
    """Four threads for torch and for BLAS, as if that were all that this machine has."""
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    with threadpoolctl.threadpool_limits(4, user_api="blas"):
        yield
    torch.set_num_threads(before)


def counts() -> tuple[int, set[int]]:
    """Of torch, and of the BLAS libraries."""
    blas = {library["num_threads"] for library in threadpoolctl.threadpool_info() if library["user_api"] == "blas"}
    return torch.get_num_threads(), blas


@pytest.mark.parametrize(("allowed", "spare", "count"), [(3, 0, 3), (3, 1, 2), (1, 1, 1), (64, 0, 4)])
def test_all_libraries_are_held_to_the_cores_allowed(
    four_each: None, monkeypatch: pytest.MonkeyPatch, allowed: int, spare: int, count: int
):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(cores, "allowed", lambda: allowed)
    assert counts() == (4, {4})
    threads.limit(spare)
    assert counts() == (count, {count})


def test_a_person_may_ask_for_fewer_or_more(four_each: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cores, "allowed", lambda: 1)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    threads.limit(spare=1)
    assert counts() == (3, {3})

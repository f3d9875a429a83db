from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.data import fetching
from explorer.errors import ExplorerError


@pytest.fixture(autouse=True)
def none_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_current", None)


def test_it_goes_where_cifar10_is_looked_for_and_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VAE_EXPLORER_CIFAR10", str(tmp_path))
    half, go_on = threading.Event(), threading.Event()

    def fetch(folder: Path, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> Path:
        progress(5, 10)
        half.set()
        go_on.wait(10)
        progress(10, 10)
        return folder

    assert fetching.current() is None
    started = fetching.start(fetch)
    half.wait(10)
    assert (started.done_bytes, started.total_bytes, started.active, started.succeeded) == (5, 10, True, False)
    assert fetching.start(fetch) is started is fetching.current()  # one at a time
    go_on.set()
    started.wait(10)
    assert (started.done_bytes, started.active, started.succeeded) == (10, False, True)
    assert fetching.start(fetch) is not started


def test_it_can_be_cancelled_and_keeps_the_reason_it_ended() -> None:
    asked = threading.Event()

    def fetch(folder: Path, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> Path:
        asked.wait(10)
        assert cancelled()
        raise ExplorerError("The download was cancelled", "Try again.")

    started = fetching.start(fetch)
    started.cancel()
    assert started.cancelling
    asked.set()
    started.wait(10)
    assert not started.succeeded
    assert not started.cancelling
    assert started.error
    assert started.error.what == "The download was cancelled"


def test_an_error_that_nobody_foresaw_is_no_success(caplog: pytest.LogCaptureFixture) -> None:
    def fetch(folder: Path, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> Path:
        raise KeyError("odd")

    started = fetching.start(fetch)
    started.wait(10)
    assert not started.succeeded
    assert started.error
    assert started.error.what == "The download failed: KeyError('odd')"
    assert "Traceback" in caplog.text

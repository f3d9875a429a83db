from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from explorer.data import ImageSet, Split, loading
from explorer.data.loading import Loading
from explorer.errors import ExplorerError

Watch = Callable[[int, int], None]


@pytest.fixture(autouse=True)
def none_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_known", type(loading._known)())


def ended(loading: Loading) -> Loading:
    loading.wait(10)
    assert not loading.active
    return loading


def few() -> ImageSet:
    splits: dict[Split, np.ndarray] = {"train": np.array([0]), "validation": np.array([1]), "test": np.array([2])}
    return ImageSet("folder", "Few", np.zeros((3, 3, 32, 32), np.uint8), np.zeros(3, np.int64), ("all",), splits)


def at_once(source: str, path: str, watch: Watch) -> ImageSet:
    return few()


def test_one_is_begun_for_all_who_ask_and_kept() -> None:
    half, go_on = threading.Event(), threading.Event()

    def load(source: str, path: str, watch: Watch) -> ImageSet:
        watch(6_000, 12_000)
        half.set()
        go_on.wait(10)
        return few()

    started = loading.start("folder", "/pets", load)
    half.wait(10)
    assert loading.start("folder", "/pets", load) is started is loading.find(started.id)
    assert loading.start("folder", "/others", at_once) is not started
    assert (started.done, started.total, started.active) == (6_000, 12_000, True)
    assert "pets" not in started.id
    loading.forget("folder", "/pets")  # not while it is on its way
    assert loading.start("folder", "/pets", load) is started
    go_on.set()
    assert ended(started).images() is loading.start("folder", "/pets", load).images()
    loading.forget("folder", "/pets")
    assert loading.find(started.id) is None
    assert loading.start("folder", "/pets", at_once) is not started


def test_it_is_cancelled_at_its_next_word_and_stays_so() -> None:
    begun = threading.Event()

    def load(source: str, path: str, watch: Watch) -> ImageSet:
        while True:
            watch(3, 12_000)
            begun.set()

    started = loading.start("folder", "/pets", load)
    begun.wait(10)
    started.cancel()
    assert ended(started).cancelled
    assert loading.start("folder", "/pets", load) is started
    with pytest.raises(ExplorerError, match=r"Reading was stopped at 3 of 12,000\. It goes on from there"):
        started.images()
    loading.forget("folder", "/pets")
    assert ended(loading.start("folder", "/pets", at_once)).images()


@pytest.mark.parametrize("raised", [ExplorerError("No pictures"), OSError("odd")])
def test_what_ended_it_is_raised_for_all_who_wait(raised: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(source: str, path: str, watch: Watch) -> ImageSet:
        raise raised

    started = ended(loading.start("folder", "/pets", load))
    for _ in range(2):
        with pytest.raises(type(raised), match=str(raised)):
            started.images()
    again = loading.start("folder", "/pets", load)  # it took no time
    assert again is not started
    ended(again)
    monkeypatch.setattr(loading, "_SHORT_S", 0.0)
    assert loading.start("folder", "/pets", load) is again


def test_the_time_left_goes_by_the_last_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now, left = 0.0, list[float | None]()
    monkeypatch.setattr(loading.time, "monotonic", lambda: now)

    def load(source: str, path: str, watch: Watch) -> ImageSet:
        nonlocal now
        begin.wait(10)
        watch(1_000, 0)
        for done in (0, 50_000, 50_100, *range(50_200, 52_200, 100)):  # half of them were kept
            watch(done, 60_000)
            left.append(started[0].left_s)
            now += 1
        return few()

    started: list[Loading] = []
    begin = threading.Event()
    started.append(loading.start("folder", "/pets", load))
    begin.set()
    ended(started[0])
    assert left[0] is None
    assert left[-1] == pytest.approx((60_000 - 52_100) / 100)


def test_sets_that_were_asked_for_long_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = (ended(loading.start("folder", path, at_once)) for path in ("/1", "/2", "/3"))
    assert loading.find(first.id) is first
    monkeypatch.setattr(loading, "MOST_BYTES", first.bytes)
    loading.start("folder", "/1", at_once)
    assert loading.find(second.id) is None
    assert (loading.find(third.id), loading.find(first.id)) == (third, first)

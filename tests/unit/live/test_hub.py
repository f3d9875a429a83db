"""Topics are kept up to date while somebody watches, once for all who do."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from typing import Any

import pytest

from explorer import faults
from explorer.errors import ExplorerError
from explorer.live.hub import Hub, Watcher
from explorer.live.topics import Look, Told


class Counter:
    """A feed that says how often it was asked."""

    def __init__(self) -> None:
        self.looks, self.threads = 0, set[int]()

    def __call__(self, subject: str) -> Look | None:
        self.looks += 1
        self.threads.add(threading.get_ident())
        return Look({"looks": self.looks}) if subject != "gone" else None


async def news(hub: Hub, watcher: Watcher) -> list[dict]:
    await watcher.news.wait()
    watcher.news.clear()
    return [json.loads(letter) for letter in hub.letters(watcher)]


def test_what_many_watch_is_looked_at_once_for_all():
    async def main() -> None:
        feed = Counter()
        hub, watchers = Hub({"count": feed}), [Watcher() for _ in range(50)]
        for watcher in watchers:
            hub.watch(watcher, "count:a", Told())
            watcher.news.clear()
        heard = [await news(hub, watcher) for watcher in watchers]
        assert {letter["parts"]["looks"] for [letter] in heard} == {1}
        assert threading.get_ident() not in feed.threads  # files are not read in the event loop

    asyncio.run(main())


def test_looking_ends_with_the_last_who_watches():
    async def main() -> None:
        hub, one, other = Hub({"count": Counter()}), Watcher(), Watcher()
        hub.watch(one, "count:a", Told())
        hub.watch(other, "count:a", Told())
        hub.leave(one, "count:a")
        assert hub.looking == {"count:a"}
        hub.leave(other, "count:a")
        assert not hub.looking
        hub.watch(one, "count:a", Told(version=99))  # and begins again, with numbers of its own
        one.news.clear()
        assert [letter["version"] for letter in await news(hub, one)] == [1]
        hub.leave(one, "count:a")

    asyncio.run(main())


def no_row(row: Any) -> Any:
    raise LookupError("this row is none")


@pytest.mark.parametrize("rows", [(), (1,)])
def test_what_fails_to_be_looked_at_is_logged_and_the_rest_goes_on(caplog: pytest.LogCaptureFixture, rows: tuple):
    def broken(subject: str) -> Look:
        if not rows:
            raise OSError("no disk")
        return Look({"gone": False}, rows, no_row)

    async def main() -> None:
        hub, watcher = Hub({"broken": broken, "count": Counter()}), Watcher()
        hub.watch(watcher, "broken:a", Told())
        hub.watch(watcher, "count:gone", Told())
        hub.watch(watcher, "count:a", Told())
        parts: dict[str, dict] = {}
        while len(parts) < 3:
            parts |= {letter["topic"]: letter["parts"] for letter in await news(hub, watcher)}
        assert parts["broken:a"] == parts["count:gone"] == {"gone": True}
        assert "looks" in parts["count:a"]

    with caplog.at_level(logging.ERROR):
        asyncio.run(main())
    [told] = caplog.records
    assert told.exc_info
    assert told.exc_info[1]
    assert told.getMessage() == f"Error {faults.number(told.exc_info[1])}, looking at 'broken:a'"


def test_what_could_not_be_looked_at_is_told_of_when_it_can_and_its_reason_is_no_fault(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("explorer.live.hub.LOOK_EVERY_S", 0)
    looks = iter([ExplorerError("This run is damaged", "Delete it.")] * 2)

    def mended(subject: str) -> Look:
        if wrong := next(looks, None):
            raise wrong
        return Look({"mended": True})

    async def main() -> None:
        hub, watcher = Hub({"run": mended}), Watcher()
        hub.watch(watcher, "run:a", Told())
        parts: dict[str, object] = {}
        while not parts.get("mended"):
            for letter in await news(hub, watcher):
                parts |= letter["parts"]
        assert parts == {"mended": True, "gone": None}

    asyncio.run(main())
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)]
    assert "This run is damaged" in caplog.text


def test_a_topic_that_is_put_reaches_who_watches_and_who_comes_later():
    async def main() -> None:
        hub, early, late = Hub({}), Watcher(), Watcher()
        hub.put("class:", page="/beta")
        hub.watch(early, "class:", Told())
        assert (await news(hub, early))[0]["parts"] == {"page": "/beta"}
        hub.put("class:", page="/beta")
        assert not early.news.is_set()
        hub.put("class:", page="/blur")
        assert (await news(hub, early))[0]["parts"] == {"page": "/blur"}
        hub.watch(late, "class:", Told())
        assert (await news(hub, late))[0]["parts"] == {"page": "/blur"}
        assert hub.knows("class:")
        assert not hub.knows("nothing:")

    asyncio.run(main())


def test_names_that_are_made_up_are_not_looked_at_without_end():
    async def main() -> None:
        hub, watcher = Hub({"count": Counter()}), Watcher()
        for k in range(1000):
            if hub.knows(f"count:{k}"):
                hub.watch(watcher, f"count:{k}", Told())
        assert len(hub.looking) == 200
        assert hub.knows("count:0")  # what somebody watches, others may
        for k in range(200):
            hub.leave(watcher, f"count:{k}")
        assert hub.knows("count:999")

    asyncio.run(main())

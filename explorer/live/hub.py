"""The hub: topics that browsers watch, kept up to date while they do."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from explorer import faults
from explorer.errors import ExplorerError
from explorer.live.topics import Look, Told, Topic

LOOK_EVERY_S = 0.25  # from the end of a look to the next, of what is watched

_LONGEST = 100  # characters of a topic's name
_MOST_LOOKED_AT = 200  # topics at once: a class watches a few, and names can be made up
Feed = Callable[[str], Look | None]  # an id -> what there is to say of it; None where there is nothing of that id

_GONE = Look({"gone": True})  # of what there is nothing to say
_LOG = logging.getLogger(__name__)


class Watcher:
    """What one connection watches, and whether there is news for it."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}
        self.news = asyncio.Event()


class Hub:
    """All topics of a server. To be used in its event loop only, but for `put`.

    Parameters
    ----------
    feeds : mapping of str to Feed
        Kinds of topics that are looked at: while anybody watches, and once for all who do. They are called in threads.
        All other kinds are those that somebody `put`s; they stay while the server runs.
    """

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        self.boot = secrets.token_hex(4)  # what a browser knew of another server's topics is worth nothing
        self._feeds = feeds
        self._topics: dict[str, Topic] = {}
        self._watchers: dict[str, set[Watcher]] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}

    def knows(self, name: str) -> bool:
        """Whether there is a topic of that name, or could be, and there is room for it."""
        if name in self._topics:
            return True
        return name.partition(":")[0] in self._feeds and len(name) <= _LONGEST and len(self._looking) < _MOST_LOOKED_AT

    def watch(self, watcher: Watcher, name: str, told: Told) -> None:
        """Tell a watcher of a topic from now on, beginning with what it was not `told`."""
        topic = self._topics.setdefault(name, Topic(name))
        if told.version > topic.version:  # of a time when it was watched before: the count began anew
            told.version = 0
        watcher.told[name] = told
        self._watchers.setdefault(name, set()).add(watcher)
        watcher.news.set()
        if name.partition(":")[0] in self._feeds and name not in self._looking:
            self._looking[name] = asyncio.create_task(self._look(topic))

    def leave(self, watcher: Watcher, name: str) -> None:
        """Tell it no more; with the last who watches, looking ends."""
        watcher.told.pop(name, None)
        left = self._watchers.get(name, set())
        left.discard(watcher)
        if left:
            return
        self._watchers.pop(name, None)
        looking = self._looking.pop(name, None)
        if looking:
            looking.cancel()
            del self._topics[name]

    def letters(self, watcher: Watcher) -> list[str]:
        """What a watcher doesn't know yet, one message a topic."""
        found = (self._topics[name].letter(told) for name, told in watcher.told.items())
        return [letter for letter in found if letter]

    def put(self, name: str, **parts: Any) -> None:
        """Say parts of a topic that has no feed."""
        topic = self._topics.setdefault(name, Topic(name))
        if any([topic.put(part, value) for part, value in parts.items()]):
            self._wake(name)

    def value(self, name: str, part: str) -> Any:
        """What was put last; None if nothing was."""
        return self._topics[name].value(part) if name in self._topics else None

    def watched(self, name: str) -> int:
        """How many connections watch a topic."""
        return len(self._watchers.get(name, ()))

    @property
    def looking(self) -> set[str]:
        """Topics that are being looked at."""
        return set(self._looking)

    async def _look(self, topic: Topic) -> None:
        kind, _, subject = topic.name.partition(":")
        failed = ""
        while True:
            try:
                look = await asyncio.to_thread(self._feeds[kind], subject)
                news, failed = topic.take(look or _GONE), ""
            except Exception as e:  # noqa: BLE001 - whatever one subject's files hold, the others are looked at
                if repr(e) != failed:  # and not again with every look
                    self._say_failed(topic.name, e)
                news, failed = topic.take(_GONE), repr(e)
            if news:
                self._wake(topic.name)
            await asyncio.sleep(LOOK_EVERY_S)

    def _say_failed(self, name: str, error: Exception) -> None:
        if isinstance(error, ExplorerError):
            _LOG.warning("%r can't be looked at: %s", name, error)
        else:
            faults.log(error, f"looking at {name!r}")

    def _wake(self, name: str) -> None:
        for watcher in self._watchers.get(name, ()):
            watcher.news.set()

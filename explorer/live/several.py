"""One class over several servers, which share a folder: each writes there what its own tabs say, and reads the others'.

A file a server, `BOOT.json`, replaced atomically and anew every `PULSE_S`, which is its sign of life. Whoever presents
last does so on one server, whose word is what all others show (`Classroom.word`, `Classroom.hear`); these send it back
how many follow there, and what they answer. Two looks lie between a word and its being seen: 0.2 s.

A server that is alone, and knows it, does nothing of this.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from explorer import files
from explorer.live.classroom import Classroom
from explorer.locks import Lock

EVERY_S = 0.1  # between two looks
PULSE_S = 2.0
SILENT_S = 10.0  # without a pulse, by the clock of whoever looks, after which a server is taken for gone

_LOG = logging.getLogger(__name__)


class Several:
    """A server's part in it.

    Parameters
    ----------
    folder : Path
        The class's; it is made.
    name : str
        The server's, as no other is called.
    classroom : Classroom
    """

    def __init__(self, folder: Path, name: str, classroom: Classroom) -> None:
        self._folder, self._name, self._classroom = folder, name, classroom
        self._written: tuple[dict[str, Any] | None, float] = None, 0.0
        self._others: dict[str, tuple[int, float, dict[str, Any] | None]] = {}  # stamp, since when, what it says

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """As long as the server runs."""
        looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            looking.cancel()
            files.remove(self._mine, news=True)

    @property
    def _mine(self) -> Path:
        return self._folder / f"{self._name}.json"

    async def _look(self) -> None:
        failed = ""
        while True:
            try:
                others = await asyncio.to_thread(self._exchange, self._classroom.word())
                self._classroom.hear(others)
                failed = ""
            except (OSError, KeyError, TypeError, ValueError) as e:  # the share is away, or somebody's file is damaged
                if repr(e) != failed:
                    _LOG.warning("the class can't be shared through %s: %r", self._folder, e)
                failed = repr(e)
            await asyncio.sleep(EVERY_S)

    def _exchange(self, word: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Say ours, if it is another or it is time; what each of the others says, that lives."""
        now = time.monotonic()
        if word != self._written[0] or now - self._written[1] >= PULSE_S:
            files.write_json(self._mine, word, news=True)
            self._written = word, now
        found = {}
        for name in files.listed(self._folder, ".json"):
            server = name.removesuffix(".json")
            if server == self._name:
                continue
            path = self._folder / name
            try:
                stamp = path.stat().st_mtime_ns
            except OSError:  # it has just left
                continue
            before, since, said = self._others.get(server, (stamp, now - SILENT_S, None))
            if stamp != before:
                before, since, said = stamp, now, files.read_json(path)
            self._others[server] = before, since, said
            if said is not None and now - since < SILENT_S:
                found[server] = said
        return found


def token(folder: Path) -> str:
    """The teacher's, the same for all servers: whoever may read the folder may write every run beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "token"
    with Lock(folder / ".token.lock"):
        found = (files.read_json(path) or {}).get("token")
        if not isinstance(found, str) or len(found) < 16:
            found = secrets.token_urlsafe(18)
            files.write_json(path, {"token": found})
            path.chmod(0o600)
    return found

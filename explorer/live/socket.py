"""The websocket beside Streamlit's own: one for each tab.

A browser says, as JSON: {"watch": topic, "boot", "version", "rows"}, what it knows of it, or nothing; {"leave": topic};
and {"say": kind, ...} to whoever hears of that kind. It is sent {"boot"} first, then letters (`Topic.letter`), each
when it has taken the one before: so a slow reader gets the newest.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from explorer import faults
from explorer.live.hub import Hub, Watcher
from explorer.live.roles import Role
from explorer.live.topics import Told

MOST_CONNECTIONS = 600  # tabs of all viewers
MOST_TOPICS = 24  # that one tab watches
MOST_BYTES = 16_384  # of what a browser says at once
MOST_A_SECOND = 120  # messages of one browser, over a while; a drag says one for each of the screen's frames
_BURST = 240
POLICY_VIOLATION, TRY_LATER = 1008, 1013  # RFC 6455, 7.4, and its registry

Hear = Callable[["Connection", dict[str, Any]], None]  # what is done with what a browser says


class Connection(Watcher):
    """One tab, as those hear it to whom it says something."""

    def __init__(self, role: Role) -> None:
        super().__init__()
        self.role = role


class Line:
    """The endpoint of the route.

    Parameters
    ----------
    hub : Hub
    role : callable
        ASGI scope -> Role.
    hears : mapping of str to Hear
        Who hears of what kind.
    left : callable
        Told of each connection that has ended.
    allowed : callable
        (Origin or None, Host or None) -> whether a page from there may connect.
    private : collection of str
        Kinds of topics that only teachers may watch.
    """

    def __init__(
        self,
        hub: Hub,
        role: Callable[[dict[str, Any]], Role],
        hears: Mapping[str, Hear],
        left: Callable[[Connection], None],
        allowed: Callable[[str | None, str | None], bool],
        private: Collection[str] = (),
    ) -> None:
        self._private = private
        self.hub, self._role, self._hears, self._left, self._allowed = hub, role, hears, left, allowed
        self.connections: set[Connection] = set()

    async def serve(self, socket: WebSocket) -> None:
        if not self._allowed(socket.headers.get("origin"), socket.headers.get("host")):
            await socket.close(POLICY_VIOLATION)
            return
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.close(TRY_LATER)
            return
        await socket.accept()
        connection = Connection(self._role(dict(socket.scope)))
        self.connections.add(connection)
        sending = asyncio.create_task(self._send(socket, connection))
        try:
            await self._receive(socket, connection)
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
            self.connections.discard(connection)
            for topic in list(connection.told):
                self.hub.leave(connection, topic)
            self._left(connection)

    async def _send(self, socket: WebSocket, connection: Connection) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):  # it has left
            await socket.send_text(json.dumps({"boot": self.hub.boot, "role": connection.role}))
            while True:
                await connection.news.wait()
                connection.news.clear()
                for letter in self.hub.letters(connection):
                    await socket.send_text(letter)

    async def _receive(self, socket: WebSocket, connection: Connection) -> None:
        clock = asyncio.get_running_loop().time
        allowance, at = float(_BURST), clock()
        while True:
            try:
                text = await socket.receive_text()
            except (WebSocketDisconnect, KeyError, RuntimeError):  # it has left, or sent bytes
                return
            allowance, at = min(_BURST, allowance + (clock() - at) * MOST_A_SECOND) - 1, clock()
            if allowance < 0 or len(text) > MOST_BYTES or not self._heard(text, connection):
                with suppress(RuntimeError):
                    await socket.close(POLICY_VIOLATION)
                return

    def _heard(self, text: str, connection: Connection) -> bool:
        """Whether it was said as it should be."""
        try:
            said = json.loads(text)
            match said:
                case {"watch": str(topic)} if not self.hub.knows(topic):
                    pass  # of an older page, perhaps
                case {"watch": str(topic)} if connection.role != "teacher" and topic.partition(":")[0] in self._private:
                    pass
                case {"watch": str(topic)}:
                    if topic not in connection.told and len(connection.told) >= MOST_TOPICS:
                        return False
                    version, rows = (_whole(said.get(name, 0)) for name in ("version", "rows"))
                    self.hub.watch(connection, topic, Told(version if said.get("boot") == self.hub.boot else 0, rows))
                case {"leave": str(topic)}:
                    self.hub.leave(connection, topic)
                case {"say": str(kind)} if kind in self._hears:
                    self._hear(kind, connection, said)
                case _:
                    return False
        except (ValueError, RecursionError):
            return False
        return True

    def _hear(self, kind: str, connection: Connection, said: dict[str, Any]) -> None:
        try:
            self._hears[kind](connection, said)
        except (ValueError, RecursionError):  # it was said wrong
            raise
        except Exception as e:  # noqa: BLE001 - a fault of whoever hears it: the line goes on
            faults.log(e, f"hearing {kind!r}")


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return value

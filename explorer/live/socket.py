"""The websocket beside Streamlit's own: one for each tab.

A browser says, as JSON: {"watch": topic, "boot", "version", "rows"}, what it knows of it, or nothing; {"leave": topic};
and {"say": kind, ...} to whoever hears of that kind. It is sent {"boot"} first, then letters (`Topic.letter`), each
when it has taken the one before: so a slow reader gets the newest.

What it says in bytes are codes to be decoded, and it is sent pictures: `explorer.live.decoding`; pictures also follow
from what it says to `explorer.live.sampling`. Letters and pictures take turns.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from explorer import faults
from explorer.live.bucket import Bucket
from explorer.live.hub import Hub, Watcher
from explorer.live.roles import Role
from explorer.live.topics import Told

MOST_CONNECTIONS = 600  # tabs of all viewers
MOST_TOPICS = 24  # that one tab watches
MOST_BYTES = 16_384  # of what a browser says at once
MOST_A_SECOND = 120  # messages of one browser, over a while; a drag says one for each of the screen's frames
_BURST = 240
MOST_BYTES_OF_CODES = 513 << 10  # 32 images of a VQ-VAE of 64 dimensions a code, and a line that says so
# Messages in bytes. Who waits for the pictures, as shared/decode.js does, never comes near that: `decoding.A_SECOND`.
MOST_OF_CODES_A_SECOND, _BURST_OF_CODES = 960, 1920
POLICY_VIOLATION, TRY_LATER = 1008, 1013  # RFC 6455, 7.4, and its registry

Hear = Callable[["Connection", dict[str, Any]], None]  # what is done with what a browser says
Pictures = bytes | Callable[[], bytes]  # or what says them when it is their turn


class Connection(Watcher):
    """One tab, as those hear it to whom it says something."""

    def __init__(self, role: Role) -> None:
        super().__init__()
        self.role = role
        self.pictures: dict[str, Pictures] = {}  # by channels: the newest of each, while the browser hasn't taken it

    def show(self, channel: str, pictures: Pictures) -> None:
        """Send it pictures, in place of what it has not taken of that channel."""
        self.pictures[channel] = pictures
        self.news.set()


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
    decode : callable, optional
        Hears what is said in bytes; ValueError for what none of ours would say. Without one, nobody says any.
    """

    def __init__(
        self,
        hub: Hub,
        role: Callable[[dict[str, Any]], Role],
        hears: Mapping[str, Hear],
        left: Callable[[Connection], None],
        allowed: Callable[[str | None, str | None], bool],
        private: Collection[str] = (),
        decode: Callable[[Connection, bytes], None] | None = None,
    ) -> None:
        self._private, self._decode = private, decode
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
                if connection.pictures:
                    pictures = connection.pictures.pop(next(iter(connection.pictures)))
                    if connection.pictures:
                        connection.news.set()
                    await socket.send_bytes(pictures() if callable(pictures) else pictures)

    async def _receive(self, socket: WebSocket, connection: Connection) -> None:
        clock = asyncio.get_running_loop().time
        texts, codes = (
            Bucket(a_second, burst, clock)
            for a_second, burst in ((MOST_A_SECOND, _BURST), (MOST_OF_CODES_A_SECOND, _BURST_OF_CODES))
        )
        while True:
            try:
                message = await socket.receive()
            except RuntimeError:  # it has left
                return
            if message["type"] == "websocket.disconnect":
                return
            said, data = message.get("text"), message.get("bytes") or b""
            if said is not None:
                heard = not texts.take() and len(said) <= MOST_BYTES and self._heard(said, connection)
            else:
                heard = not codes.take() and len(data) <= MOST_BYTES_OF_CODES and self._heard_codes(data, connection)
            if not heard:
                with suppress(RuntimeError):
                    await socket.close(POLICY_VIOLATION)
                return

    def _heard_codes(self, data: bytes, connection: Connection) -> bool:
        if self._decode is None:
            return False
        try:
            self._decode(connection, data)
        except (ValueError, RecursionError):
            return False
        return True

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

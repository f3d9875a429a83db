"""A reverse proxy with a path, such as a school's nginx: below it lies the app, and beside it nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.server import Server

_CHUNK = 1 << 16


@dataclass
class Proxy:
    """What listens there.

    Parameters
    ----------
    server : Server
        What it leads to, whose address has the same path.

    Attributes
    ----------
    port : int
    pages : dict of str to str
        HTML of its own, by path.
    strays : list of str
        Paths that browsers asked for, and that it knows nothing of.
    """

    server: Server
    port: int = 0
    pages: dict[str, str] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    _handling: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The app's address here, with a slash at the end."""
        return f"http://127.0.0.1:{self.port}{urlsplit(self.server.url).path}/"

    async def handle(self, browser: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        """One request, or what follows an upgrade to a websocket."""
        this = asyncio.current_task()
        assert this
        self._handling.add(this)  # or else, while nothing is read, nobody holds it: Python 3.11 collects it
        try:
            head = await browser.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            if page := self.pages.get(path):
                body = page.encode()
                answer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + body)
            elif path.startswith(urlsplit(self.url).path):
                await self._hand_on(head, browser, answer)
            else:
                self.strays.append(path)
                answer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await answer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):  # either side has left, or the test
            pass
        finally:
            answer.close()
            self._handling.discard(this)

    async def _hand_on(self, head: bytes, browser: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        request, *headers = head.rstrip().split(b"\r\n")
        kept = [line for line in headers if b"upgrade" in line.lower() or not line.lower().startswith(b"connection:")]
        if kept == headers:
            kept.append(b"X-Forwarded-For: 203.0.113.7")
        else:
            kept += [b"X-Forwarded-For: 203.0.113.7", b"Connection: close"]
        of_app, to_app = await asyncio.open_connection("127.0.0.1", urlsplit(self.server.url).port)
        to_app.write(b"\r\n".join([request, *kept]) + b"\r\n\r\n")
        sending = asyncio.create_task(_copy(browser, to_app))
        try:
            await _copy(of_app, answer)
        finally:
            sending.cancel()
            to_app.close()


async def _copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while chunk := await source.read(_CHUNK):
        to.write(chunk)
        await to.drain()


@contextmanager
def proxied(server: Server) -> Iterator[Proxy]:
    """A proxy in a thread, until the block ends."""
    proxy, started, loop = Proxy(server), threading.Event(), asyncio.new_event_loop()
    ended = asyncio.Event()

    async def serve() -> None:
        async with await asyncio.start_server(proxy.handle, "127.0.0.1", 0, limit=_CHUNK) as listening:
            proxy.port = listening.sockets[0].getsockname()[1]
            started.set()
            await ended.wait()
            listening.close()
            while others := asyncio.all_tasks() - {asyncio.current_task()}:  # browsers may have come meanwhile
                for task in others:
                    task.cancel()
                await asyncio.gather(*others, return_exceptions=True)
                await asyncio.sleep(0)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(20)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(20)
        loop.close()

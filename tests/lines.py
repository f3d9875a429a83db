"""A live line on a port of its own, in a thread, for tests that speak to it over real websockets."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.sync.client import ClientConnection, connect

from explorer.live.socket import Line


@dataclass(frozen=True)
class ServedLine:
    """Where it is served.

    Parameters
    ----------
    line : Line
    port : int
    loop : event loop
        In which it is.
    """

    line: Line
    port: int
    loop: asyncio.AbstractEventLoop

    def connect(self, **options: Any) -> ClientConnection:
        return connect(f"ws://127.0.0.1:{self.port}/live", **options)

    def put(self, name: str, **parts: Any) -> None:
        """As a script thread would: in the loop, and done when this returns."""

        async def put() -> None:
            self.line.hub.put(name, **parts)

        asyncio.run_coroutine_threadsafe(put(), self.loop).result()


@contextmanager
def serve(line: Line) -> Iterator[ServedLine]:
    """Until the block ends."""
    routes = [WebSocketRoute("/live", line.serve)]
    config = uvicorn.Config(Starlette(routes=routes), port=0, log_config=None, lifespan="off", ws="websockets-sansio")
    server = uvicorn.Server(config)
    loop, started, startup = asyncio.new_event_loop(), threading.Event(), server.startup

    async def tell(sockets: Any = None) -> None:
        await startup(sockets)
        started.set()

    server.startup = tell  # type: ignore[method-assign]
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()))
    thread.start()
    started.wait()
    yield ServedLine(line, server.servers[0].sockets[0].getsockname()[1], loop)
    server.should_exit = True
    thread.join()
    loop.close()


def hear(browser: ClientConnection) -> dict[str, Any]:
    return json.loads(browser.recv(20))


def say(browser: ClientConnection, **what: Any) -> None:
    browser.send(json.dumps(what))

"""What the gate bounds, over real websockets and HTTP."""

from __future__ import annotations

import asyncio
import http.client
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from explorer.live import gate
from explorer.live.bucket import Bucket
from explorer.live.door import Door
from explorer.live.gate import Fields, Gate, Rules
from explorer.live.roles import Roles

BIG = secrets.token_bytes(1 << 20)
STRANGER = {"X-Forwarded-For": "203.0.113.7"}
ANNE, BEN = "a" * 22, "b" * 22
FILE = "00000000-0000-4000-8000-00000000000"  # and a digit


class Uploaded:
    """Streamlit's manager, as the server gives it to the gate."""

    def __init__(self) -> None:
        self.manager = MemoryUploadedFileManager("")

    def held(self, session: str) -> list[str]:
        return list(self.manager.file_storage.get(session, ()))

    def bytes(self) -> int:
        return sum(len(file.data) for files in self.manager.file_storage.values() for file in files.values())

    def forget(self, session: str, file: str) -> None:
        self.manager.remove_file(session, file)


class Served:
    """An app behind door and gate, on a port of its own, in a thread: it answers each message with `answer`."""

    def __init__(self) -> None:
        self.heard, self.answer = 0, b"heard"
        self.fields, self.uploaded = Fields(), Uploaded()
        rules = Rules("/_stcore/", lambda data: not data.startswith(b"clear"), self.fields, self.uploaded, most_tabs=3)
        middleware = [Middleware(Door, Roles(token="secret")), Middleware(Gate, rules)]
        upload = "/_stcore/upload_file/{session}/{file}"
        routes = [
            WebSocketRoute("/_stcore/stream", self._stream),
            Route(upload, self._upload, methods=["PUT"]),
            Route("/{path:path}", lambda request: PlainTextResponse("here")),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes, middleware=middleware),
            port=0, log_config=None, lifespan="off", ws="websockets-sansio",
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=lambda: asyncio.run(self.server.serve()))

    async def _stream(self, socket: WebSocket) -> None:
        await socket.accept()
        answers: asyncio.Queue[bytes] = asyncio.Queue()

        async def send() -> None:
            while True:
                await socket.send_bytes(await answers.get())

        sending = asyncio.create_task(send())
        try:
            while True:
                await socket.receive_bytes()
                self.heard += 1
                answers.put_nowait(self.answer)
        except WebSocketDisconnect:
            sending.cancel()

    async def _upload(self, request: Request) -> PlainTextResponse:
        session, file = request.path_params["session"], request.path_params["file"]
        data = await request.body()
        self.uploaded.manager.add_file(session, UploadedFileRec(file, "a.png", "image/png", data))
        return PlainTextResponse("kept")

    @property
    def port(self) -> int:
        port: int = self.server.servers[0].sockets[0].getsockname()[1]
        return port

    def tab(self, headers: dict[str, str] = STRANGER) -> ClientConnection:
        url = f"ws://127.0.0.1:{self.port}/_stcore/stream"
        return connect(url, additional_headers=headers, compression=None, close_timeout=0.1)

    def ask(self, method: str, path: str, body: Any = None, visitor: str = "", chunked: bool = False) -> int:
        cookie = {"Cookie": f"vae_explorer_visitor_{self.port}={visitor}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, body, {**STRANGER, **cookie}, encode_chunked=chunked)
        status = connection.getresponse().status
        connection.close()
        return status


@pytest.fixture
def served() -> Iterator[Served]:
    app = Served()
    app.thread.start()
    while not app.server.started:
        app.thread.join(0.01)
    yield app
    app.server.should_exit = True
    app.thread.join()


def asked(tab: ClientConnection, *said: bytes) -> bytes:
    for message in said:
        tab.send(message)
    answer = tab.recv()
    assert isinstance(answer, bytes)
    return answer


def test_what_a_viewer_may_not_say_is_not_heard_and_the_rest_is(served: Served) -> None:
    with served.tab() as viewer:
        assert asked(viewer, b"clear the caches", b"rerun") == b"heard"
    assert served.heard == 1
    with served.tab({}) as teacher:
        asked(teacher, b"clear the caches")
    assert served.heard == 2


@pytest.mark.parametrize("said", [BIG[: gate.MOST_BYTES + 1], "text"])
def test_a_frame_that_no_page_sends_ends_the_connection(served: Served, said: bytes | str) -> None:
    with served.tab() as tab:
        tab.send(said)
        with pytest.raises(ConnectionClosed) as closed:
            tab.recv()
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1009
    assert served.heard == 0
    with served.tab() as tab:
        assert asked(tab, b"rerun") == b"heard"


def test_who_does_not_read_is_not_read_from(served: Served) -> None:
    """Answers of a megabyte each are not piled up for it, and others are served."""
    served.answer = BIG
    with served.tab() as silent, served.tab() as other:
        for _ in range(200):
            silent.send(b"rerun")
        for _ in range(3):
            assert len(asked(other, b"rerun")) == len(BIG)
        assert served.heard <= 3 + 30  # the client takes 16 before it stops to read, and the system some more
        silent.socket.close()


def test_a_flood_is_heard_at_so_many_a_second(served: Served) -> None:
    with served.tab() as flooding, served.tab() as other:
        start = time.monotonic()
        for _ in range(400):
            flooding.send(b"rerun")
        for _ in range(20):
            asked(other, b"rerun")
        assert served.heard <= 20 + gate.BURST + 1 + gate.A_SECOND * (time.monotonic() - start)


def test_tabs_are_counted(served: Served) -> None:
    with served.tab(), served.tab():
        with served.tab() as third:
            assert asked(third, b"rerun") == b"heard"
            with pytest.raises(InvalidStatus), served.tab():
                pass
        while True:  # until the server has heard that it went
            with suppress(InvalidStatus), served.tab() as another:
                assert asked(another, b"rerun") == b"heard"
                break


def test_a_person_never_waits_and_a_flood_does() -> None:
    now = 0.0
    bucket = Bucket(gate.A_SECOND, gate.BURST, lambda: now)
    for _ in range(10 * 600):  # ten clicks a second for ten minutes
        assert bucket.take() == 0
        now += 0.1
    waited = [bucket.take() for _ in range(1000)]
    assert waited.count(0) <= gate.BURST
    assert max(waited) > 90  # the last of a thousand at once


def test_viewers_reach_only_what_pages_need(served: Served) -> None:
    reached = ["/", "/_stcore/health", "/_stcore/host-config", "/_stcore/bidi-components/x", "/static/x"]
    assert {path: served.ask("GET", path) for path in reached} == dict.fromkeys(reached, 200)
    kept = ["metrics", "agent/openapi.json", "agent/interact", "agent/mcp", "script-health-check", "anything"]
    assert {path: served.ask("GET", f"/_stcore/{path}") for path in kept} == dict.fromkeys(kept, 403)


def test_files_come_from_who_has_a_field_for_one(served: Served) -> None:
    path = f"/_stcore/upload_file/session-a/{FILE}1"
    assert served.ask("PUT", path, b"picture", ANNE) == 403
    served.fields.open("session-a", ANNE)
    assert served.ask("PUT", path, b"picture", ANNE) == 200
    assert served.ask("PUT", path, b"picture", BEN) == 403
    assert served.ask("PUT", path, b"picture") == 403
    assert served.ask("PUT", f"/_stcore/upload_file/session-b/{FILE}1", b"picture", ANNE) == 403
    assert served.ask("PUT", "/_stcore/upload_file/session-a/my-name", b"picture", ANNE) == 403
    served.fields.close("session-a")
    assert served.ask("PUT", path, b"picture", ANNE) == 403


def test_files_of_viewers_are_few_and_small(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.fields.open("session-a", ANNE)
    path = f"/_stcore/upload_file/session-a/{FILE}"
    for k in range(7):
        assert served.ask("PUT", f"{path}{k}", b"picture", ANNE) == 200
    assert served.uploaded.held("session-a") == [f"{FILE}{k}" for k in range(3, 7)]  # the newest
    assert served.ask("PUT", f"{path}8", iter([b"pic", b"ture"]), ANNE, chunked=True) == 411
    monkeypatch.setattr(gate, "MOST_OF_A_PICTURE", 1000)
    monkeypatch.setattr(gate, "MOST_OF_ALL", 70_000)
    assert served.ask("PUT", f"{path}8", BIG[:1000], ANNE) == 200
    assert served.ask("PUT", f"{path}9", BIG[:100_000], ANNE) == 413
    served.uploaded.manager.add_file("others", UploadedFileRec("x", "x", "x", BIG[:69_990]))
    assert served.ask("PUT", f"{path}9", BIG[:900], ANNE) == 507

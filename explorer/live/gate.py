"""The gate in front of Streamlit's own connections: ASGI middleware that bounds what browsers may ask of the server.

Of viewers it lets pass only what their pages need: of messages, of addresses below `_stcore`, and of files those of a
person whose page has a field for one. Of everybody it slows floods down, by not reading on: nothing that was said is
lost, and who sends faster than is read waits. Nor is anything read from who does not take what was sent before, so that
no pile of answers can grow for a browser that does not read.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.live.bucket import Bucket
from explorer.live.door import ROLE_HEADER, VISITOR_HEADER

MOST_TABS = 600  # connections at once
MOST_BYTES = 512 << 10  # of what a viewer's page says at once; the largest seen has 20 kB
A_SECOND, BURST = 10, 60  # messages of one tab: fast clicking is 10 a second, and may be so for ever
MOST_OF_A_PICTURE = 12 << 20  # bytes; a telephone's photographs have 2 to 10 MB
MOST_PICTURES = 4  # of a viewer's tab; the oldest goes. A page has two fields at most
MOST_OF_ALL = 1 << 30  # bytes of all viewers' pictures in memory

_FRAME = 64 << 10  # bytes that an upload has besides the file
_FOR_ALL = ("health", "host-config", "stream", "upload_file/", "bidi-components/")  # below _stcore
_UPLOAD = re.compile(r"upload_file/([\w-]{1,64})/([0-9a-f-]{36})", re.ASCII)
_MOST_FIELDS = 4 * MOST_TABS
_TOO_BIG, _TRY_LATER = 1009, 1013  # RFC 6455, 7.4.1, and its registry


class Files(Protocol):
    """Where Streamlit keeps what was uploaded."""

    def held(self, session: str) -> list[str]:
        """Ids of a session's files, the oldest first."""

    def bytes(self) -> int:
        """Of all sessions' files."""

    def forget(self, session: str, file: str) -> None:
        """Keep one no longer."""


class Fields:
    """Which sessions' pages have a field for a person's own picture now, and whose they are. Safe in threads."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, str] = OrderedDict()

    def open(self, session: str, visitor: str) -> None:
        """A page has one."""
        self._of[session] = visitor
        while len(self._of) > _MOST_FIELDS:  # of sessions that have ended
            self._of.popitem(last=False)

    def close(self, session: str) -> None:
        """It has none any more."""
        self._of.pop(session, None)

    def has(self, session: str, visitor: str) -> bool:
        """Whether a session of that visitor has one."""
        return self._of.get(session) == visitor


FIELDS = Fields()  # of this process


@dataclass(frozen=True)
class Rules:
    """What the gate has to know of Streamlit.

    Parameters
    ----------
    base : str
        Path of Streamlit's own addresses: "/_stcore/".
    may_say : callable
        Whether a message of a viewer's page may pass.
    fields : Fields
    files : Files
    most_tabs : int
    """

    base: str
    may_say: Callable[[bytes], bool]
    fields: Fields
    files: Files
    most_tabs: int = MOST_TABS


class Gate:
    """Stands behind the door, which says whose a connection is.

    Parameters
    ----------
    app : ASGI app
    rules : Rules
    """

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app, self._rules = app, rules
        self._tabs = 0
        self._arriving = 0  # bytes of viewers' pictures that are being uploaded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not scope["path"].startswith(self._rules.base):
            await self._app(scope, receive, send)
            return
        of_teacher = Headers(scope=scope).get(ROLE_HEADER) == "teacher"
        if scope["type"] == "websocket":
            await self._tab(scope, receive, send, of_teacher)
        elif of_teacher:
            await self._app(scope, receive, send)
        else:
            await self._viewers(scope, receive, send)

    # -- addresses ---------------------------------------------------------------------------------------------------

    async def _viewers(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(self._rules.base)
        if not path.startswith(_FOR_ALL):
            await PlainTextResponse("This is the teacher's", 403)(scope, receive, send)
        elif path.startswith("upload_file/") and scope["method"] == "PUT":
            await self._upload(path, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _upload(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers, found = Headers(scope=scope), _UPLOAD.fullmatch(path)
        visitor, length = headers.get(VISITOR_HEADER, ""), headers.get("content-length", "")
        if not found or not self._rules.fields.has(found[1], visitor):
            await PlainTextResponse("No page of yours asks for a file", 403)(scope, receive, send)
        elif not length.isdecimal():  # what comes in pieces could have any length
            await PlainTextResponse("A file has to say its length", 411)(scope, receive, send)
        elif int(length) > MOST_OF_A_PICTURE + _FRAME:
            await PlainTextResponse("The file is too large", 413)(scope, receive, send)
        elif self._rules.files.bytes() + self._arriving + int(length) > MOST_OF_ALL:
            await PlainTextResponse("The class has too many pictures here", 507)(scope, receive, send)
        else:
            self._arriving += int(length)
            self._keep(found[1], MOST_PICTURES - 1)
            try:
                await self._app(scope, receive, send)
            finally:
                self._arriving -= int(length)
                self._keep(found[1], MOST_PICTURES)  # several may have come at once

    def _keep(self, session: str, newest: int) -> None:
        for file in self._rules.files.held(session)[:-newest]:
            self._rules.files.forget(session, file)

    # -- tabs --------------------------------------------------------------------------------------------------------

    async def _tab(self, scope: Scope, receive: Receive, send: Send, of_teacher: bool) -> None:
        if self._tabs >= self._rules.most_tabs:
            await receive()  # that it wants to connect
            await send({"type": "websocket.close", "code": _TRY_LATER})
            return
        taken, bucket, closed = asyncio.Event(), Bucket(A_SECOND, BURST, asyncio.get_running_loop().time), False
        taken.set()

        async def send_if_open(message: Message) -> None:
            if closed:
                return
            taken.clear()
            try:
                await send(message)  # returns when the browser has taken what was sent before
            finally:
                taken.set()

        async def receive_some() -> Message:
            nonlocal closed
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                await taken.wait()
                await asyncio.sleep(bucket.take())
                data = message.get("bytes")
                if data is None or (len(data) > MOST_BYTES and not of_teacher):
                    await send({"type": "websocket.close", "code": _TOO_BIG})
                    closed = True
                    return {"type": "websocket.disconnect", "code": _TOO_BIG}
                if of_teacher or self._rules.may_say(data):
                    return message

        self._tabs += 1
        try:
            await self._app(scope, receive_some, send_if_open)
        finally:
            self._tabs -= 1

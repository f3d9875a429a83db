"""A tab without a browser, which says to the server whatever it is told to: true or forged."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.server import Server

FROM_ELSEWHERE = {"X-Forwarded-For": "203.0.113.7"}  # what makes a viewer of who connects from this machine
_PATIENCE_S = 60.0


@dataclass
class Tab:
    """A connection to Streamlit, and the page that came over it.

    Attributes
    ----------
    session : str
        The id that the server gave it.
    widgets : dict of str to message
        By their ids: what was drawn, as protobuf.
    said : str
        All words of the page.
    """

    line: ClientConnection
    session: str = ""
    widgets: dict[str, Any] = field(default_factory=dict)
    said: str = ""

    def say(self, **message: Any) -> None:
        """Say something else than that the page is to run: `say(clear_cache=True)`."""
        self.line.send(BackMsg(**message).SerializeToString())

    def ask(self, page: str = "", states: tuple[WidgetState, ...] = (), **query: str) -> None:
        """Ask for a page with a query, while widgets are said to stand so."""
        asked = BackMsg()
        asked.rerun_script.page_name, asked.rerun_script.query_string = page, urlencode(query)
        asked.rerun_script.widget_states.widgets.extend(states)
        self.line.send(asked.SerializeToString())

    def open(self, page: str = "", *states: WidgetState, **query: str) -> Tab:
        """Ask for it, and hear it out."""
        self.ask(page, states, **query)
        self.widgets, self.said = {}, ""
        while not self._hear(ForwardMsg.FromString(self.line.recv(_PATIENCE_S, decode=False))):
            pass
        return self

    def _hear(self, message: ForwardMsg) -> bool:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            proto: Any = getattr(element, element.WhichOneof("type") or "", None)
            self.said += f"\n{proto}"
            if getattr(proto, "id", ""):
                self.widgets[proto.id] = proto
        return kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN


@contextmanager
def tab(server: Server, headers: dict[str, str] = FROM_ELSEWHERE, session: str = "") -> Iterator[Tab]:
    """A viewer's, or with other headers somebody else's; `session` is the id of the one that it asks to go on with."""
    protocols = [Subprotocol(each) for each in ("streamlit", "no-xsrf-token", session) if each]
    with connected(server, "/_stcore/stream", headers, subprotocols=protocols) as line:
        yield Tab(line)


@contextmanager
def connected(server: Server, path: str, headers: dict[str, str], **options: Any) -> Iterator[ClientConnection]:
    """A websocket; with the header "Host" it asks for the server by that name."""
    netloc = urlsplit(server.url).netloc
    name, sent = headers.get("Host", netloc), {field: value for field, value in headers.items() if field != "Host"}
    way = socket.create_connection((netloc.partition(":")[0], int(netloc.partition(":")[2])), _PATIENCE_S)
    settings: dict[str, Any] = {
        "sock": way,
        "max_size": None,
        "max_queue": None,
        "close_timeout": 1,
        "proxy": None,
        **options,
    }
    with connect(f"ws://{name}{path}", additional_headers=sent, **settings) as opened:
        yield opened


def request(
    server: Server, method: str, path: str, headers: dict[str, str] = FROM_ELSEWHERE, body: bytes | None = None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Status, headers and content of what the server answers."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=_PATIENCE_S)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    found = answer.status, answer.headers, answer.read()
    connection.close()
    return found


def visit(server: Server, headers: dict[str, str] = FROM_ELSEWHERE) -> dict[str, str]:
    """Headers of a browser that has opened the page, with the cookies that it got."""
    found = [request(server, "GET", path, headers)[1] for path in ("/", "/_stcore/health")]
    cookies = [cookie.partition(";")[0] for got in found for cookie in got.get_all("set-cookie", [])]
    return {**headers, "Cookie": "; ".join(cookies)}


def pressed(button: str) -> WidgetState:
    """A button with that id, clicked."""
    return WidgetState(id=button, trigger_value=True)


def typed(widget: str, text: str) -> WidgetState:
    return WidgetState(id=widget, string_value=text)


def reported(widget: str, **states: Any) -> WidgetState:
    """What a component says of itself."""
    return WidgetState(id=widget, json_value=json.dumps(states))

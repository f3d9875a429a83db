"""What the app serves beside its pages: the live line, and a door that tells the teacher from viewers."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import streamlit as st
from google.protobuf.message import DecodeError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.server_util import is_url_from_allowed_origins
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from explorer import models, places, printing, questions, runs
from explorer.live import classroom, several, shelf
from explorer.live.classroom import Classroom
from explorer.live.decoding import Decoding
from explorer.live.door import ROLE_HEADER, VISITOR_HEADER, Door
from explorer.live.gate import FIELDS, Gate, Rules
from explorer.live.hub import Feed, Hub
from explorer.live.roles import QUERY, Roles
from explorer.live.sampling import Sampling
from explorer.live.several import Several
from explorer.live.socket import Connection, Hear, Line
from explorer.ui.feeds import beta, race, run, sweep, tasks, training
from explorer.ui.shell import cache, join, permissions, server_log

if TYPE_CHECKING:
    from explorer.models import Model
    from explorer.nets.base import Net
    from explorer.priors.base import Prior

PATH = "live"  # of the line, below the app's own address


@dataclass(frozen=True)
class Options:
    """What `streamlit run streamlit_app.py -- OPTIONS` says.

    Parameters
    ----------
    students_may_train : int
        Short runs of viewers that may be in the line at once.
    ask_everyone : bool
        Whether who sits at the machine needs the teacher's link, too. They do where the app has a path: a proxy stands
        in front of it, and some hand everybody on as if they sat here.
    several_servers : bool
        Whether others show the same folder of runs, to the same class, behind one proxy. Then, too, all need the link.
    """

    students_may_train: int = 0
    ask_everyone: bool = False
    several_servers: bool = False


# By kinds of topics. That of a topic without an id is called with "".
FEEDS: dict[str, Feed] = {
    "runs": training.look,
    "run": run.look,
    "log": run.log,
    "race": race.look,
    "sweep": sweep.look,
    "sweeps": sweep.look_at_list,
    "dots": beta.look_at_dots,
    "gaps": beta.look_at_gaps,
    "times": tasks.look_at_times,
    "download": tasks.look_at_download,
    "reading": tasks.look_at_reading,
}
HEARS: dict[str, Hear] = {}


class Server:
    """One server's hub, roles and options."""

    def __init__(self, options: Options) -> None:
        self.options = options
        shared = runs.runs_root() / ".class" if options.several_servers else None
        ask_everyone = options.ask_everyone or options.several_servers or bool(_base())
        self.roles = Roles(several.token(shared), ask_everyone, True) if shared else Roles(ask_everyone=ask_everyone)
        self.hub = Hub(FEEDS)
        self.classroom = Classroom(self.hub, questions.PREPARED)
        self._several = Several(shared, self.hub.boot, self.classroom) if shared else None
        self.decoding, self.sampling = Decoding(_net), Sampling(_painters)
        hears = {**HEARS, **self.classroom.hears, "sample": self.sampling.ask}
        hears["join"] = classroom.of_teachers(self._say_ways)
        self.line = Line(self.hub, self.roles.of, hears, self._left, _allowed, classroom.PRIVATE, self.decoding.ask)

    @property
    def routes(self) -> list[BaseRoute]:
        base = _base()

        async def follow(_request: Request) -> RedirectResponse:
            return RedirectResponse(f"./?{join.FOLLOW}=1", 303)  # relative: a proxy may have put us elsewhere

        return [
            WebSocketRoute(f"{base}/{PATH}", self.line.serve),
            Route(f"{base}/{join.PATH}", follow),
            Route(f"{base}/{shelf.PATH}/{{name}}", shelf.SHELF.serve),
        ]

    @property
    def middleware(self) -> list[Middleware]:
        rules = Rules(f"{_base()}/_stcore/", _may_say, FIELDS, _Uploaded())
        door = Middleware(Door, self.roles, str(st.get_option("server.xsrfCookieSameSite")).lower())
        return [door, Middleware(Gate, rules)]

    @asynccontextmanager
    async def lifespan(self, _app: Any) -> AsyncIterator[None]:
        """Print the teacher's link, and where things are kept if not where one would look."""
        printing.take_every_character()
        send_at_once()
        print(f"\n  Teacher's link: {self.link}\n", flush=True)
        if note := places.told():
            print(f"  {note}\n", flush=True)
        async with self._several.shared() if self._several else nullcontext():
            yield

    @property
    def link(self) -> str:
        """Makes the browser that opens it the teacher's."""
        address, port = st.get_option("server.address") or "localhost", st.get_option("server.port")
        host = "localhost" if address in ("0.0.0.0", "::") else address
        return f"http://{host}:{port}{_base()}/?{QUERY}={self.roles.token}"

    def _left(self, connection: Connection) -> None:
        self.classroom.left(connection)
        self.decoding.left(connection)
        self.sampling.left(connection)

    def _say_ways(self, connection: Connection, said: dict[str, Any]) -> None:
        """How others come here, asked for with the address that is seen: it may have changed since the start."""
        self.hub.put(classroom.DESK, join=join.ways(str(said.get("address", ""))))


_running: Server | None = None


def start() -> Server:
    """The server of this process, with the options of its command line."""
    global _running
    _running = Server(_options(sys.argv))
    # Streamlit keeps these with a session, and lets only those take it up again of whom they are the same.
    headers = {ROLE_HEADER: permissions.ROLE, VISITOR_HEADER: permissions.VISITOR}
    config.set_option("server.trustedUserHeaders", headers)
    permissions.serve(_running.options.students_may_train)
    server_log.begin()
    return _running


def running() -> Server | None:
    """The server that shows this page; None in a script run without one."""
    return _running


# What pages of viewers say to Streamlit; the rest would clear caches for all, or change settings and the machine.
_SAID_BY_VIEWERS = ("rerun_script", "stop_script", "app_heartbeat")
_MOST_FILES = 8  # whose addresses are asked for at once


def _may_say(data: bytes) -> bool:
    """Whether a message to Streamlit may pass, of a viewer's page."""
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return False
    match message.WhichOneof("type"):
        case "file_urls_request":
            return len(message.file_urls_request.file_names) <= _MOST_FILES
        case "backend_operation_request":
            return message.backend_operation_request.WhichOneof("payload") == "dataframe_chunk"
        case kind:
            return kind in _SAID_BY_VIEWERS


class _Uploaded:
    """Streamlit's uploaded files, as the gate asks for them."""

    def held(self, session: str) -> list[str]:
        return list(self._manager.file_storage.get(session, ()))

    def bytes(self) -> int:
        return sum(
            len(file.data) for files in list(self._manager.file_storage.values()) for file in list(files.values())
        )

    def forget(self, session: str, file: str) -> None:
        self._manager.remove_file(session, file)

    @property
    def _manager(self) -> MemoryUploadedFileManager:
        manager = get_instance().uploaded_file_mgr
        assert isinstance(manager, MemoryUploadedFileManager)
        return manager


def send_at_once() -> None:
    """Let connections to this process send what is written, however little, before the other has confirmed the rest.

    Asyncio sees to that, but for sockets that don't say that they are TCP's, as Streamlit's: of pictures that follow a
    hand, each then came with the next, a frame late. Connections take it over from the socket that listens (Linux,
    macOS).
    """
    for found in psutil.Process().net_connections("tcp"):
        if found.status == psutil.CONN_LISTEN and found.fd >= 0:
            with socket.socket(fileno=os.dup(found.fd)) as listening:
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _net(model_id: str) -> tuple[Model, Net]:
    """As pages have it."""
    model = models.get(model_id)
    return model, cache.net(model)


def _painters(model_id: str, prior_id: str) -> tuple[Prior, Net]:
    """As pages have them; ExplorerError if the model has no such prior that was trained for it."""
    model, net = _net(model_id)
    return cache.trained_prior(model, prior_id), net


def _base() -> str:
    """The path below which the app lies: "/class/vae", or empty."""
    path = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{path}" if path else ""


def _options(command: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog=f"{places.START} --")
    parser.add_argument("--students-may-train", type=_count, default=0, metavar="N",
                        help="let viewers have up to N short runs in the line (default: none)")  # fmt: skip
    parser.add_argument("--ask-everyone", action="store_true",
                        help="who sits at the machine needs the link, too: for tunnels of bare TCP")  # fmt: skip
    parser.add_argument("--several-servers", action="store_true",
                        help="others show the same folder of runs: share the class with them")  # fmt: skip
    ours = bool(command) and Path(command[0]).name == "streamlit_app.py"  # and not those of another ASGI server
    return Options(**vars(parser.parse_args(command[1:] if ours else [])))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to 100")
    return int(text)


def _allowed(origin: str | None, host: str | None) -> bool:
    """As Streamlit's own websocket has it: a page from elsewhere may not connect in its visitor's name."""
    if not is_host_allowed(host):
        return False
    return origin is None or urlsplit(origin).netloc == host or is_url_from_allowed_origins(origin)

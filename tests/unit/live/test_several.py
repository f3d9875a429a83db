"""One class on several servers: in one process, and two real ones behind nginx."""

from __future__ import annotations

import asyncio
import functools
import json
import re
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import ClientConnection

from explorer import runs
from explorer.config import TrainConfig
from explorer.live.classroom import CLASS, DESK, Classroom
from explorer.live.hub import Hub
from explorer.live.several import Several
from explorer.live.socket import Connection
from tests import tab
from tests.nginx import NGINX, nginx
from tests.server import PROJECT, Server, serve

NAME, OTHER = "a" * 16, "b" * 16
CHOICE = {"ask": "Which?", "options": ["this", "that"], "truth": "that", "why": "That is so."}
_PATIENCE_S = 60.0


class One:
    """A server's class, without the server."""

    def __init__(self, folder: Path) -> None:
        self.hub = Hub({})
        self.classroom = Classroom(self.hub, {}, grace_s=60.0)
        self.several = Several(folder, self.hub.boot, self.classroom)

    def say(self, connection: Connection, kind: str, **what: Any) -> None:
        self.classroom.hears[kind](connection, {"say": kind, **what})

    async def until(self, topic: str, **parts: Any) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while {part: self.hub.value(topic, part) for part in parts} != parts:
                await asyncio.sleep(0.01)


def in_a_loop(test: Callable[[Path], Coroutine[Any, Any, None]]) -> Callable[[Path], None]:
    return functools.wraps(test)(lambda tmp_path: asyncio.run(test(tmp_path)))


@in_a_loop
async def test_whoever_presents_last_presents_on_all(tmp_path: Path):
    """From server to server, with pictures and questions; and on when a presenter's server ends."""
    here, there = One(tmp_path), One(tmp_path)
    teacher, colleague, viewer = Connection("teacher"), Connection("teacher"), Connection("viewer")
    (tmp_path / "damaged.json").write_text("{")
    async with here.several.shared():
        async with there.several.shared():
            here.say(teacher, "begin", name=NAME)
            here.say(teacher, "present", name=NAME, place="beta?at=0.01")
            here.say(teacher, "at", picture="tradeoff", at={"place": 0.4})
            await there.until(CLASS, presented=NAME, place="beta?at=0.01", **{"at tradeoff": {"place": 0.4}})
            here.say(teacher, "ask", question=CHOICE)
            await there.until(CLASS, question=here.hub.value(CLASS, "question"))

            there.say(colleague, "begin", name=OTHER)
            there.say(colleague, "present", name=OTHER, place="train")
            await here.until(CLASS, presented=OTHER, place="train", question=None)
            here.say(teacher, "present", name=NAME, place="blur")  # who has been followed by another says nothing more
            there.say(colleague, "ask", question=CHOICE)
            assert there.hub.value(CLASS, "question")["number"] == 2
            await here.until(CLASS, place="train", question=there.hub.value(CLASS, "question"))
            here.say(viewer, "answer", number=2, answer=1, browser="c" * 16)
            here.say(viewer, "answer", number=1, answer=0, browser="c" * 16)
            await there.until(DESK, answered={"number": 2, "count": 1})
        await here.until(CLASS, presented=OTHER, away=True, question=None)
        here.say(colleague, "present", name=OTHER, place="start")
        await here.until(CLASS, presented=OTHER, away=False, place="start")
        here.say(colleague, "end", name=OTHER)
        await here.until(CLASS, presented=None)
    assert [path.name for path in tmp_path.iterdir()] == ["damaged.json"]


def proxied(servers: list[Server]) -> Callable[[str], str]:
    """The settings that docs/deploy.md gives, with the ports of these servers."""
    (settings,) = re.findall(r"```nginx\n(map .*?)```", (PROJECT / "docs" / "deploy.md").read_text(), re.DOTALL)
    for known, server in zip(("8501", "8502"), servers, strict=True):
        settings = settings.replace(known, str(urlsplit(server.url).port))
    return lambda place: settings.replace("listen 80", f"listen {place}")


class Line:
    """A tab's live line: all that it was told."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self.first: dict[str, Any] = json.loads(line.recv(_PATIENCE_S))
        self.parts: dict[str, dict[str, Any]] = {}

    def say(self, kind: str, **what: Any) -> None:
        self._line.send(json.dumps({"say": kind, **what}))

    def watch(self, topic: str) -> None:
        self._line.send(json.dumps({"watch": topic}))

    def until(self, topic: str, seen: Callable[[dict[str, Any]], bool]) -> None:
        while not seen(self.parts.get(topic, {})):
            letter = json.loads(self._line.recv(_PATIENCE_S))
            self.parts.setdefault(letter["topic"], {}).update(letter["parts"])


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_two_servers_behind_nginx(tmp_path: Path):
    """A class on both, and a run; a browser stays with its server, and the teacher's link is good at each."""
    shared = {"VAE_EXPLORER_RUNS": str(tmp_path / "runs")}
    with ExitStack() as stack:
        starting = [
            serve(tmp_path / name, environment=shared, options=["--several-servers"]) for name in ("one", "two")
        ]
        servers = [stack.enter_context(each) for each in starting]
        for server in servers:
            server.wait_until_healthy()
        front = replace(servers[0], url=stack.enter_context(nginx(tmp_path / "nginx", proxied(servers))))
        (token,) = {re.findall(r"\?token=(\S+)", server.log.read_text())[0] for server in servers}

        def come(headers: dict[str, str]) -> Line:
            return Line(stack.enter_context(tab.connected(front, "/live", headers)))

        status, got, _ = tab.request(front, "GET", f"/?token={token}", {})
        assert status == 303
        cookies = "; ".join(cookie.partition(";")[0] for cookie in got.get_all("set-cookie", []))
        teacher = come({"Cookie": cookies})
        assert teacher.first["role"] == "teacher"
        assert come({"Cookie": cookies}).first["boot"] == teacher.first["boot"]
        viewers = [come({"Cookie": f"vae_explorer_place={i}"}) for i in range(8)]
        elsewhere = [viewer for viewer in viewers if viewer.first["boot"] != teacher.first["boot"]]
        assert 0 < len(elsewhere) < len(viewers)
        viewer = elsewhere[0]
        assert viewer.first["role"] == "viewer"

        teacher.watch(DESK)
        teacher.say("begin", name=NAME)
        teacher.say("present", name=NAME, place="beta?at=0.01")
        teacher.say("at", picture="tradeoff", at={"place": 0.4})
        viewer.watch(CLASS)
        viewer.until(CLASS, lambda parts: parts.get("at tradeoff") == {"place": 0.4})
        assert viewer.parts[CLASS]["place"] == "beta?at=0.01"
        for each in viewers:
            each.say("follow")
        teacher.until(DESK, lambda parts: parts.get("followers") == len(viewers))
        teacher.say("ask", question=CHOICE)
        viewer.until(CLASS, lambda parts: bool(parts["question"]))
        for i, each in enumerate(elsewhere):
            each.say("answer", number=1, answer=1, browser=f"browser{i}")
        teacher.until(DESK, lambda parts: (parts.get("answered") or {}).get("count") == len(elsewhere))
        teacher.say("reveal", number=1)
        viewer.until(CLASS, lambda parts: bool(parts["question"]["revealed"]))
        assert viewer.parts[CLASS]["question"]["revealed"]["counts"] == [0, len(elsewhere)]

        run = runs.create(TrainConfig(), "Seen by all", tmp_path / "runs" / "20260101-000000-0001")
        for each in (teacher, viewer):
            each.watch(f"run:{run.id}")
            each.until(f"run:{run.id}", lambda parts: bool(parts) and not parts.get("gone"))

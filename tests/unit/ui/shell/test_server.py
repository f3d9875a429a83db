"""What browsers may make up and say to the live line is no fault, and no line of the server's log."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from streamlit import config

from explorer.live.hub import Feed
from explorer.live.socket import Connection
from explorer.live.topics import Look, Topic
from explorer.ui.shell import server

SUBJECTS = [
    "", "a", ".", "..", "../..", "/", "/etc/passwd", "a/b", "\0", "a\nb", "~", "%2e", "\ud800", "\u0661", "9" * 90,
    "con", "a" * 90, "*", "[", "20261125-100000-0001,", ",,", "-1", "nan", " ",
]  # fmt: skip
VALUES: list[Any] = [None, True, -1, 1.5, 10**40, float("nan"), "", "a" * 20, "\ud800", "\0", [], [[]], {}, {"a": 1}]
FIELDS = ("name", "place", "picture", "at", "question", "number", "answer", "browser", "address")
ASKS: list[Any] = [
    {"ask": value, "options": other, "truth": value, "why": other} for value in VALUES for other in VALUES
]


@pytest.mark.parametrize(("kind", "feed"), server.FEEDS.items())
def test_a_subject_that_is_made_up_is_looked_at_in_vain(kind: str, feed: Feed):
    for subject in SUBJECTS:
        Topic(f"{kind}:{subject}").take(feed(subject) or Look({"gone": True}))


@pytest.mark.parametrize("role", ["teacher", "viewer"])
def test_nonsense_that_is_said_is_refused_or_does_nothing(role: Any):
    async def main() -> None:
        serving = server.Server(server.Options())
        connection = Connection(role)
        says = [{field: value} for field in FIELDS for value in VALUES] + [{"question": table} for table in ASKS]
        says += [dict.fromkeys(FIELDS, value) for value in VALUES]
        sound = {"name": "a" * 16, "picture": "plane", "number": 1, "browser": "b" * 16, "address": "http://a.example"}
        for hear in serving.line._hears.values():
            for said in says:
                with suppress(ValueError):  # shown out
                    hear(connection, said)
                with suppress(ValueError):
                    hear(connection, sound | said)
        for topic in serving.hub._topics.values():
            json.loads(json.dumps({part: topic.value(part) for part in topic._parts}))

    asyncio.run(main())


@pytest.fixture
def below_a_path() -> Iterator[None]:
    """As with `--server.baseUrlPath class/vae/`."""
    config.set_option("server.baseUrlPath", "class/vae/")
    yield
    config.set_option("server.baseUrlPath", "")


def test_who_comes_through_a_proxy_that_hides_it_is_a_viewer_where_the_app_has_a_path(below_a_path: None):
    """nginx's `proxy_pass` alone says Host: localhost, and no X-Forwarded-For."""
    serving = server.Server(server.Options())
    here = {"client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8501), "headers": [(b"host", b"localhost:8501")]}
    assert serving.roles.of(here) == "viewer"
    cookie = f"vae_explorer_teacher_8501={serving.roles.token}".encode()
    assert serving.roles.of({**here, "headers": [*here["headers"], (b"cookie", cookie)]}) == "teacher"


def test_all_that_is_served_lies_below_the_path(below_a_path: None):
    serving = server.Server(server.Options())
    assert all(str(getattr(route, "path", "")).startswith("/class/vae/") for route in serving.routes)
    assert "/class/vae/?token=" in serving.link


def test_what_is_written_is_sent_at_once() -> None:
    """Of connections that are made after it was said, to a socket that says no more of itself than Streamlit's."""
    with socket.socket(socket.AF_INET) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server.send_at_once()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

"""The live line, over real websockets."""

from __future__ import annotations

import itertools
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from explorer import faults
from explorer.live import socket
from explorer.live.hub import Hub
from explorer.live.socket import Connection, Line
from explorer.live.topics import Look
from tests import lines
from tests.lines import ServedLine, hear, say

BIG = secrets.token_hex(100_000)  # that no compression makes small


def trip(connection: Connection, said: dict[str, Any]) -> None:
    raise LookupError(said["over"])


HEARD: list[dict[str, Any]] = []
LEFT = threading.Semaphore(0)


@pytest.fixture(scope="module")
def served() -> Iterator[ServedLine]:
    line = Line(
        Hub({"count": lambda subject: Look({"of": subject}, range(5))}),
        lambda scope: "viewer",
        {"wave": lambda connection, said: HEARD.append(said), "trip": trip},
        lambda connection: LEFT.release(),
        lambda origin, host: origin != "http://elsewhere.example",
    )
    with lines.serve(line) as running:
        yield running


def test_a_browser_hears_what_it_watches_and_is_heard(served: ServedLine):
    with served.connect() as browser:
        assert hear(browser) == {"boot": served.line.hub.boot, "role": "viewer"}
        say(browser, watch="count:a", rows=3)
        letter = hear(browser)
        assert (letter["topic"], letter["parts"], letter["from"], letter["rows"]) == ("count:a", {"of": "a"}, 3, [3, 4])
        say(browser, say="wave", hand="left")
        say(browser, watch="count:b")  # comes after it, on the same socket
        assert hear(browser)["topic"] == "count:b"
        assert HEARD[-1] == {"say": "wave", "hand": "left"}


def test_who_knew_this_server_is_told_only_what_is_new(served: ServedLine):
    served.put("class:", page="/beta", at=1)
    with served.connect() as browser:
        boot = hear(browser)["boot"]
        say(browser, watch="class:")
        known = hear(browser)["version"]
    served.put("class:", at=2)
    with served.connect() as browser:
        hear(browser)
        say(browser, watch="class:", boot=boot, version=known)
        assert hear(browser)["parts"] == {"at": 2}
    with served.connect() as browser:
        hear(browser)
        say(browser, watch="class:", boot="of another", version=known)
        assert hear(browser)["parts"] == {"page": "/beta", "at": 2}


def test_a_slow_reader_gets_the_newest_and_never_a_queue(served: ServedLine):
    count = 120  # of 200 kB each: far more than the buffers between the two hold
    with served.connect(max_queue=1, max_size=None) as slow, served.connect() as quick:
        for browser in (slow, quick):
            hear(browser)
            say(browser, watch="class:")
            hear(browser)
        letters = 0
        for i in range(count):
            served.put("class:", big=f"{i} {BIG}")
            while not hear(quick)["parts"]["big"].startswith(f"{i} "):
                pass
        while not (got := hear(slow)["parts"]["big"]).startswith(f"{count - 1} "):
            letters += 1
        assert got.startswith(f"{count - 1} ")
        assert letters < count / 2
        served.put("class:", big="")


@pytest.mark.parametrize(
    "text",
    [
        "[", "[1]", '"watch"', "{}", '{"watch": 3}', '{"watch": "count:a", "rows": -1}',
        '{"watch": "count:a", "version": "1"}', '{"say": "shout"}', "[" * 9000,
        json.dumps({"say": "wave", "more": "x" * socket.MOST_BYTES}),
    ],
)  # fmt: skip
def test_who_says_nonsense_is_shown_out(served: ServedLine, text: str):
    with served.connect() as browser:
        hear(browser)
        browser.send(text)
        with pytest.raises(ConnectionClosed) as closed:
            hear(browser)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == socket.POLICY_VIOLATION


def test_a_fault_of_who_hears_is_logged_and_the_line_goes_on(served: ServedLine, caplog: pytest.LogCaptureFixture):
    with served.connect() as browser, served.connect() as other:
        for each in (browser, other):
            hear(each)
        say(browser, say="trip", over="a stone")
        for each in (browser, other):
            say(each, watch="count:a")
            assert hear(each)["topic"] == "count:a"
    [told] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert told.exc_info
    assert told.exc_info[1]
    assert told.getMessage() == f"Error {faults.number(told.exc_info[1])}, hearing 'trip'"


def test_so_is_who_sends_bytes(served: ServedLine):
    with served.connect() as browser:
        hear(browser)
        browser.send(b"{}")
        with pytest.raises(ConnectionClosed):
            hear(browser)


def test_and_who_floods_it(served: ServedLine):
    with served.connect() as browser:
        hear(browser)
        before = len(HEARD)
        sent = flood(browser)
        assert len(HEARD) - before < sent


def flood(browser: ClientConnection) -> int:
    """How much could be said before it was shown out."""
    for sent in itertools.count():
        try:
            say(browser, say="wave")
        except ConnectionClosed:
            return sent
    raise AssertionError


def test_a_tab_watches_so_many_topics_and_a_server_has_so_many_tabs(
    served: ServedLine, monkeypatch: pytest.MonkeyPatch
):
    with served.connect() as browser:
        hear(browser)
        for i in range(socket.MOST_TOPICS + 1):
            say(browser, watch=f"count:{i}")
        heard = 0
        with suppress(ConnectionClosed):
            for heard in itertools.count():  # noqa: B007
                hear(browser)
        assert heard <= socket.MOST_TOPICS
    monkeypatch.setattr(socket, "MOST_CONNECTIONS", 0)
    with pytest.raises(InvalidStatus):
        served.connect()


def test_a_page_from_elsewhere_may_not_connect(served: ServedLine):
    with pytest.raises(InvalidStatus):
        served.connect(origin="http://elsewhere.example")


def test_unknown_topics_are_ignored_and_leave_nothing(served: ServedLine):
    with served.connect() as browser:
        hear(browser)
        say(browser, watch="unknown:a")
        say(browser, watch=f"count:{'a' * 200}")
        say(browser, watch="count:a")
        assert hear(browser)["topic"] == "count:a"
        say(browser, leave="count:a")
        say(browser, leave="never watched")
        say(browser, watch="class:")
        assert hear(browser)["topic"] == "class:"


def test_all_that_watched_leave_when_the_socket_does(served: ServedLine):
    while LEFT.acquire(blocking=False):  # those of other tests
        pass
    with served.connect() as browser:
        hear(browser)
        say(browser, watch="count:z")
        hear(browser)
        assert "count:z" in served.line.hub.looking
    while "count:z" in served.line.hub.looking:
        assert LEFT.acquire(timeout=30)  # a browser of another test may leave in between


def test_a_connection_is_what_its_role_says():
    assert Connection("viewer").role == "viewer"

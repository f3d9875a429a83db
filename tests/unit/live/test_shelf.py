"""What browsers fetch once."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest
from starlette.requests import Request
from starlette.responses import Response

from explorer.live.shelf import Shelf, named, packed


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(most_bytes=200)


def fetched(shelf: Shelf, name: str, encoding: str = "gzip, br") -> Response:
    headers = [(b"accept-encoding", encoding.encode())]
    return asyncio.run(shelf.serve(Request({"type": "http", "headers": headers, "path_params": {"name": name}})))


def test_who_knows_a_name_gets_what_it_stands_for_and_keeps_it(shelf: Shelf):
    text = json.dumps({"cell": 32, "names": ["cat"] * 20})
    name, content = packed(text)
    assert fetched(shelf, name).status_code == 404
    shelf.put(name, content)
    answer = fetched(shelf, name)
    assert gzip.decompress(answer.body).decode() == shelf.get(name) == text
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    plain = fetched(shelf, name, "identity")
    assert (bytes(plain.body).decode(), "content-encoding" in plain.headers) == (text, False)


def test_pictures_are_kept_as_they_are(shelf: Shelf):
    name, content = named(b"RIFF....WEBP")
    shelf.put(name, content, "image/webp")
    answer = fetched(shelf, name)
    assert (answer.body, answer.media_type, "content-encoding" in answer.headers) == (content, "image/webp", False)


def test_equal_texts_have_one_name_and_others_another():
    assert packed("a") == packed("a")
    assert packed("a")[0] != packed("b")[0]


def test_what_was_put_there_longest_ago_goes_first(shelf: Shelf):
    one, two, three = ((str(i), bytes(80)) for i in range(3))
    for name, content in (one, two, one, three):
        shelf.put(name, content)
    kept = {name: content for name, content in (one, two, three) if name in shelf._kept}
    assert kept.keys() == {"0", "2"}
    shelf.put("4", gzip.compress(b"x") + bytes(400))  # more than there is room for
    assert shelf.get("0") is None
    assert "4" in shelf._kept

"""What browsers are given at the door."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.responses import HTMLResponse

from explorer.live.door import Door
from explorer.live.roles import Roles


def cookie(door: Door, **scope: Any) -> str:
    """That a browser gets which opens a page."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    page = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "query_string": b"", "headers": [], **scope}
    asyncio.run(door(page, receive, send))
    return dict(sent[0]["headers"])[b"set-cookie"].decode()


@pytest.mark.parametrize("query", [b"", b"token=secret"])
def test_cookies_go_along_in_frames_of_other_sites_only_where_that_was_asked_for(query: bytes):
    app, roles = HTMLResponse("a page"), Roles(token="secret")
    usual = cookie(Door(app, roles), query_string=query)
    assert "SameSite=lax" in usual
    assert "Secure" not in usual
    assert "Secure" in cookie(Door(app, roles), query_string=query, scheme="https")
    framed = cookie(Door(app, roles, "none"), query_string=query)
    assert "SameSite=none" in framed
    assert "Secure" in framed

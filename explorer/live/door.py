"""The door that all that comes from browsers passes: ASGI middleware around the whole app."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from explorer.live.roles import QUERY, Roles

ROLE_HEADER = "x-vae-explorer-role"  # added to what a browser sent, and never taken from it
_KEPT_S = 7 * 24 * 3600  # a cookie for a teacher's browser; the token itself lives as long as the server


class Door:
    """Says whom a connection belongs to, and takes in the teacher who opens the link.

    Parameters
    ----------
    app : ASGI app
    roles : Roles
    """

    def __init__(self, app: ASGIApp, roles: Roles) -> None:
        self._app, self._roles = app, roles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http" and scope["method"] == "GET":
            token, query = _taken_out(scope["query_string"].decode("latin-1"))
            if token is not None and self._roles.fits(token):
                await self._take_in(scope, query)(scope, receive, send)
                return
        role = self._roles.of(dict(scope))
        headers = [(name, value) for name, value in scope["headers"] if name.decode("latin-1").lower() != ROLE_HEADER]
        await self._app({**scope, "headers": [*headers, (ROLE_HEADER.encode(), role.encode())]}, receive, send)

    def _take_in(self, scope: Scope, query: str) -> RedirectResponse:
        """To the same page without the token, which would be in everybody's sight there."""
        answer = RedirectResponse(f"{scope['path']}?{query}" if query else scope["path"], 303)
        name, secure = self._roles.cookie(dict(scope)), scope["scheme"] == "https"
        answer.set_cookie(name, self._roles.token, _KEPT_S, httponly=True, samesite="lax", secure=secure)
        return answer


def _taken_out(query: str) -> tuple[str | None, str]:
    """The token in a query, and the query without it."""
    pairs: list[tuple[str, Any]] = parse_qsl(query, keep_blank_values=True)
    tokens = [value for name, value in pairs if name == QUERY]
    return (tokens[0] if tokens else None), urlencode([pair for pair in pairs if pair[0] != QUERY])

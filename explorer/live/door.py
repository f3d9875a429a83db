"""The door that all that comes from browsers passes: ASGI middleware around the whole app."""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.live.roles import QUERY, Roles, cookie

# Added to what a browser sent, and never taken from it: whose a connection is, and which browser it comes from.
ROLE_HEADER, VISITOR_HEADER = "x-vae-explorer-role", "x-vae-explorer-visitor"
_OURS = (ROLE_HEADER, VISITOR_HEADER)
_KEPT_S = 7 * 24 * 3600  # cookies; the token itself lives as long as the server
_VISITOR = re.compile(r"[\w-]{22}", re.ASCII)  # 128 bits, as `secrets.token_urlsafe` writes them


class Door:
    """Says whom a connection belongs to, and takes in the teacher who opens the link.

    A browser that opens a page gets a random cookie: what tells its runs and sessions from those of others. It says
    nothing of who sits there.

    Parameters
    ----------
    app : ASGI app
    roles : Roles
    same_site : {"lax", "strict", "none"}
        Of cookies: with "none" they are sent in a frame of another site's page, too, if the browser lets it.
    """

    def __init__(self, app: ASGIApp, roles: Roles, same_site: str = "lax") -> None:
        self._app, self._roles, self._same_site = app, roles, same_site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http" and scope["method"] == "GET":
            token, query = _taken_out(scope["query_string"].decode("latin-1"))
            if token is not None and self._roles.fits(token):
                await self._take_in(scope, query)(scope, receive, send)
                return
        visitor = visitor_of(scope)
        headers = [(name, value) for name, value in scope["headers"] if name.decode("latin-1").lower() not in _OURS]
        for name, value in ((ROLE_HEADER, self._roles.of(dict(scope))), (VISITOR_HEADER, visitor)):
            headers.append((name.encode(), value.encode()))

        async def send_known(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                if answer.get("content-type", "").startswith("text/html"):
                    self._keep(answer, scope)
            await send(message)

        known = visitor or scope["type"] != "http"
        await self._app({**scope, "headers": headers}, receive, send if known else send_known)

    def _take_in(self, scope: Scope, query: str) -> RedirectResponse:
        """To the same page without the token, which would be in everybody's sight there."""
        # Relative: a proxy may have put us elsewhere, and a path of ours can't lead to another host.
        page = "./" + quote(scope["path"].rpartition("/")[2])
        answer = RedirectResponse(f"{page}?{query}" if query else page, 303)
        answer.set_cookie(self._roles.cookie(dict(scope)), self._roles.token, **self._cookie_settings(scope))
        return answer

    def _keep(self, answer: MutableHeaders, scope: Scope) -> None:
        of = RedirectResponse("/")  # Starlette writes cookies for responses only
        of.set_cookie(_visitor_cookie(scope), secrets.token_urlsafe(16), **self._cookie_settings(scope))
        answer.append("set-cookie", of.headers["set-cookie"])

    def _cookie_settings(self, scope: Scope) -> dict[str, Any]:
        secure = scope["scheme"] == "https" or self._same_site == "none"
        return {"max_age": _KEPT_S, "httponly": True, "samesite": self._same_site, "secure": secure}


def visitor_of(scope: Scope) -> str:
    """The random cookie of the browser at the other end; empty where it has none."""
    value = cookie(dict(scope), _visitor_cookie(scope))
    return value if _VISITOR.fullmatch(value) else ""


def _visitor_cookie(scope: Scope) -> str:
    return f"vae_explorer_visitor_{(scope.get('server') or ('', 0))[1]}"


def _taken_out(query: str) -> tuple[str | None, str]:
    """The token in a query, and the query without it."""
    pairs: list[tuple[str, Any]] = parse_qsl(query, keep_blank_values=True)
    tokens = [value for name, value in pairs if name == QUERY]
    return (tokens[0] if tokens else None), urlencode([pair for pair in pairs if pair[0] != QUERY])

"""Who a connection belongs to: the teacher or a viewer. As notebook servers do it, with a token.

Whoever opens the link with the token that is printed at start is the teacher; a cookie keeps it for that browser. Who
sits at the machine needs none. That the other end is this machine does not say so yet: a tunnel or a proxy makes every
stranger come from here. So the browser must also have asked for this machine by its own name (Host, Origin), and nobody
may have handed the request on. A tunnel of bare TCP can't be told from this machine if its other end lies about
the name: `ask_everyone` is for those.

Tokens in cookies and links are compared in constant time. The cookie's name holds the port: cookies are shared by all
servers of a host.
"""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, Literal
from urllib.parse import urlsplit

from starlette.datastructures import Headers

Role = Literal["teacher", "viewer"]

QUERY = "token"  # parameter of the link that makes a teacher
# Headers that proxies and tunnels add, or what they begin with: a browser at the machine sends none of them.
_HANDED_ON = (
    "forwarded", "via", "x-forwarded", "x-real-", "x-client-", "x-original-", "x-proxy", "x-envoy-", "x-amzn-",
    "x-azure-", "x-appengine-", "x-cluster-client-ip", "true-client-ip", "cf-", "cdn-loop", "fastly-", "fly-",
    "tailscale-", "x-ms-", "x-tunnel-", "ngrok-",
)  # fmt: skip


@dataclass(frozen=True)
class Roles:
    """How this server tells teachers from viewers.

    Parameters
    ----------
    token : str
        What makes a teacher.
    ask_everyone : bool
        Whether even who sits at the machine needs the token.
    several : bool
        Whether other servers of the same address have the same token.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    ask_everyone: bool = False
    several: bool = False

    def of(self, scope: dict[str, Any]) -> Role:
        """Of an ASGI connection's `scope`."""
        if self.fits(cookie(scope, self.cookie(scope))):
            return "teacher"
        return "teacher" if not self.ask_everyone and from_this_machine(scope) else "viewer"

    def fits(self, token: str) -> bool:
        """Whether a text is the token."""
        return secrets.compare_digest(token.encode(), self.token.encode())

    def cookie(self, scope: dict[str, Any]) -> str:
        """Name of the cookie that holds the token."""
        if self.several:
            return "vae_explorer_teacher"
        return f"vae_explorer_teacher_{(scope.get('server') or ('', 0))[1]}"


def from_this_machine(scope: dict[str, Any]) -> bool:
    """Whether a connection comes from this machine, by its own name, and was handed on by nobody we can see."""
    headers = Headers(scope=scope)
    client = scope.get("client")
    if not client or not _is_loopback(client[0]) or any(name.startswith(_HANDED_ON) for name in headers):
        return False
    names = [urlsplit(f"//{host}").hostname for host in headers.getlist("host")]
    names += [urlsplit(origin).hostname for origin in headers.getlist("origin")]
    return "host" in headers and all(_is_loopback(name or "") for name in names)


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def cookie(scope: dict[str, Any], name: str) -> str:
    """What a connection says for a cookie; empty where it says nothing that can be read."""
    for line in Headers(scope=scope).getlist("cookie"):
        try:
            found = SimpleCookie(line).get(name)
        except CookieError:
            continue
        if found:
            return found.value
    return ""

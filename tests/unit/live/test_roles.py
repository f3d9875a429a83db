"""Who is taken for the teacher."""

from __future__ import annotations

from typing import Any

import pytest

from explorer.live.roles import Roles

ROLES = Roles(token="secret")


def scope(client: str = "127.0.0.1", **headers: str) -> dict[str, Any]:
    named = {"host": "localhost:8501", **{name.replace("_", "-"): value for name, value in headers.items()}}
    pairs = [(name.encode(), value.encode()) for name, value in named.items()]
    return {"type": "websocket", "client": (client, 50000), "server": ("127.0.0.1", 8501), "headers": pairs}


@pytest.mark.parametrize(
    "connection",
    [
        scope(),
        scope(host="127.0.0.1:8501", origin="http://127.0.0.1:8501"),
        scope("::1", host="[::1]:8501", origin="http://localhost:8501"),
        scope("10.0.0.7", host="10.0.0.2:8501", cookie="vae_explorer_teacher_8501=secret"),
        scope(
            "10.0.0.7", host="10.0.0.2:8501", cookie="a=b; vae_explorer_teacher_8501=secret", x_forwarded_for="1.2.3.4"
        ),
    ],
)
def test_who_sits_at_the_machine_or_has_the_token_is_the_teacher(connection: dict[str, Any]):
    assert ROLES.of(connection) == "teacher"


@pytest.mark.parametrize(
    "connection",
    [
        scope("10.0.0.7", host="10.0.0.2:8501"),
        scope("10.0.0.7"),  # says that it asked for this machine by its own name
        scope(host="class.example"),  # a tunnel that ends here
        scope(host="class.example", x_forwarded_for="127.0.0.1"),
        scope(x_forwarded_for="127.0.0.1"),  # a proxy that gives its own name
        scope(forwarded="for=127.0.0.1"),
        scope(cf_connecting_ip="127.0.0.1"),
        scope(origin="https://class.example"),  # the browser asked another name, the tunnel rewrote it
        scope(origin="null"),
        scope(host="127.0.0.1.class.example"),
        scope(host="localhost.class.example"),
        scope("10.0.0.7", cookie="vae_explorer_teacher_8501=guess"),
        scope("10.0.0.7", cookie="vae_explorer_teacher_8502=secret"),  # of another server on this host
        scope("10.0.0.7", cookie='vae_explorer_teacher_8501="; broken'),
        {**scope(), "client": None},
        {**scope(), "headers": []},
    ],
)
def test_nobody_else_is(connection: dict[str, Any]):
    assert ROLES.of(connection) == "viewer"


def test_everyone_may_be_asked_for_the_token():
    asked = Roles(token="secret", ask_everyone=True)
    assert asked.of(scope()) == "viewer"
    assert asked.of(scope(cookie="vae_explorer_teacher_8501=secret")) == "teacher"


def test_tokens_are_long_and_each_server_has_another():
    assert Roles().token != Roles().token
    assert len(Roles().token) >= 24

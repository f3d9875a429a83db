"""Addresses that a class comes by."""

from __future__ import annotations

import pytest

from explorer.ui.shell import join

OWN = ["192.168.1.5", "127.0.0.1", "169.254.3.4", "172.17.0.1"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("0.0.0.0", ["192.168.1.5", "172.17.0.1"]),
        (None, ["192.168.1.5", "172.17.0.1"]),
        ("127.0.0.1", []),
        ("localhost", []),
        ("::1", []),
        ("192.168.1.5", ["192.168.1.5"]),
        ("class.example", ["class.example"]),
    ],
)
def test_only_addresses_that_others_reach_are_offered(address: str | None, expected: list[str]):
    assert join.hosts(address, OWN) == expected


def test_an_app_of_this_machine_alone_says_how_to_open_it():
    ways = join.ways("http://localhost:8501/")  # as .streamlit/config.toml has it
    assert ways == {"addresses": [], "start": join.OPEN_TO_ALL}


def test_a_tunnel_is_joined_by_the_name_that_the_teacher_sees():
    [way] = join.ways("https://class.example/vae/?token=secret")["addresses"]
    assert way["address"] == "https://class.example/vae/join"
    assert way["code"].startswith("data:image/svg+xml")
    assert join.ways("javascript:alert(1)")["addresses"] == []

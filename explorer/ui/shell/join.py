"""Where other machines find this app: addresses of this one, and each as a code for a telephone's camera."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import psutil
import segno
import streamlit as st

from explorer import places

PATH = "join"  # below the app's own address: leads to its first page, and follows the class
FOLLOW = "join"  # the parameter that says so
OPEN_TO_ALL = f"{places.START} --server.address 0.0.0.0"
_BORDER = 4  # modules of light around a code, as the standard asks for: ISO/IEC 18004, 6.3.8
_LONGEST = 200  # characters of an address


def ways(seen_at: str) -> dict[str, Any]:
    """How others come here.

    Parameters
    ----------
    seen_at : str
        The app's address in the browser of whoever asks: a name or a tunnel's, which this machine doesn't know.

    Returns
    -------
    dict
        addresses : list of {"address", "code"}: without "http://", and the code of the whole as the data URI of an SVG;
        the likeliest first. None where only this machine can come here.
        start : str, the command that opens the app to others, where it isn't.
    """
    found = list(dict.fromkeys([*_of_browser(seen_at), *_of_this_machine()]))
    return {"addresses": [_way(url) for url in found], "start": "" if found else OPEN_TO_ALL}


def hosts(address: str | None, own: Iterable[str]) -> list[str]:
    """Of this machine's `own` IPv4 addresses those that others reach a server at that listens on `address`."""
    if address in ("0.0.0.0", "::", "", None):
        return [host for host in own if _is_reached(host)]
    return [address] if _is_reached(address) else []


def _way(url: str) -> dict[str, str]:
    code = segno.make(url, micro=False, error="m")
    return {
        "address": url.removeprefix("http://"),
        "code": code.svg_data_uri(border=_BORDER, light="#fff", dark="#000", omitsize=True),
    }


def _of_browser(seen_at: str) -> list[str]:
    parts = urlsplit(seen_at)
    if parts.scheme not in ("http", "https") or not _is_reached(parts.hostname or "") or len(seen_at) > _LONGEST:
        return []
    return [f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/{PATH}"]


def _of_this_machine() -> list[str]:
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    found = hosts(st.get_option("server.address"), _own())
    names = [f"[{host}]" if ":" in host else host for host in found]
    return [f"http://{name}:{st.get_option('server.port')}/{f'{base}/' if base else ''}{PATH}" for name in names]


def _own() -> list[str]:
    """IPv4 addresses of the networks that are up; first the one that leads to the rest of the world."""
    up = [name for name, state in psutil.net_if_stats().items() if state.isup]
    own = [
        address.address
        for name, addresses in psutil.net_if_addrs().items()
        for address in addresses
        if name in up and address.family == socket.AF_INET
    ]
    first = _towards_the_world()
    return sorted(own, key=lambda address: address != first)


def _towards_the_world() -> str:
    """The address that a packet to elsewhere would bear; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of the network for documentation, RFC 5737
        except OSError:  # no network
            return ""
        return str(probe.getsockname()[0])


def _is_reached(host: str) -> bool:
    """Whether a name or an address may be known to other machines."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host not in ("", "localhost")
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)

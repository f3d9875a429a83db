"""What a browser asks on a channel, and how it is answered: pictures, as bytes.

A channel has a name that the browser makes up, one for each place of a page that asks; a question also has a serial
number, which counts up. Both stand in each answer: a line of JSON, "\\n", and pixels; or, without pixels, why there are
none, a sentence as "wrong". Of each channel the newest question counts.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, TypeGuard

from explorer.errors import ExplorerError

_NAME = re.compile(r"[a-z0-9_-]{1,40}")


@dataclass(frozen=True, eq=False)
class Address:
    """Where an answer goes.

    Parameters
    ----------
    kind : str
        What is asked for, and what its line calls the channel: "decode" or "sample".
    channel : str
    serial : int
    """

    kind: str
    channel: str
    serial: int


def address(kind: str, said: dict[str, Any]) -> Address:
    """Of a question; ValueError if it has none."""
    channel, serial = said.get(kind), said.get("serial")
    if not isinstance(channel, str) or not _NAME.fullmatch(channel) or not is_count(serial):
        raise ValueError(f"{kind}, serial")
    return Address(kind, channel, serial)


def answer(at: Address, said: dict[str, Any], pixels: bytes = b"") -> bytes:
    """What a browser is sent."""
    return json.dumps({at.kind: at.channel, "serial": at.serial, **said}).encode() + b"\n" + pixels


def wrong(at: Address, error: ExplorerError) -> bytes:
    """Instead of pictures, why there are none."""
    return answer(at, {"wrong": str(error)})


def is_count(value: Any) -> TypeGuard[int]:
    """Whether it is a whole number from 0 up that a browser can count to."""
    return type(value) is int and 0 <= value < 1 << 53


def is_number(value: Any) -> TypeGuard[float]:
    """Whether it is a number; not whether it is finite."""
    return type(value) is float or (type(value) is int and abs(value) < 1 << 53)


def rest(took: float, askers: int) -> float:
    """How long nothing is computed after a turn, for pages and training: none for one who asks, as long for a crowd.

    30 people who drag on the map then get 34 pictures a second each in place of 56, of which 95 % come within 37 ms of
    the move in place of 61, and a training beside takes twice as many steps (two busy cores, n = 1,
    tests/benchmarks/decode.py).
    """
    return took * (1 - 1 / askers)

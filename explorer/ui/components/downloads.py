"""Files to take away: a click gives the file of what is on the screen, however fast it follows a change.

Streamlit's own button serves a file made beforehand, under an address that dies with the next rerun. Here a button only
asks. One component a tab, the post, sends what was asked for over the connection on which changes go too, so behind
them, and the file comes back the same way, made from the page as it is then:

    browser  asks: serial number and key of the button      -> server  "heard", in whichever run comes first
    browser  sends it again, since heard                     -> server  makes the file: all that was queued has run
    browser  saves it, once a serial number, and asks no more

What is asked for is the component's state, not an event: a run that is cut off loses nothing, the next one reads it
again. On other reruns nothing is made.
"""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.components import register
from explorer.ui.shell import frame, unexpected

_button = register("download")
_post = register("downloads")

_OFFERS, _POST = "download-offers", "downloads"  # keys of the session's state
_LONGEST = 120  # letters of a file's name: file systems take 255 bytes
_KEPT = 64  # newest offers that a tab keeps: a button that a change is about to take away still gives its file


class DrawnFigure(NamedTuple):
    """A Plotly figure, which the browser that drew it turns into a picture.

    Parameters
    ----------
    container : str
        Key of the container that it stands in.
    version : str
        What stands in its `layout.meta`: the browser waits for that one.
    format : {"png", "svg"}
    """

    container: str
    version: str
    format: Literal["png", "svg"] = "png"


@dataclass(frozen=True)
class Offer:
    """A file by the name it is saved under, and what makes it, or raises an ExplorerError; called when asked for."""

    name: str
    make: Callable[[], bytes | DrawnFigure]


class _Asked(NamedTuple):
    serial: int
    key: str
    heard: bool


def button(
    label: str,
    name: str,
    make: Callable[[], bytes | DrawnFigure],
    key: str,
    *,
    icon: Literal["", "picture", "table", "download"] = "",
    help: str = "",
    spoken: str = "",
    kind: Literal["secondary", "tertiary"] = "secondary",
    stretch: bool = False,
) -> None:
    """A button that gives a file.

    Parameters
    ----------
    label : str
        Its text.
    name : str
        The file's, with the suffix that tells its type.
    make : callable
        As of `Offer`. It should hold on to little: it is kept until the tab closes or many others came after it.
    key : str
        Of this place on the page, whatever is shown there: a click that follows a change then gives what is new.
    icon : {"", "picture", "table", "download"}
    help : str
        Shown on hovering.
    spoken : str
        The button's name for those who don't see what stands beside it; `label` if left out.
    kind : {"secondary", "tertiary"}
        Looks, as of Streamlit's buttons.
    stretch : bool
        As wide as its surroundings.
    """
    offers: dict[str, Offer] = st.session_state.setdefault(_OFFERS, {})
    offers.pop(key, None)  # the newest stands last
    offers[key] = Offer(name, make)
    for oldest in list(offers)[:-_KEPT]:
        del offers[oldest]
    data = {"key": key, "label": label, "icon": icon, "help": help, "spoken": spoken or label, "kind": kind}
    _button(key=f"download-{key}", data=data, width="stretch" if stretch else "content")


def file_name(*of: str) -> str:
    """What a file is of as its name, without a suffix: "compare-beta-0.001-step-2496-cifar-10"."""
    parts = (re.sub(r"[^\w.]+", "-", part.lower().replace(",", "")).strip("-.") for part in of)
    return "-".join(filter(None, parts))[:_LONGEST].strip("-.")


def deliver() -> None:
    """The post: drawn once, by the app around all pages. It shows nothing."""
    with st.container(key="post"):
        _deliver()


@frame.fragment
def _deliver() -> None:
    asked = _asked()
    heard = [one.serial for one in asked]
    ready = next((one for one in asked if one.heard), None)
    head, body = _answer(ready) if ready else ({}, b"")
    _send({"heard": heard, **head}, body)


def _asked() -> list[_Asked]:
    """What the browser waits for; any tab can send anything."""
    told = (st.session_state.get(_POST) or {}).get("asked")
    found = []
    for one in told if isinstance(told, list) else []:
        match one:
            case {"serial": int(serial), "key": str(key), "heard": bool(heard)}:
                found.append(_Asked(serial, key, heard))
    return found


def _answer(asked: _Asked) -> tuple[dict[str, Any], bytes]:
    """What the browser is told of the file, and the file."""
    offer: Offer | None = st.session_state.get(_OFFERS, {}).get(asked.key)
    if offer is None:
        return _wrong(asked, "This file is not offered any more.", "Reload the page."), b""
    try:
        made = offer.make()
    except ExplorerError as e:
        return _wrong(asked, e.what, e.advice), b""
    except Exception as e:  # noqa: BLE001 - said where the file was asked for
        number = unexpected.noted(e, f"the file {offer.name}").number
        return _wrong(asked, "This file could not be made.", f"The server's log tells why, as error {number}."), b""
    if isinstance(made, DrawnFigure):
        return {"serial": asked.serial, "figure": made._asdict()}, b""
    type_ = mimetypes.guess_type(offer.name)[0] or "application/octet-stream"
    return {"serial": asked.serial, "name": offer.name, "type": type_}, made


def _wrong(asked: _Asked | None, what: str, advice: str) -> dict[str, Any]:
    return {"serial": asked and asked.serial, "wrong": f"{what} {advice}".strip()}


def _send(head: dict[str, Any], body: bytes = b"") -> None:
    """A line of JSON, then the file as it is: in JSON it would be a third larger.

    The line is an object with "heard", a list of serial numbers, and of the one that is answered "serial" with either
    "name" and "type" (MIME) of the file, or "figure", a `DrawnFigure`, or "wrong", why there is none, in words.
    """
    _post(key=_POST, data=json.dumps(head).encode() + b"\n" + body, on_asked_change=lambda: None)

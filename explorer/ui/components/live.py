"""What pages show of things that change, over the live line (explorer/live): they run again for another state only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from explorer.ui.components import register

_line = register("line")
_live = register("live")
_pushed = register("pushed", with_styles_of_page=True)


def open_line() -> None:
    """From now on, this page hears of changes, and says when it can't."""
    with st.container(key="live-state"):
        _line(key="live-state-line")


def show(topic: str, part: str, html: str, moving: bool = True) -> None:
    """Draw words, and go on with what is pushed of them, if they are `moving`.

    Parameters
    ----------
    topic, part : str
        Of the live line; the part is HTML.
    html : str
        What it is now.
    moving : bool
        Whether it may change, other than by a rerun.

    Notes
    -----
    pushed.js is sent "topic", "part" and "html".
    """
    if moving:
        _pushed(key=f"pushed-{topic}-{part}", data={"topic": topic, "part": part, "html": html}, height="content")
    else:
        st.html(html)


def rerun_when_changed(
    topic: str,
    part: str,
    drawn: Any,
    changed: Callable[[], None] | None = None,
    key: str = "",
    scope: Literal["page", "fragment"] = "fragment",
) -> None:
    """Run the page, or the fragment that this stands in, when a part of a topic is no longer what was `drawn`.

    Parameters
    ----------
    topic, part : str
        Of the live line: "runs:", "states". Without a topic nothing is waited for, in the same place.
    drawn : JSON
        What the page shows.
    changed : callable, optional
        Called before it runs.
    key : str
        Tells it from others on the page that wait for the same.
    scope : str
        Where it stands, in a fragment or not: the page goes first.

    Notes
    -----
    live.js is sent "topic", "part", "drawn" and "scope", "page" or "fragment", and reports what it heard as the trigger
    "changed".
    """
    key = f"live-{topic}-{part}-{key}"
    with st.container(key=key):
        _live(
            key=f"{key}-line",
            data={"topic": topic, "part": part, "drawn": drawn, "scope": scope},
            on_changed_change=changed or _nothing,
        )


def _nothing() -> None:
    """A trigger reruns by itself, if it has a callback."""

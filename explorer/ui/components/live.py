"""Pages run again when something changes state, and only then: all else comes over the live line (explorer/live)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.ui.components import register

_live = register("live")


def say_if_lost() -> None:
    """From now on, say on this page when the live view is lost."""
    with st.container(key="live-state"):
        _live(key="live-state-line", data={"banner": True})


def rerun_when_changed(topic: str, part: str, drawn: Any, changed: Callable[[], None] | None = None) -> None:
    """Run the page, or the fragment that this stands in, when a part of a topic is no longer what was `drawn`.

    Parameters
    ----------
    topic, part : str
        Of the live line: "runs:", "states".
    drawn : JSON
        What the page shows.
    changed : callable, optional
        Called before it runs.

    live.js is sent "topic", "part" and "drawn", and reports what it heard as the trigger "changed".
    """
    key = f"live-{topic}-{part}"
    with st.container(key=key):
        _live(
            key=f"{key}-line",
            data={"topic": topic, "part": part, "drawn": drawn},
            on_changed_change=changed or _nothing,
        )


def _nothing() -> None:
    """A trigger reruns by itself, if it has a callback."""

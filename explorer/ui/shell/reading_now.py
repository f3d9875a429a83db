"""A person's many pictures while they are read: how far that is, and a way to end it."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from explorer.data.loading import Loading
from explorer.ui.components import live
from explorer.ui.feeds import tasks
from explorer.ui.shell import deeds, permissions

Scope = Literal["page", "fragment"]


def follow(reading: Loading, scope: Scope) -> None:
    """How far it is, for all who wait for it; at its end what this stands in is drawn anew."""
    state = tasks.reading_state(reading)
    live.show(tasks.topic(reading), "progress", tasks.read(reading))
    live.rerun_when_changed(tasks.topic(reading), "state", state, scope=scope)
    if permissions.may("clear"):
        label, cancelling = ("Cancelling", True) if state == "cancelling" else ("Cancel", False)
        args = (reading.id,)
        st.button(label, key="cancel-reading", on_click=deeds.cancel_reading, args=args, disabled=cancelling)


def say_cancelled(reading: Loading, scope: Scope) -> None:
    """How far it came, until somebody reads on."""
    st.caption(str(reading.error))
    live.rerun_when_changed(tasks.topic(reading), "state", tasks.reading_state(reading), scope=scope)


def offer_again(source: str, path: str, cancelled: bool) -> None:
    """To read what changed meanwhile, or what is left after it was cancelled."""
    if permissions.may("clear"):
        label, icon = ("Read on", ":material/play_arrow:") if cancelled else ("Read it again", ":material/refresh:")
        st.button(label, icon=icon, on_click=deeds.read_again, args=(source, path))

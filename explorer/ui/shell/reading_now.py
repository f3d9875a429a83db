"""A person's many pictures while they are read: how far that is, and a way to end it."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from explorer.data.loading import Loading
from explorer.ui.components import live
from explorer.ui.feeds import tasks
from explorer.ui.shell import deeds, permissions


def follow(reading: Loading, scope: Literal["page", "fragment"]) -> None:
    """How far it is, for all who wait for it; at its end what this stands in is drawn anew."""
    topic, state = f"{tasks.READING}{reading.id}", tasks.reading_state(reading)
    live.show(topic, "progress", tasks.read(reading))
    live.rerun_when_changed(topic, "state", state, scope=scope)
    if permissions.may("clear"):
        label, cancelling = ("Cancelling", True) if state == "cancelling" else ("Cancel", False)
        args = (reading.id,)
        st.button(label, key="cancel-reading", on_click=deeds.cancel_reading, args=args, disabled=cancelling)


def offer_again(source: str, path: str, cancelled: bool) -> None:
    """To read what changed meanwhile, or what is left after it was cancelled."""
    if permissions.may("clear"):
        label, icon = ("Read on", ":material/play_arrow:") if cancelled else ("Read it again", ":material/refresh:")
        st.button(label, icon=icon, on_click=deeds.read_again, args=(source, path))

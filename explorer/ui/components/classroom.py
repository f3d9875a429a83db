"""The class in a browser: the button that begins to present, and one line at the foot that says who leads.

All that they show and say goes over the live line (explorer/live/classroom.py): a page is sent nothing for them.
"""

from __future__ import annotations

import streamlit as st

from explorer.ui.components import register

_classroom, _present = register("classroom"), register("present")


def attend() -> None:
    """From now on, on all pages of this tab: present, or follow who does."""
    with st.container(key="classroom"):
        _classroom(key="classroom-line")


def offer() -> None:
    """The button that begins to present; only teachers see it."""
    with st.sidebar, st.container(key="present"):
        _present(key="present-button")

"""The browser's history: one step of a person is one entry, whatever Streamlit would make of it. It shows nothing."""

from __future__ import annotations

import streamlit as st

from explorer.ui.components import register

_history = register("history")


def keep_steps() -> None:
    """From now on, on all pages of this tab: what a person does is one entry, so that Back undoes it at once.

    All other changes of the address correct the newest entry.
    """
    with st.container(key="history"):
        _history()


def mend(query: str) -> None:
    """Put another query into the address, in place of the one that it has; the page runs again with it.

    history.js is sent "mended", the query.
    """
    with st.container(key="history-mended"):
        _history(data={"mended": query})

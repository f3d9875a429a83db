"""Callbacks of widgets and components: what goes wrong in one is explained at the head of the page.

An error that left one would end the run before its page is drawn.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.runtime.state.session_state import SessionState

from explorer.errors import ExplorerError
from explorer.ui.shell import frame, unexpected
from explorer.ui.shell.unexpected import Unexpected

_SAID = "callback-said"  # in the session: the page on which a callback failed, and why


@functools.cache  # every run of the app's script asks
def watch() -> None:
    """From now on, explain what goes wrong in any of them.

    Streamlit 1.67 has no public place for this; all that it calls goes through one method of its own.
    """
    calls = SessionState._run_callback_and_record_rerun

    def explained(state: SessionState, votes: Any, run: Callable[[], None]) -> None:
        calls(state, votes, functools.partial(_explained, run))

    SessionState._run_callback_and_record_rerun = explained  # type: ignore[method-assign, assignment]


def say() -> None:
    """What went wrong in the last one: until it is closed, the page is left, or something else is done."""
    said: tuple[str, ExplorerError | Unexpected] | None = st.session_state.get(_SAID)
    if said is None:
        return
    page, error = said
    if page != unexpected.page():
        _forget()
        return
    with st.container(key="callback-said"):
        if isinstance(error, Unexpected):
            unexpected.say(error)
        else:
            frame.show_error(error)
        with st.container(horizontal=True):
            st.button("Close", key="callback-said-close", icon=":material/close:", type="tertiary", on_click=_forget)


def _explained(run: Callable[[], None]) -> None:
    try:
        run()
    except ExplorerError as e:
        st.session_state[_SAID] = unexpected.page(), e
    except Exception as e:  # noqa: BLE001 - whatever it is, the page is drawn
        st.session_state[_SAID] = unexpected.page(), unexpected.noted(e, "a choice")
    else:
        if isinstance(run, functools.partial):  # of a widget: a person's; components also call when runs change
            _forget()
        return
    st.rerun()  # all of the page, also where only a fragment would run


def _forget() -> None:
    st.session_state.pop(_SAID, None)

"""CIFAR-10 where there is none yet, or half of one: offered, fetched, and how far that has come."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.data import SOURCES, download, fetching
from explorer.data.cifar10 import HalfThereError
from explorer.ui.components import live
from explorer.ui.feeds import tasks
from explorer.ui.shell import deeds, frame, permissions

KEY = "cifar10"  # of the only source that the app can download
_ARRIVED = "cifar10_arrived"  # in the session, until the sidebar has taken it up
_SIZE = f"{download.OFFICIAL_BYTES / 1e6:.0f} MB"


def is_coming() -> bool:
    """Whether it is being downloaded, whoever asked for it."""
    running = fetching.current()
    return bool(running and running.active)


def has_arrived() -> bool:
    """Whether a download that this visit watched has just ended well; it says so once."""
    return st.session_state.pop(_ARRIVED, False)


def offer() -> bool:
    """The download, or how far it is; whether anything else may be asked, which it may not while that goes on."""
    running = fetching.current()
    if running and running.active:
        _follow(running)
        return False
    if not permissions.may("download data"):
        st.caption("CIFAR-10 isn't here yet: the teacher can download it.")
        return False
    if running and running.error:
        frame.show_error(running.error)
    else:
        st.caption(f"CIFAR-10 isn't here yet. {SOURCES[KEY].description} {_SIZE} to download.")
    st.button("Download CIFAR-10", icon=":material/download:", on_click=deeds.download_cifar10, width="stretch")
    return True


def mend(error: HalfThereError, use_path: Callable[[str], None]) -> bool:
    """The ways out of a CIFAR-10 that is half there, below what is wrong; whether another path may be asked for.

    Parameters
    ----------
    error : HalfThereError
    use_path : callable
        Called with a path to load instead, before the page is drawn again.
    """
    running = fetching.current()
    if running and running.active:
        _follow(running)
        return False
    if not permissions.may("download data"):
        st.caption("The teacher can fetch it again.")
        return False
    if running and running.error:
        frame.show_error(running.error)
    st.button(f"Fetch it again, {_SIZE}", icon=":material/download:", on_click=deeds.download_cifar10, width="stretch")
    if error.whole:
        label = f"Use the {error.whole:,} photographs that are whole"
        st.button(label, on_click=lambda: use_path(deeds.use_what_is_whole(error.location)), width="stretch")
    return True


def offer_in_a_line() -> None:
    """The same on a page, in a line."""
    with st.container(horizontal=True, vertical_alignment="center", key="cifar10-offer"):
        if SOURCES[KEY].is_here() and not is_coming():
            st.caption("Other pictures stand in for CIFAR-10, which is not whole here: the sidebar has ways out.")
        elif is_coming():
            st.caption("CIFAR-10 is on its way, the sidebar shows how far. This page takes it up when it is there.")
        else:
            st.caption("Other pictures stand in for CIFAR-10, which the shipped models learnt from.", width="content")
            if not permissions.may("download data"):
                return
            if st.button(f"Fetch CIFAR-10, {_SIZE}", icon=":material/download:", type="tertiary"):
                deeds.download_cifar10()
                st.rerun()  # the sidebar too, also where this stands in a fragment


def _follow(running: fetching.Fetching) -> None:
    live.show(tasks.DOWNLOAD, "progress", tasks.downloaded(running))
    live.rerun_when_changed(tasks.DOWNLOAD, "state", tasks.state(running), _say_if_arrived, scope="page")
    if permissions.may("download data"):
        label, cancelling = ("Cancelling", True) if running.cancelling else ("Cancel", False)
        st.button(label, on_click=deeds.cancel_download, disabled=cancelling, width="stretch")


def _say_if_arrived() -> None:
    running = fetching.current()
    st.session_state[_ARRIVED] = bool(running and running.succeeded)

"""The shared sidebar: which images, and what is training."""

from __future__ import annotations

import streamlit as st

from explorer import runs
from explorer.data import SOURCES, ImageSet, cifar10
from explorer.ui import cache, layout

_SOURCE, _PATH = "source", "path"  # names in the URL


def show() -> None:
    """Draw the sidebar. The source of images stands in the URL."""
    with st.sidebar, layout.explained_errors():
        default = "cifar10" if cifar10.find(None) else "photos"
        st.selectbox(
            "Images",
            list(SOURCES),
            index=list(SOURCES).index(default),
            format_func=lambda key: SOURCES[key].title,
            key=_SOURCE,
            bind="query-params",
            persist_state="session",
        )
        _training_now()


def chosen_source() -> tuple[str, str]:
    """(key, path) of the source chosen in the sidebar."""
    return st.session_state[_SOURCE], st.session_state.get(_PATH, "")


def chosen_images() -> ImageSet:
    """The images chosen in the sidebar; ExplorerError if they can't be had."""
    return cache.image_set(*chosen_source())


@st.fragment(run_every=2.0)
def _training_now() -> None:
    active = [run for run in runs.list_runs() if run.status().active]
    if active:
        status = active[-1].status()
        share = status.step / status.total_steps if status.total_steps else 0.0
        st.progress(share, f"{active[-1].title}: {status.state}, step {status.step:,}")

"""The shared sidebar: which images, where they come from, and what is training.

Pages always have images: where those of the chosen source can't be had, the sidebar says why and photos stand in.
"""

from __future__ import annotations

import streamlit as st

from explorer import runs
from explorer.data import SOURCES, ImageSet, cifar10, download, fetching, place, uploads
from explorer.errors import ExplorerError
from explorer.ui import cache, layout

_SOURCE = "source"  # name in the URL
_PATHS = {"cifar10": "cifar10_path", "folder": "folder_path"}  # never in the URL: a link must not read files
_SHOWN, _TAKEN, _ARRIVED = "shown_source", "taken_upload", "cifar10_arrived"
_STAND_IN = ("photos", "")
_POLL_S = 0.5


def show() -> None:
    """Draw the sidebar. The source of images stands in the URL."""
    cache.prepare()
    with st.sidebar:
        source = _choose_source()
        shown = _STAND_IN
        with layout.explained_errors():
            path = _where(source)
            if path is not None:
                _say_what(cache.image_set(source, path))
                shown = (source, path)
        if shown[0] != source:
            st.caption(f"Until then: {SOURCES[shown[0]].title}.")
        st.session_state[_SHOWN] = shown
        if source != "cifar10" and not _find_cifar10():
            with st.expander("Get CIFAR-10"):
                _offer_cifar10()
        _training()


def chosen_source() -> tuple[str, str]:
    """(key, path) of the images that pages show."""
    return st.session_state[_SHOWN]


def chosen_images() -> ImageSet:
    """The images that pages show; ExplorerError if not even the photos can be had."""
    return cache.image_set(*chosen_source())


def _choose_source() -> str:
    if st.session_state.pop(_ARRIVED, False):
        st.session_state[_SOURCE] = "cifar10"
    default = "cifar10" if _find_cifar10() else _STAND_IN[0]
    return st.selectbox(
        "Images",
        list(SOURCES),
        index=list(SOURCES).index(default),
        format_func=lambda key: SOURCES[key].title,
        key=_SOURCE,
        bind="query-params",
        persist_state="session",
    )


def _say_what(images: ImageSet) -> None:
    train, validation, test = (f"{len(images.splits[split]):,}" for split in ("train", "validation", "test"))
    st.caption(f"{images.note}  \n{train} train, {validation} validate, {test} test.")


def _where(source: str) -> str | None:
    """The path to load a source from, "" for its own place; None while it has none, and is asked for one."""
    if source == "cifar10":
        return _where_cifar10()
    if source == "folder":
        return _where_folder()
    return ""


def _find_cifar10() -> bool:
    """Whether there is a CIFAR-10 where it is looked for unasked."""
    try:
        return cifar10.find() is not None
    except ExplorerError:  # a place that may not be looked at has none either
        return False


def _where_cifar10() -> str | None:
    if _find_cifar10():
        return ""
    _offer_cifar10()
    path = st.session_state.get(_PATHS["cifar10"], "")
    return str(place.checked(path)) if path else None


def _offer_cifar10() -> None:
    """CIFAR-10 can be downloaded, or lies somewhere on this machine."""
    running = fetching.current()
    if running and running.active:
        _follow_download()
        return
    if running and running.error:
        layout.show_error(running.error)
    else:
        size = f"{download.OFFICIAL_BYTES / 1e6:.0f} MB"
        st.caption(f"CIFAR-10 isn't here yet. {SOURCES['cifar10'].description} {size} to download.")
    st.button("Download CIFAR-10", icon=":material/download:", on_click=_start_download, width="stretch")
    _ask_path("Or a path on this machine", "cifar10")


def _start_download() -> None:
    fetching.start()


@st.fragment(run_every=_POLL_S)
def _follow_download() -> None:
    running = fetching.current()
    if running is None or not running.active:
        st.session_state[_ARRIVED] = bool(running and running.succeeded)
        st.rerun()
    done, total = running.done_bytes, running.total_bytes
    said = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else "Asking www.cs.toronto.edu"
    st.progress(done / total if total else 0.0, "Checking and unpacking" if total and done >= total else said)
    st.button(
        "Cancelling" if running.cancelling else "Cancel",
        on_click=running.cancel,
        disabled=running.cancelling,
        width="stretch",
    )


def _where_folder() -> str | None:
    uploaded = st.file_uploader(
        "Your pictures, a zip file", type="zip", key="folder_zip", help="PNG, JPEG and WebP, a class a sub-folder."
    )
    if uploaded and uploaded.file_id != st.session_state.get(_TAKEN):
        st.session_state[_PATHS["folder"]] = str(uploads.keep(uploaded.name, uploaded.getvalue()))
        st.session_state[_TAKEN] = uploaded.file_id
    _ask_path("Or a path on this machine", "folder")
    path = st.session_state.get(_PATHS["folder"], "")
    if not path:
        return None
    st.button("Read it again", icon=":material/refresh:", on_click=cache.image_set.clear, args=("folder", path))
    return str(place.checked(path))


def _ask_path(label: str, source: str) -> None:
    """A path on this machine: asked only of who sits at it, however wide the app's address was opened."""
    if st.context.ip_address is None:
        st.text_input(
            label,
            key=_PATHS[source],
            persist_state="session",
            max_chars=place.MAX_LENGTH,
            on_change=st.session_state.__setitem__,
            args=(_SOURCE, source),
        )


def _training() -> None:
    """What trains now; polled only where something did when the page was drawn, so that idle pages stay idle."""
    poll_s = 2.0 if any(run.status().active for run in runs.list_runs()) else None
    st.fragment(_training_now, run_every=poll_s)()


def _training_now() -> None:
    active = [(run, status) for run in reversed(runs.list_runs()) if (status := run.status()).active]
    if not active:
        return
    run, status = active[0]
    waiting = f", {len(active) - 1} in line" if len(active) > 1 else ""
    share = min(1.0, status.step / status.total_steps) if status.total_steps else 0.0
    st.page_link(
        "explorer/pages/train.py",
        label=layout.plain(run.title),
        query_params={"run": run.id},
        icon=":material/monitoring:",
    )
    st.progress(share, f"{status.state}, step {status.step:,}{waiting}")

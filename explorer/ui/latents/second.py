"""A second layout beside the map, to look at: made in a thread of its own, since it takes a while, once for all."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import numpy as np
import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.components.latent_map import Layout
from explorer.ui.latents import axes
from explorer.ui.latents.chosen import Chosen
from explorer.ui.shell import frame

_NONE = "none"
_BESIDE = "beside"
_PATIENCE_S = 0.3  # of what was made before, or is small
_OF_A_LAYOUT = ("area", "area-on", "area-beta")
_makers = ThreadPoolExecutor(1, "layout")  # one at a time: a core is left to the rest


def choose() -> str:
    """The widget: which one, or "none"."""
    from explorer.analysis.latents import layouts

    titles = {_NONE: "Nothing"} | {key: method.title for key, method in layouts.there().items()}
    return axes.select("Beside it", _BESIDE, "layout", titles, _NONE, forget=_OF_A_LAYOUT, width=130)


def made(key: str, chosen: Chosen) -> Layout | None:
    """The layout, if one is asked for and there; else `wait` is to be called when all else is drawn."""
    if key == _NONE:
        return None
    try:
        coordinates = _future(key, chosen.key, chosen).result(_PATIENCE_S)
    except NotYet:
        return None
    except ExplorerError as e:  # the map stands without it
        frame.show_error(e)
        return None
    from explorer.analysis.latents import layouts

    method = layouts.METHODS[key]
    return Layout(key, method.title, coordinates, method.note)


def wait(key: str, chosen: Chosen) -> None:
    """If it isn't there yet, say how long it takes, and draw the page again when it is."""
    if key == _NONE or (future := _future(key, chosen.key, chosen)).done():
        return
    from explorer.analysis.latents import layouts

    method, count = layouts.METHODS[key], len(chosen.indices)
    seconds = method.seconds * count / 1_000
    with st.spinner(
        f"{method.title} of {count:,} images: about {seconds:.0f} s on one core. Go on meanwhile.", show_time=True
    ):
        future.exception()
    st.rerun()


@st.cache_resource(max_entries=16, show_spinner=False)
def _future(method: str, key: tuple, _chosen: Chosen) -> Future[np.ndarray]:
    from explorer.analysis.latents import layouts

    return _makers.submit(layouts.lay_out, layouts.METHODS[method], _chosen.cloud.mu)

"""A path over the map as a film, to take away."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from explorer.analysis import sheets
from explorer.analysis.latents.plane import Plane
from explorer.ui.charts import pictures
from explorer.ui.components import downloads
from explorer.ui.components.latent_map import View
from explorer.ui.latents.chosen import Chosen
from explorer.ui.shell import cache, pickers

FRAMES = 33  # one way, as many as the map's slider has stops
STRIP = 9  # of these in the filmstrip: every fourth


def offer(chosen: Chosen, plane: Plane, view: View) -> None:
    """Files of the path that the address says, if it is one; they are made when asked for."""
    if len(view.path) < 2:
        return
    points = f"{len(view.path)} points"
    name = downloads.file_name("path", chosen.model.title, chosen.images.name, points)
    make = partial(frames, chosen, plane, view)
    with st.container(key="latents-film", horizontal=True, vertical_alignment="center"):
        downloads.button("GIF", f"{name}.gif", partial(gif, make), "path-film", icon="download")
        title = f"{chosen.model.title}: {points} on {plane.names[0]} and {plane.names[1]}"
        downloads.button("Filmstrip as PNG", f"{name}.png", partial(strip, make, title), "path-strip", icon="download")
        st.caption(f"The path as a film: {FRAMES} pictures at equal steps. The address is a link to it.")


def frames(chosen: Chosen, plane: Plane, view: View) -> np.ndarray:
    """What is decoded along the path, uint8 (`FRAMES`, 32, 32, 3).

    Raises
    ------
    ExplorerError
        If it leads nowhere.
    """
    from explorer.analysis.latents import cloud, path

    at = path.steps(np.array(view.path), FRAMES)
    model = chosen.model if view.beta is None else pickers.at_beta(chosen.model, view.beta)
    return pictures.to_uint8(cloud.decode(cache.net(model), plane.at(at)))


def gif(make: Callable[[], np.ndarray]) -> bytes:
    """There and back for ever."""
    return sheets.ping_pong_gif(make())


def strip(make: Callable[[], np.ndarray], title: str) -> bytes:
    """`STRIP` of them beside each other: PNG."""
    shown = make()[:: (FRAMES - 1) // (STRIP - 1)]
    columns = [f"{100 * i // (STRIP - 1)} %" for i in range(STRIP)]
    return sheets.labelled_png([("Along the path", shown)], columns, title)

"""The images of a map at every other beta: they come after the map, for they take seconds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import streamlit as st

from explorer.nets import BETA_STOPS
from explorer.ui.latents.chosen import Chosen

if TYPE_CHECKING:
    from explorer.analysis.latents.plane import Plane
    from explorer.analysis.latents.stops import Moved, Stop


class _Known:
    """What all viewers have of some images under a model so far: each beta is encoded once."""

    def __init__(self) -> None:
        self._stops: dict[float, Stop] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._stops)

    def at(self, beta: float, chosen: Chosen) -> Stop:
        from explorer.analysis.latents import stops

        with self._lock:
            if beta not in self._stops:
                self._stops[beta] = stops.encode(chosen.net, chosen.pixels, chosen.labels, beta)
            return self._stops[beta]


def moved(chosen: Chosen, plane: Plane) -> Iterator[Moved]:
    """The images at `BETA_STOPS`, seen on a plane of the chosen beta, in a few parts: first six betas, from end to end.

    As they are found it is said how many: when something else is chosen a page leaves off there, and goes on later.
    Nothing of a model that knows no other beta.
    """
    from explorer.analysis.latents import stops

    if not chosen.model.conditional:
        return
    known, said = _known(chosen.key_at_any_beta), st.empty()
    for part in stops.PARTS:
        found = []
        for beta in part:
            if len(known) < len(BETA_STOPS):
                said.caption(f"Encoding at every beta: {len(known)} of {len(BETA_STOPS)}")
            found.append(known.at(beta, chosen))
        yield stops.on(plane, found)
    said.empty()


@st.cache_resource(max_entries=3, show_spinner=False)
def _known(key: tuple) -> _Known:
    return _Known()

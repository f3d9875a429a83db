"""The images of a map at every other beta: they come after the map, for they take seconds."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from explorer.nets import BETA_STOPS
from explorer.ui.latents.chosen import MOST_AT_EVERY_BETA, Chosen
from explorer.units import beta_text

if TYPE_CHECKING:
    from explorer.analysis.latents.place import Crowd
    from explorer.analysis.latents.stops import Stop


class At(NamedTuple):
    """The images at a beta, and how far they are from each other there."""

    stop: Stop
    crowd: Crowd


class _Known:
    """What all viewers have of some images under a model so far: each beta is encoded once."""

    def __init__(self) -> None:
        self.stops: dict[float, At] = {}
        self._lock = threading.Lock()

    def at(self, beta: float, chosen: Chosen) -> At:
        import numpy as np

        from explorer.analysis.latents import place, stops

        with self._lock:
            if beta not in self.stops:
                found = stops.encode(chosen.net, chosen.pixels, chosen.labels, beta)
                self.stops[beta] = At(found, place.crowd(found.mu.astype(np.float32)))
            return self.stops[beta]


def betas(chosen: Chosen) -> tuple[float, ...]:
    """Where the slider under the map stops: nowhere, for a model that knows no other beta."""
    return BETA_STOPS if chosen.model.conditional and len(chosen.indices) <= MOST_AT_EVERY_BETA else ()


def ready(chosen: Chosen, wanted: Collection[float]) -> dict[float, At]:
    """What is there so far, by beta, ascending: those that are wanted in any case, and the chosen one's."""
    known = _known(chosen.key_at_any_beta)
    missing = [beta for beta in (chosen.model.beta, *wanted) if beta not in known.stops]
    if missing:
        with st.spinner(f"Encoding at beta {', '.join(map(beta_text, missing))}"):
            for beta in missing:
                known.at(beta, chosen)
    found = dict(known.stops)
    return {beta: found[beta] for beta in sorted(found)}


def go_on(chosen: Chosen) -> None:
    """Encode at more betas, first a few from end to end, and draw the page again: to be called when all is drawn.

    As they are found it is said how many: when something else is chosen a page leaves off there, and goes on later.
    """
    from explorer.analysis.latents import stops

    if not betas(chosen):
        if chosen.model.conditional:
            st.caption(f"For up to {MOST_AT_EVERY_BETA:,} images beta moves under the map.")
        return
    known, said = _known(chosen.key_at_any_beta), st.empty()
    part = next((part for part in stops.PARTS if not known.stops.keys() >= set(part)), ())
    for beta in part:
        said.caption(f"Encoding at every beta, for the slider under the map: {len(known.stops)} of {len(BETA_STOPS)}")
        known.at(beta, chosen)
    if part:
        st.rerun()


@st.cache_resource(max_entries=3, show_spinner=False)
def _known(key: tuple) -> _Known:
    return _Known()

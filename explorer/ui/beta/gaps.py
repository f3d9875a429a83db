"""How far a model's samples are from its reconstructions: what is known, and how it gets known."""

from __future__ import annotations

import streamlit as st

from explorer import measuring, runs
from explorer.data import SOURCES
from explorer.models import Model
from explorer.nets import BETA_STOPS
from explorer.ui.components import beside, tradeoff
from explorer.ui.components.tradeoff import Gaps
from explorer.ui.shell import deeds, frame, permissions

POLL_S = 2.0  # while it is measured


def known(model: Model) -> Gaps:
    """What was measured, and on what; or what could be done about it."""
    found = measuring.known(model)
    of, ask = "not measured", ""
    if found.gaps:
        count = next(iter(found.gaps.values())).images
        of = f"{count:,} validation images of {SOURCES[model.source].title}"
    run = None if model.shipped else runs.find(model.id)
    if found.running:
        of = f"measuring, {len(found.gaps)} of {len(BETA_STOPS)} betas so far"
    elif run and run.status().active:
        of = "can be measured when its training has ended"
    elif found.error:
        of = found.error
    elif run and not found.whole and permissions.may("measure"):
        of, ask = "takes a minute or two, in the background", "Measure it"
    return Gaps(found.gaps, of, ask)


def measure(model: Model) -> None:
    """Begin, where a person asked for it."""
    with frame.explained_errors():
        deeds.measure(model)


def follow(model: Model, name: str) -> None:
    """While it is measured, say how far it is; `name` is that of the picture."""
    running = measuring.known(model).running
    st.fragment(_say, run_every=POLL_S if running else None)(model, name, running)


def _say(model: Model, name: str, was_running: bool) -> None:
    gaps = known(model)
    with st.container(key="gaps"):
        beside.show_gaps(name, tradeoff.gap(gaps), key="beside-gaps")
    if was_running and not measuring.known(model).running:
        st.rerun()  # lessons say it too

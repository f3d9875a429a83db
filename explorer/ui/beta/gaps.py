"""How far a model's samples are from its reconstructions: what is known, and how it gets known."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer import measuring, runs
from explorer.models import Model
from explorer.ui.components import beside, live, tradeoff
from explorer.ui.components.tradeoff import Gaps
from explorer.ui.feeds import beta as feed
from explorer.ui.shell import deeds, frame, permissions


def known(model: Model) -> Gaps:
    """What was measured, and on what; or what could be done about it."""
    found = measuring.known(model)
    said = feed.measured(model, found)
    run = None if model.shipped else runs.find(model.id)
    if found.running or not run:
        return said
    if run.status().active:
        return replace(said, of="can be measured when its training has ended")
    if found.error:
        return replace(said, of=found.error)
    if not found.whole and permissions.may("measure"):
        return replace(said, of="takes a minute or two, in the background", ask="Measure it")
    return said


def measure(model: Model) -> None:
    """Begin, where a person asked for it."""
    with frame.explained_errors():
        deeds.measure(model)


def follow(model: Model, name: str) -> None:
    """Say how far it is, which is pushed while it is measured; `name` is that of the picture."""
    running = measuring.known(model).running
    topic = feed.gaps_topic(model)
    with st.container(key="gaps"):
        beside.show_gaps(name, tradeoff.gap(known(model)), key="beside-gaps", topic=topic if running else "")
    if not model.shipped:
        live.rerun_when_changed(topic, "running", running)  # lessons say it too

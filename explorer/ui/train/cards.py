"""The cards of Train: each preset with what will happen, what to ask the class, and a button of its own."""

from __future__ import annotations

import html

import streamlit as st

from explorer.presets import FIRST, PRESETS, Preset
from explorer.ui.shell import deeds, frame, permissions, sidebar
from explorer.ui.train import starting, times


def show(name: str) -> None:
    """One preset's card."""
    preset = PRESETS[name]
    with st.container(border=True, height="stretch", vertical_alignment="distribute", key=f"card-{name}"):
        st.html(words(preset))
        label, first = f"Train {preset.title}", name == FIRST
        if st.button(label, key=f"start-{name}", type="primary" if first else "secondary", width="stretch"):
            with frame.explained_errors():
                source, path = sidebar.chosen_source()
                starting.look_at(deeds.train(preset.with_(source=source, data_path=path)))


def words(preset: Preset, together: int = 1) -> str:
    """HTML: what will happen, how long that takes here, of a single run or of several in step, and what to ask."""
    return (
        f'<div class="preset"><h2>{html.escape(preset.title)}</h2><p>{html.escape(preset.description)}</p>'
        f'<p class="time">{html.escape(times.words(preset.settings, together))}</p>'
        f'<p class="ask"><b>Ask</b> {html.escape(preset.question)}</p></div>'
    )


def show_others(*shown: str) -> None:
    """Every preset's card but for those that are shown already, and those that a viewer may not start."""
    with st.container(horizontal=True, key="cards"):
        for name, preset in PRESETS.items():
            if name not in shown and (permissions.is_teacher() or permissions.short(preset.settings)):
                show(name)

"""The cards of Train: each preset with what will happen, what to ask the class, and a button of its own."""

from __future__ import annotations

import html

import streamlit as st

from explorer.config import TrainConfig
from explorer.glossary import TERMS
from explorer.presets import FIRST, PRESETS, Preset
from explorer.ui.components import terms
from explorer.ui.shell import deeds, frame, permissions, sidebar
from explorer.ui.train import starting, times
from explorer.units import beta_text


def show(name: str, explained: terms.Explained | None = None) -> None:
    """One preset's card."""
    preset = PRESETS[name]
    with st.container(border=True, height="stretch", vertical_alignment="distribute", key=f"card-{name}"):
        st.html(words(preset, explained=explained))
        label, first = f"Train {preset.title}", name == FIRST
        if st.button(label, key=f"start-{name}", type="primary" if first else "secondary", width="stretch"):
            with frame.explained_errors():
                source, path = sidebar.chosen_source()
                starting.look_at(deeds.train(preset.with_(source=source, data_path=path)))


def words(
    preset: Preset, together: int = 1, explained: terms.Explained | None = None, config: TrainConfig | None = None
) -> str:
    """HTML: what will happen, how long that takes here, of a single run or of several in step, and what to ask.

    `config` is what a run will have, where that is not the preset's settings.
    """
    return (
        f'<div class="preset"><h2>{html.escape(preset.title)}</h2>'
        f"<p>{terms.marked(preset.description, explained or {})}</p>"
        f'<p class="time">{html.escape(times.words(config or preset.settings, together))}</p>'
        f'<p class="ask"><b>Ask</b> {html.escape(preset.question)}</p></div>'
    )


def show_others(*shown: str) -> None:
    """Every preset's card but for those that are shown already, and those that a viewer may not start."""
    known: set[str] = set()  # words of the glossary that stand on a card before
    with st.container(horizontal=True, key="cards"):
        for name, preset in PRESETS.items():
            if name not in shown and (permissions.is_teacher() or permissions.short(preset.settings)):
                explained = {key: says for key, says in _meanings(preset).items() if key not in known}
                show(name, explained)
                known |= {key for key in explained if TERMS[key].pattern.search(preset.description)}


def _meanings(preset: Preset) -> dict[str, str]:
    """Words of the glossary under a preset's settings."""
    config = preset.settings.effective()
    cost = f"At beta {beta_text(config.beta)} a nat of it " + ("has its price." if config.beta else "costs nothing.")
    return {
        "kl": TERMS["kl"].template(cost),
        "latent": TERMS["latent"].says(size=f"{config.latent_dim:,} numbers"),
    }

"""The map: images on two axes through the latent."""

from __future__ import annotations

import streamlit as st

from explorer.ui.latents.chosen import Chosen


def show(chosen: Chosen) -> None:
    """Draw it."""
    from explorer.analysis.latents import plane

    axes = plane.principal(chosen.cloud)
    across, up = axes.coordinates(chosen.cloud.mu).T
    st.scatter_chart({axes.names[0]: across, axes.names[1]: up}, x=axes.names[0], y=axes.names[1])
    st.caption(f"{chosen.words}.")

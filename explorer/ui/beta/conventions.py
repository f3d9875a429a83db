"""What the slider's beta is called in other codes."""

from __future__ import annotations

import streamlit as st

from explorer import units
from explorer.models import Model
from explorer.ui.charts import tables
from explorer.units import beta_text

TITLE = "Which beta is this?"


def show(model: Model) -> None:
    """A table with a line a convention, and what all of them share."""
    st.html(tables.conventions(model.beta, model.latent_dim))
    st.caption(
        f"The slider's beta, {beta_text(model.beta)}, at {model.latent_dim} latent dimensions and "
        f"{units.PIXEL_VALUES:,} pixel values on a scale of 0 to 1: each line has the same minimum. Codes that "
        "scale pixels otherwise, or add up a batch instead of averaging it, differ by that factor too."
    )

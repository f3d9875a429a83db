"""The view Side by side: the same draw under every prior that a model can have."""

from __future__ import annotations

import streamlit as st

from explorer.analysis import samples
from explorer.priors import fitting
from explorer.ui.charts import pictures
from explorer.ui.samples.chosen import Chosen
from explorer.ui.shell import cache, pickers


def show(chosen: Chosen) -> None:
    """A row of pictures for each prior, below what the decoder can do at best."""
    place = st.container()
    draw = pickers.choose_draw()
    shown = chosen.images.one_of_each("validation", samples.SHOWN, draw)
    best = cache.reconstruction(chosen.model, chosen.images.images[shown])
    rows = [pictures.Row("Reconstructions", pictures.to_uint8(best.images), detail="what this decoder does at best")]
    with place, st.spinner("Fitting priors to where images lie"):
        for prior in (each for each in fitting(chosen.family) if not each.trained):
            drawn = cache.prior_draws(chosen.model, prior.key, chosen.images, samples.SHOWN, draw)
            rows.append(pictures.Row(prior.help, drawn))
        pictures.show_rows("side", rows, label_width="11rem", kind="aligned")

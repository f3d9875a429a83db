"""How models do on many images, as their cards say: three measures, of which one takes too long for a page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer.analysis import blur
from explorer.analysis.measures import MEASURES
from explorer.data import SOURCES
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.charts import tables

KEYS = tuple(key for key, measure in MEASURES.items() if measure.good)


def show(models: Sequence[Model]) -> None:
    """A row a model; nothing where no card says anything."""
    found = [(model, of) for model in models if (of := blur.of_card(model.card).get(model.beta))]
    if not found:
        return
    rated = [tables.Rated(model.title, FAMILIES[model.family].colour, of) for model, of in found]
    st.html(tables.models_table(rated, KEYS))
    images = " and ".join(dict.fromkeys(f"{of.images:,} of {SOURCES[model.source].title}" for model, of in found))
    lacking = [model.title for model in models if model not in [each for each, _ in found]]
    said = f"On held-out images, {images}, each from one sample of its latent."
    said += " Noise is sharp, too: read sharpness beside PSNR."
    if any(key not in of.values for key in KEYS for _, of in found):
        said += " What isn't measured, python -m explorer measure puts into a card."
    st.caption(said + (f" Not measured: {', '.join(lacking)}." if lacking else ""))

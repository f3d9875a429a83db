"""What a model was trained for and on, in words, and how to get at more of it while it is in training."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from explorer import glossary, runs
from explorer.analysis.measures import MEASURES
from explorer.data import ImageSet
from explorer.glossary import TERMS
from explorer.models import Model
from explorer.ui.charts import tables
from explorer.ui.components import terms


def show(model: Model, images: ImageSet, known: Collection[str] = ()) -> set[str]:
    """The words, and for a run that goes on a button that looks for a newer checkpoint.

    Returns what is explained by now: words of the glossary that are `known`, and those that stand here.
    """
    size, noise = model.latent_size, glossary.of_noise(model.beta, model.latent_dim)
    explained = {"latent": TERMS["latent"].says(size=size), "sigma": TERMS["sigma"].says(**noise)}
    explained = {key: says for key, says in explained.items() if key not in known}
    said = words(model, images)
    terms.caption(said, explained)
    run = None if model.shipped else runs.find(model.id)
    if run and run.status().active:
        st.button("Newest checkpoint", icon=":material/refresh:", key=f"newest-{model.id}", type="tertiary")
    return {*known, *(key for key in explained if TERMS[key].pattern.search(said))}


def words(model: Model, images: ImageSet) -> str:
    """Its latent, its training, how it does on a whole split; and whether it has seen images like these."""
    parts = [
        f"**{model.title}**: {tables.latent_words(model)}",
        f"trained on {model.trained_on} {model.effort}",
    ]
    if split := model.held_out:
        how = ", one sample an image" if model.weighs_beta else ""
        if model.measured_step not in (None, model.step):
            how += f", as it was at step {model.measured_step:,}"
        mse = MEASURES["mse"]
        parts.append(
            f"on its whole {split} split{how}: {mse.title} {mse.write(model.measured[split]['recon'])}, "
            f"{tables.rate_words(model, split)}"
        )
    if model.has_not_seen(images.source):
        parts.append(f"**it has not seen images like these, {images.name}**")
    return "; ".join(parts) + "."

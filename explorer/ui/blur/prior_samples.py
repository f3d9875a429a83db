"""Section of Blur: what each model paints without an image."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import streamlit as st

from explorer.analysis import blur, blur_words, samples
from explorer.analysis.blur_words import PRIOR_WORDS
from explorer.analysis.measures import MEASURES
from explorer.analysis.measures.sharpness import laplacian_variance
from explorer.analysis.spectrum import power_spectrum
from explorer.data import ImageSet
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.charts import figures, pictures
from explorer.ui.shell import address, cache


def show(images: ImageSet, shown: list[Model]) -> None:
    """A row of pictures for each model and each prior that it has."""
    seed = choose_seed()
    sharpness, half_power = MEASURES["sharpness"], MEASURES["half_power"]
    originals = images.images[blur.some(images)].astype(np.float32) / 255
    power, texture = power_spectrum(originals), laplacian_variance(originals).mean()
    jobs = [(model, prior) for model in shown for prior in FAMILIES[model.family].priors]
    rows, sheet, bar = [], [], st.empty()
    table: dict[str, list[Any]] = {
        name: [] for name in ("model", "prior", "sharpness, of images", "half power, cycles a pixel")
    }
    for i, (model, prior) in enumerate(jobs):
        words = PRIOR_WORDS[prior]
        bar.progress(i / len(jobs), f"{model.title}: {words}")
        made = cache.prior_samples(model, prior, images, seed)
        ratio = float(made.laplacian / texture)
        detail = f"{words}; sharpness {sharpness.write(ratio)} of images"
        rows.append(pictures.Row(model.title, made.pictures, detail=detail))
        sheet.append((f"{model.title}: {words}", made.pictures))
        at = half_power.read(np.stack([power, made.spectrum]))
        for column, value in zip(table.values(), (model.title, words, ratio, at), strict=True):
            column.append(value)
    bar.empty()
    pictures.show_rows("priors", rows, label_width="11rem", kind="aligned")
    figures.save_rows("prior-samples", sheet, [""] * samples.SHOWN, f"Drawn without an image, seed {seed}", table)
    st.caption(blur_words.where_samples_come_from(shown))


def choose_seed() -> int:
    """Of all draws."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = int(st.number_input("Draw", 1, 9999, 1, width=140, **address.number("draw", "draw", 1, 9999, 1)))
        st.button("Other draws", icon=":material/shuffle:", on_click=_draw_others)
    return seed


def _draw_others() -> None:
    st.session_state["draw"] = random.randrange(1, 10_000)

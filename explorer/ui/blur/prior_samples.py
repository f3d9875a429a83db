"""Section of Blur: what each model paints without an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis import blur, blur_words, samples
from explorer.analysis.measures import MEASURES
from explorer.analysis.measures.sharpness import laplacian_variance
from explorer.analysis.spectrum import power_spectrum
from explorer.data import ImageSet
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.priors import PriorRecord
from explorer.ui.blur import loupe
from explorer.ui.charts import figures, pictures
from explorer.ui.shell import cache, pickers

_MEASURED = 0  # seed of the draws that are measured: other draws are shown at once, and sharp alike


def show(images: ImageSet, shown: list[Model]) -> None:
    """A row of pictures for each model and each prior that it has; then how sharp many of them are."""
    seed = pickers.choose_draw()
    jobs = [(model, prior) for model in shown for prior in blur_words.drawn_from(FAMILIES[model.family])]
    bar, place = st.empty(), st.empty()
    rows = []
    for i, (model, prior) in enumerate(jobs):
        bar.progress(i / len(jobs), f"Drawing pictures of {model.title}, {prior.help}: {i + 1} of {len(jobs)}")
        drawn = cache.prior_draws(model, prior.key, images, samples.SHOWN, seed)
        rows.append(pictures.Row(model.title, drawn, detail=prior.help))
    with place:
        pictures.show_rows("priors", rows, label_width="11rem", kind="aligned")
    table = _measured(images, jobs, bar)
    write = MEASURES["sharpness"].write
    rows = [
        row._replace(detail=f"{row.detail}; sharpness {write(ratio)} of images")
        for row, ratio in zip(rows, table["sharpness, of images"], strict=True)
    ]
    with place:
        pictures.show_rows("priors", rows, label_width="11rem", kind="aligned")
    of = (loupe.told_of(shown), f"draw {seed}")
    figures.save_rows("prior-samples", rows, [""] * samples.SHOWN, "Drawn without an image", table, of)
    st.page_link(
        "explorer/pages/samples.py", label="To Samples: one model under every prior, also ones that are learnt",
        icon=":material/casino:", query_params={"model": shown[0].id.partition("@")[0]},
    )  # fmt: skip
    with st.expander("In words, and how it was measured"):
        st.caption(blur_words.where_samples_come_from(shown))


def _measured(images: ImageSet, jobs: Sequence[tuple[Model, PriorRecord]], bar: DeltaGenerator) -> dict[str, list[Any]]:
    """Sharpness and spectrum of many pictures of each model and prior, a column a measure."""
    originals = images.images[blur.some(images)].astype(np.float32) / 255
    power, texture = power_spectrum(originals), laplacian_variance(originals).mean()
    table: dict[str, list[Any]] = {
        name: [] for name in ("model", "step", "prior", "sharpness, of images", "half power, cycles a pixel")
    }
    for i, (model, prior) in enumerate(jobs):
        measuring = f"Measuring {samples.SAMPLES:,} pictures of {model.title}, {prior.help}: {i + 1} of {len(jobs)}"
        bar.progress(i / len(jobs), measuring)
        made = cache.prior_samples(model, prior.key, images, _MEASURED)
        at = MEASURES["half_power"].read(np.stack([power, made.spectrum]))
        row = (model.title, model.step, prior.help, float(made.laplacian / texture), at)
        for column, value in zip(table.values(), row, strict=True):
            column.append(value)
    bar.empty()
    return table

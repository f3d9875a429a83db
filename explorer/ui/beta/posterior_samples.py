"""What z holds of one image: its mean, samples of it, their average."""

from __future__ import annotations

import random

import numpy as np
import streamlit as st

from explorer.analysis import beta_words
from explorer.models import Model
from explorer.ui.beta.batch import Batch
from explorer.ui.charts import error_maps, pictures
from explorer.ui.shell import cache

TITLE = "Sampled or mean"
_SAMPLES = 32  # of one image's latent: for their average and spread
_SHOWN = 4  # of these


def show(model: Model, batch: Batch) -> None:
    """Which image and which draw, a row of pictures, and what they say."""
    i, draw = _choose(len(batch.pixels))
    found = cache.posterior_samples(model, batch.pixels[i], _SAMPLES, draw)
    spread = error_maps.magnitude(found.spread[None], error_maps.SPREAD_SCALE)
    original = batch.pixels[i].transpose(1, 2, 0)
    samples = found.pictures[:_SHOWN]
    images = np.concatenate([np.stack([original, found.from_mean]), samples, found.average[None], spread])
    captions = [
        "original",
        f"mean, MSE {found.mse_mean:.4f}",
        *(f"sample, {mse:.4f}" for mse in found.mse[:_SHOWN]),
        f"average, {found.mse_average:.4f}",
        "spread",
    ]
    row = pictures.Row("One image", images, captions, f"average and spread of {_SAMPLES} samples")
    pictures.show_rows("draws", [row], kind="aligned")
    how = f"standard deviation over {_SAMPLES} samples"
    st.html(f'<div class="scales">{error_maps.magnitude_legend("Spread", error_maps.SPREAD_SCALE, how)}</div>')
    st.caption(beta_words.samples_beside_mean(model.beta, found.mse, found.mse_mean, found.mse_average))


def _choose(count: int) -> tuple[int, int]:
    """The widgets; returns the index of one of `count` images, and the seed."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.segmented_control(
            "Image", list(range(1, count + 1)), default=1, required=True, key=f"image-of-{count}", width="content"
        )
        draw = int(st.number_input("Draw", 1, 9999, 1, key="draw", bind="query-params", width=140))
        st.button("Other draws", icon=":material/shuffle:", on_click=_draw_others)
    return number - 1, draw


def _draw_others() -> None:
    st.session_state["draw"] = random.randrange(1, 10_000)

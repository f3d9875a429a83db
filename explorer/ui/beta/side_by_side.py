"""The slider's beta and another, with what each gets wrong."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis import quality, sheets
from explorer.models import Model
from explorer.nets import BETA_STOPS, nearest_stop
from explorer.ui.beta.batch import Batch
from explorer.ui.charts import error_maps, pictures
from explorer.ui.components import downloads
from explorer.ui.shell import address
from explorer.units import beta_text

if TYPE_CHECKING:
    from explorer.analysis.over_beta import OverBeta

TITLE = "Side by side"
_PRINTED = [1e-5, 1e-4, 10**-3.5, 1e-3, 10**-2.5, 1e-2, 1e-1]  # on the sheet to take away


def show(model: Model, batch: Batch, swept: OverBeta) -> None:
    """Rows of pictures and their errors, and a sheet to take away."""
    other = st.select_slider(
        "Second beta", BETA_STOPS, BETA_STOPS[-1], format_func=beta_text,
        **address.choice("other", "second beta", {stop: beta_text(stop) for stop in BETA_STOPS}, BETA_STOPS[-1]),
    )  # fmt: skip
    x = batch.pixels.astype(np.float32) / 255
    rows = [pictures.Row("Original", batch.pixels.transpose(0, 2, 3, 1))]
    for beta in (model.beta, other):
        stop = BETA_STOPS.index(beta)
        frames = swept.frames[stop]
        captions = [f"MSE {value:.4f}" for value in swept.mse[stop]]
        rows.append(pictures.Row(f"beta {beta_text(beta)}", frames, captions, _rate_and_psnr(swept, stop)))
        x_hat = frames.transpose(0, 3, 1, 2).astype(np.float32) / 255
        rows.append(pictures.Row("Error", error_maps.signed(quality.error(x, x_hat))))
    pictures.show_rows("side-by-side", rows, kind="aligned")
    st.html(f'<div class="scales">{error_maps.signed_legend()}</div>')
    downloads.button(
        "These images at seven betas, as PNG", "images-by-beta.png", partial(_printed, model, batch, swept),
        "images-by-beta", icon="download",
    )  # fmt: skip


def _printed(model: Model, batch: Batch, swept: OverBeta) -> bytes:
    """Originals, and below them the same at some betas."""
    rows = [("Original", batch.pixels.transpose(0, 2, 3, 1))]
    for stop in (BETA_STOPS.index(nearest_stop(beta)) for beta in _PRINTED):
        rows.append((f"beta {beta_text(BETA_STOPS[stop])}: {_rate_and_psnr(swept, stop)}", swept.frames[stop]))
    return sheets.labelled_png(rows, [name.partition(", ")[2] or name for name in batch.names], model.title)


def _rate_and_psnr(swept: OverBeta, stop: int) -> str:
    return f"{swept.nats[stop]:,.0f} nats, {swept.psnr[stop]:.1f} dB"

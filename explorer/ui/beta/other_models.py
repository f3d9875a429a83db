"""Other models beside the curve, and the pictures of the one that was clicked on."""

from __future__ import annotations

import streamlit as st

from explorer import runs
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.beta.batch import Batch
from explorer.ui.charts import pictures, rate_distortion
from explorer.ui.components import beside, live
from explorer.ui.feeds import beta as feed
from explorer.ui.shell import cache, frame
from explorer.units import beta_text


@frame.fragment
def show(model: Model, batch: Batch, dot_id: str) -> None:
    """A dot each, which move; `dot_id` is that of the chosen one, or ""."""
    dots, kept = rate_distortion.dots(source=model.source), ""
    if dot_id and all(dot.id != dot_id for dot in dots):
        dots, kept = rate_distortion.dots(dot_id, model.source), dot_id
    topic = feed.dots_topic(model.source, kept)
    dot, row = next((dot for dot in dots if dot.id == dot_id and dot.pictures), None), None
    if dot:
        with frame.explained_errors():
            chosen = rate_distortion.model(dot.id)
            found = cache.reconstruction(chosen, batch.pixels)
            mse, nats = float(found.mse.mean()), float(found.nats.mean())
            beta = "" if dot.beta is None else f"beta {beta_text(dot.beta)}"
            parts = [] if beta in dot.title else [beta]
            parts += [] if chosen.conditional or dot.beta is None else ["a network of its own"]
            parts += ["from the mean of z"] if FAMILIES[chosen.family].posterior == "gaussian" else []
            note = ", ".join([*parts, f"{nats:,.0f} nats", f"MSE {mse:.4f}"])
            row = beside.Row(dot.title, note, pictures.to_uint8(found.images))
    with st.container(key="beside-the-curve"):
        beside.show_dots(dots, dot_id, row, model.source, key="beside", topic=topic)
    if left_out := rate_distortion.left_out(dots, model.source):
        st.caption(f"Not on the plane: {frame.plain('; '.join(left_out))}.")
    if len(runs.list_runs()) > rate_distortion.MOST_RUNS:
        st.caption(f"Of the runs here, the {rate_distortion.MOST_RUNS} newest that were measured have dots.")
    if dot and dot.active:
        live.rerun_when_changed(topic, dot.id, feed.kept(dot.id))

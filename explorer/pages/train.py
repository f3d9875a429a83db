"""Train a model, watch it learn, and keep what it made."""

import numpy as np
import streamlit as st

from explorer import models, runs
from explorer.ui.charts import pictures
from explorer.ui.shell import cache, frame, sidebar
from explorer.ui.train import form, run_list, run_view


def show_what_training_leads_to() -> None:
    """Images of the chosen source, and what the shipped model makes of them."""
    images = sidebar.chosen_images()
    model = max(models.shipped(), key=lambda shipped: shipped.id == models.DEFAULT)
    pixels = images.images[np.random.default_rng(0).permutation(images.indices("validation"))[:8]]
    x_hat = cache.reconstruction(model, pixels).images
    rows = [
        pictures.Row("Originals", pixels.transpose(0, 2, 3, 1)),
        pictures.Row("Reconstructions", pictures.to_uint8(x_hat)),
    ]
    pictures.show_rows("probes", rows, kind="aligned")
    st.caption(
        f"What training leads to: {frame.plain(images.name)} through the shipped model, **{model.title}**. "
        "Nothing was trained here yet. A run shows these pictures sharpen and its curves fall, and leaves a model that "
        "every page can use."
    )


run = run_list.current()
asks_for_beta = form.beta_in_url() is not None
branch_step = form.branch_in_url(run) if run else None

with st.container(horizontal=True, vertical_alignment="center"):
    frame.title("Train", "Watch a network learn to draw, step by step.")
    if run:
        with st.popover("This run", key=frame.popover_key(f"manage-{run.id}")):
            run_list.show_actions(run)
    if run and not asks_for_beta and branch_step is None:
        with st.popover("New run", type="primary", key=frame.popover_key("new")):
            form.show()

if (asked := st.query_params.get("run")) and runs.find(asked) is None:
    st.warning("The run that this link names is not here any more.", icon=":material/info:")
if run and branch_step is not None:
    with st.container(border=True):
        form.show_branch(run, branch_step)
elif asks_for_beta:
    with st.container(border=True):
        form.show()
if run:
    run_view.show(run)
    run_list.show()
else:
    picture = st.container()
    form.show_cards()
    if not asks_for_beta:
        with st.expander("Own settings"):
            form.show()
    with picture, frame.explained_errors():  # last: what can be clicked does not wait for a network
        show_what_training_leads_to()

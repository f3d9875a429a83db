"""Train a model, watch it learn, and keep what it made."""

import streamlit as st

from explorer import models, places, runs
from explorer.errors import ExplorerError
from explorer.presets import FIRST
from explorer.ui.charts import pictures
from explorer.ui.shell import cache, frame, permissions, sidebar
from explorer.ui.train import cards, elsewhere, form, prior, race, run_list, run_view, starting, times


def show_what_training_leads_to() -> None:
    """The images that a run is watched on, and what the shipped model makes of them."""
    images = sidebar.chosen_images()
    model = max(models.shipped(), key=lambda shipped: shipped.id == models.DEFAULT, default=None)
    if model is None:
        raise ExplorerError("There is no model here to show", "Train one, or restore the folder models.")
    pixels = images.images[images.probes()]
    x_hat = cache.reconstruction(model, pixels).images
    rows = [
        pictures.Row("Originals", pixels.transpose(0, 2, 3, 1)),
        pictures.Row("Reconstructions", pictures.to_uint8(x_hat)),
    ]
    pictures.show_rows("probes", rows, kind="aligned")
    st.caption(
        f"What training leads to: {frame.plain(images.name)} through the shipped model, **{model.title}**. "
        "Nothing was trained here yet. A run learns from other images and shows what it makes of these, from its first "
        "step to its last."
    )
    sidebar.offer_cifar10()


def show_ways_to_start() -> None:
    """A first lesson's cards, the form for settings of one's own, and the cards of all other presets."""
    if not permissions.may_start():
        return
    for column, name in zip(st.columns(2), (FIRST, "quick"), strict=True):
        with column:
            cards.show(name)
    race.show_card()
    with st.container(border=True):
        form.show()
    prior.show_card()
    cards.show_others(FIRST, "quick")
    times.show()
    if permissions.is_teacher():
        for note in filter(None, (places.told(), *places.lacks(runs.runs_root()))):
            st.caption(frame.plain(note))


drawn = runs.states()
contestants = race.current()
run = None if contestants else run_list.current()
asks_for_beta = form.beta_in_url() is not None
asks_for_form = asks_for_beta or prior.asked_for()
branch_step = form.branch_in_url(run) if run else None

with st.container(horizontal=True, vertical_alignment="center"):
    frame.title("Train", "Watch a network learn to draw, step by step.")
    if run and permissions.is_teacher():
        with st.popover("This run", key=frame.popover_key(f"manage-{run.id}")):
            run_list.show_actions(run)
    starts_one = starting.asks_for_new() or asks_for_form or branch_step is not None
    if (run or contestants) and permissions.may_start() and not starts_one:
        st.button("New run", type="primary", key="new-run", on_click=starting.ask_for_new)

if run and branch_step is not None:
    with st.container(border=True):
        form.show_branch(run, branch_step)
elif asks_for_form:
    with st.container(border=True):
        if asks_for_beta:
            form.show()
        else:
            form.show_prior()
elif (run or contestants) and starting.asks_for_new():
    show_ways_to_start()
if contestants:
    race.show(contestants)
    run_list.show()
elif run:
    race.offer(run)
    run_view.show(run)
    run_list.show()
else:
    picture = st.container()
    if not asks_for_form:
        show_ways_to_start()
    with picture, frame.explained_errors():  # last: what can be clicked does not wait for a network
        show_what_training_leads_to()
elsewhere.show()
run_list.notice(contestants or ([run] if run else []), drawn)

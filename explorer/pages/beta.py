"""Beta: one network at every beta, under a slider; what each costs, and what it buys."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis import beta_words
from explorer.data import ImageSet
from explorer.models import Model
from explorer.nets import BETA_RANGE, BETA_STOPS
from explorer.ui.beta import conventions, gaps, latents, other_models, picture, posterior_samples, priors, side_by_side
from explorer.ui.beta.batch import COUNT, Batch, choose_model_and_batch
from explorer.ui.shell import address, cache, frame, permissions, pickers, sidebar
from explorer.ui.shell.picture_first import PictureFirst
from explorer.units import beta_text

if TYPE_CHECKING:
    from explorer.analysis.over_beta import Drawn, OverBeta

DRAW = 1  # seed of the row of samples
SECTIONS = {
    "pairs": side_by_side.TITLE,
    "priors": priors.TITLE,
    "draws": posterior_samples.TITLE,
    "units": conventions.TITLE,
}


@frame.fragment
def explore(images: ImageSet) -> None:
    with frame.explained_errors(), PictureFirst() as order:
        with st.container(horizontal=True, vertical_alignment="center", key="beta-head"):
            frame.title("Beta", "What an image loses, and what samples gain.")
            with order.later():
                model, batch = choose_model_and_batch(images)
        if model is None:
            say_there_is_no_model()
            return
        if not len(batch.pixels):
            st.info("There are no images of this class in this split. Choose another class or split.")
            return
        picture.say_asked(model, batch)
        wait = nullcontext() if picture.stands() else st.spinner(f"Decoding at {len(BETA_STOPS)} betas")
        with st.empty(), wait:  # a picture stands until the next one is there
            swept = cache.over_beta(model, batch.pixels)
            drawn = cache.draws(model, COUNT, DRAW)
        look(images, model, batch, swept, drawn)


@frame.fragment
def look(images: ImageSet, model: Model, batch: Batch, swept: OverBeta, drawn: Drawn) -> None:
    """The picture, and what depends on where its slider rests: drawn anew when that is let go."""
    with frame.explained_errors(), PictureFirst() as order:
        view = picture.show(model, batch, swept, drawn, latents.name(model, images, DRAW))
        model = replace(model, beta=view.beta)
        with order.later():
            other_models.show(model, batch, view.chosen)
            gaps.follow(model, picture.batch_name(model, batch.pixels))
            st.caption(
                f"{beta_words.trained_how(model, images)} {pickers.what_subjects_taught(images, [model])}".strip()
            )
            sidebar.offer_cifar10()
            if permissions.may_start():
                train_at(view.beta)
    with frame.explained_errors():  # after all else in sight: both may take seconds, the first time
        latents.show(model, images, drawn, DRAW)
        show_section(model, images, batch, swept)


def say_there_is_no_model() -> None:
    low, high = map(beta_text, BETA_RANGE)
    st.info(
        f"**No model here knows every beta yet.** This page needs one that was trained at all of them at once, from "
        f"{low} to {high}: on Train, start the preset **Every beta**. It can be looked at here as soon as it has "
        "saved its first checkpoint.",
        icon=":material/tune:",
    )
    st.page_link("explorer/pages/train.py", label="To Train", icon=":material/monitoring:")


def train_at(beta: float) -> None:
    """On to Train, with the slider's beta."""
    text = beta_text(beta)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="train-at-beta", width="content"):
            st.page_link(
                "explorer/pages/train.py", label=f"Train at beta {text}", icon=":material/monitoring:",
                query_params={"beta": text},
            )  # fmt: skip
        st.caption(
            "A network of its own for this beta alone: while it trains its dot moves on the plane, and then stays."
        )


def show_section(model: Model, images: ImageSet, batch: Batch, swept: OverBeta) -> None:
    """One of them, so that only what is seen is computed."""
    section = st.segmented_control(
        "More at this beta", list(SECTIONS), default="pairs", required=True, format_func=SECTIONS.__getitem__,
        label_visibility="collapsed", **address.choice("section", "section", SECTIONS, "pairs"),
    )  # fmt: skip
    if section == "pairs":
        side_by_side.show(model, batch, swept)
    elif section == "priors":
        priors.show(model, images, DRAW)
    elif section == "draws":
        posterior_samples.show(model, batch)
    else:
        conventions.show(model)


explore(sidebar.chosen_images())

"""Start: one image on its way through a VAE, and the ways on."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from explorer import glossary, units
from explorer.data import SOURCES, SUBJECTS, ImageSet
from explorer.models import Model
from explorer.ui.components import bottleneck, terms
from explorer.ui.components.shelved import Shelved, shelve
from explorer.ui.shell import address, cache, frame, pickers, sidebar
from explorer.ui.shell.pages import PAGES, START

COUNT = 10  # images to choose from
SAMPLES = 8  # of z for each image
NO_NOISE = "which has no noise, so there is nothing to draw from"


@st.cache_data(max_entries=32, show_spinner=False)
def figure(
    version: tuple[str, int, float], pictures: np.ndarray, names: list[str], seed: int, _model: Model
) -> Shelved:
    """What the figure shows of `pictures`, uint8 (N, 3, 32, 32), under a model."""
    from explorer.analysis import passage  # torch: not before the frame of the page stands

    return shelve(bottleneck.payload(passage.send(cache.net(_model), pictures, SAMPLES, seed), names))


def choose_image(split: str | None) -> None:
    """The image chosen in the figure goes into the address, and `split` where images have subjects too."""
    address.write(split=split, image=str(int(st.session_state["bottleneck"].image)))


def other_images(split: str | None) -> None:
    """Of the validation split, the next; from subjects, the first."""
    seed = address.asked_number("seed", "seed", 0, pickers.MAX_SEED, 0)
    if split == SUBJECTS:
        address.write(split="validation", seed=None, image=None)
    else:
        address.write(split=split, seed=str((seed + 1) % (pickers.MAX_SEED + 1)), image=None)


@frame.fragment
def passage_through_a_model(images: ImageSet) -> None:
    head, choice = st.columns([5, 2], vertical_alignment="bottom")
    with head:
        frame.title(
            "Variational autoencoder",
            "It squeezes an image into a few uncertain numbers and paints it again from a random draw of them.",
        )
    with choice:
        model = pickers.choose_model("Model", "model", fits=lambda model: model.weighs_beta, unfit=NO_NOISE)
    with frame.explained_errors():
        seed = address.asked_number("seed", "seed", 0, pickers.MAX_SEED, 0)
        pool, row = pickers.row_of_images(images, COUNT, seed)
        shown = figure(model.version, pool.images[row], list(pool.names(row)), seed, model)
        image = address.asked_number("image", "image", 0, len(row) - 1, 0)
        split = None if images.subjects is None else pool.name
        bottleneck.show(shown, image, partial(choose_image, split), partial(other_images, split))
    sigma = glossary.TERMS["sigma"].says(**glossary.of_noise(model.beta, model.latent_dim))
    taught = pickers.what_subjects_taught(images, [model])
    terms.caption(f"{what_it_was_trained_on(model, images)} {taught}".strip(), {"sigma": sigma})
    sidebar.offer_cifar10()


def what_it_was_trained_on(model: Model, images: ImageSet) -> str:
    beta = f"beta {units.beta_text(model.beta)}"
    said = f"Trained on {model.trained_on} at {beta}"
    if model.imported:
        at = f"at {beta}" if model.imported.beta_known else f"beta unknown, taken as {units.beta_text(model.beta)}"
        said = f"Trained on {model.trained_on} {model.effort}; {at}"
    if model.beta:
        said += f", as a decoder with sigma {units.beta_to_sigma(model.beta, model.latent_dim):.3f} asks for."
    else:
        said += ": hardly any noise, and nothing holds its latent near N(0, 1)."
    if model.has_not_seen(images.source):
        own = SOURCES[images.source].upload is not None  # named as their folder is: by anything
        said += " It has never seen these images." if own else f" It has never seen an image of {images.name}."
    return said


passage_through_a_model(sidebar.chosen_images())
with st.container(key="ways-on", horizontal=True):
    for page in PAGES:
        if page != START:
            st.page_link(page.path, label=f"**{page.title}** {page.invitation}", width="stretch")

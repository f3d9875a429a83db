"""Start: one image on its way through a VAE, and the ways on."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from explorer import units
from explorer.data import SOURCES, ImageSet
from explorer.models import Model
from explorer.ui.components import bottleneck
from explorer.ui.shell import cache, frame, pickers, sidebar

COUNT = 10  # images to choose from
SAMPLES = 8  # of z for each image
MAX_SEED = 9999

WAYS_ON = (
    ("train", "Train", "Start a run and watch images get sharper, live."),
    ("compare", "Compare", "Many images at once: where do they blur?"),
    ("interpolate", "Interpolate", "Morph one image into another."),
    ("beta", "Beta", "More detail or a tidier latent: turn the knob."),
    ("blur", "Blur", "What is lost, and why? A microscope."),
    ("claims", "Claims", "What is said of VAEs, put to the test."),
)


def number_in_url(name: str, below: int) -> int:
    """A whole number 0 <= n < below from the URL; 0 if there is none, or anything else."""
    text = st.query_params.get(name, "0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) < below else 0


@st.cache_data(max_entries=32, show_spinner=False)
def figure(
    version: tuple[str, int, float], pictures: np.ndarray, names: list[str], seed: int, _model: Model
) -> dict[str, Any]:
    """What the figure shows of `pictures`, uint8 (N, 3, 32, 32), under a model."""
    from explorer.analysis import passage  # torch: not before the frame of the page stands

    return bottleneck.payload(passage.send(cache.net(_model), pictures, SAMPLES, seed), names)


def choose_image() -> None:
    """The image chosen in the figure goes into the URL."""
    st.query_params["image"] = str(int(st.session_state["bottleneck"].image))


def other_images() -> None:
    st.query_params.update(seed=str((number_in_url("seed", MAX_SEED + 1) + 1) % (MAX_SEED + 1)), image="0")


@st.fragment
def passage_through_a_model(images: ImageSet) -> None:
    picture = st.container()
    choice, words = st.columns([2, 5], vertical_alignment="bottom")
    with choice:
        model = pickers.choose_model("Model", "model", fits=lambda model: model.weighs_beta)
    trained_on = SOURCES[model.source].title if model.source in SOURCES else model.source
    said = f"Trained on {trained_on} at beta {units.beta_text(model.beta)}"
    if model.beta:
        said += f", as a decoder with sigma {units.beta_to_sigma(model.beta, model.latent_dim):.3f} asks for."
    else:
        said += ": hardly any noise, and nothing holds its latent near N(0, 1)."
    if model.source != images.source:
        said += f" It has never seen an image of {images.name}."
    words.caption(said)
    with picture, frame.explained_errors():
        seed = number_in_url("seed", MAX_SEED + 1)
        row = images.one_of_each("validation", COUNT, seed)
        names = [images.class_names[label] for label in images.labels[row]]
        shown = figure(model.version, images.images[row], names, seed, model)
        bottleneck.show(shown, number_in_url("image", len(row)), choose_image, other_images)


frame.title(
    "Variational autoencoder",
    "It squeezes an image into a few uncertain numbers and paints it again from a random draw of them.",
)
passage_through_a_model(sidebar.chosen_images())
with st.container(key="ways-on", horizontal=True):
    for page, name, line in WAYS_ON:
        st.page_link(f"explorer/pages/{page}.py", label=f"**{name}** {line}", width="stretch")

"""Blur: the same images under every family, a loupe over all of them, and where the blur comes from."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis import blur_words
from explorer.data import ImageSet
from explorer.glossary import TERMS
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.blur import averages, loupe, perception, prior_samples, same_rate, sharpness_and_spectrum
from explorer.ui.blur.defaults import MOST, default_ids
from explorer.ui.components import terms
from explorer.ui.shell import address, frame, pickers, sidebar, upload
from explorer.ui.shell.picture_first import PictureFirst

COUNT = 8  # images to look at
SECTIONS = {
    "spectrum": "Sharpness and spectrum",
    "origin": "Where blur comes from",
    "rate": "Same rate",
    "perception": "Near or real",
    "prior": "Samples",
}
_OWN = "your picture"


@frame.fragment
def page(images: ImageSet) -> None:
    shown: list[Model] = []
    with frame.explained_errors(), PictureFirst() as order:
        picture = st.container()
        with st.container(key="blur-choices"), order.later():
            chosen = pickers.choose_models("Models, up to six", "models", default_ids, MOST)
            choices, foot = st.container(), st.container(horizontal=True, horizontal_alignment="distribute")
            with choices:
                pixels, names = choose_pixels(images, foot)
        with picture:
            if not len(pixels):
                st.info("There are no images of this class in this split. Choose another class or split.")
            elif not chosen:
                st.info("Choose a model below, or several.", icon=":material/biotech:")
            else:
                shown, columns = loupe.reconstructed(chosen, pixels)
        if shown:
            with picture:
                loupe.show(pixels, names, columns, averages_are_shown)
            with order.later():
                with foot:
                    loupe.save_columns(shown, pixels, names, columns, _OWN if names == [_OWN] else images.name)
                source = None if names == [_OWN] else images.source
                seen = blur_words.what_is_seen(shown, source, images.name if source else _OWN)
                taught = pickers.what_subjects_taught(images, shown) if source else ""
                size = f"{shown[0].title} keeps {shown[0].latent_size}."
                terms.caption(f"{seen} {taught}".strip(), {"latent": TERMS["latent"].template(size)})
    if shown:
        section(images, shown, pixels)


def choose_pixels(images: ImageSet, foot: DeltaGenerator) -> tuple[np.ndarray, list[str]]:
    """The widgets; returns uint8 (N, 3, 32, 32), and what each shows."""
    with foot, st.popover("Your picture", icon=":material/add_photo_alternate:", key=frame.popover_key("blur-photo")):
        photo = upload.uploaded_photo("A picture of your own: PNG, JPEG or WebP", key="photo")
    chosen = pickers.choose_images(images, COUNT, disabled=photo is not None)
    if photo is not None:
        return photo[None], [_OWN]
    return chosen.pixels, [f"image {i}, {name}" for i, name in enumerate(chosen.names, 1)]


@frame.fragment
def section(images: ImageSet, shown: list[Model], pixels: np.ndarray) -> None:
    """One of `SECTIONS`, so that only what is seen is computed."""
    with frame.explained_errors():
        chosen = st.segmented_control(
            "More", list(SECTIONS), default="spectrum", required=True, format_func=SECTIONS.__getitem__,
            label_visibility="collapsed", **address.choice("section", "section", SECTIONS, "spectrum"),
        )  # fmt: skip
        terms.markdown(blur_words.FIRST[chosen], what_is_drawn(shown))
        if chosen == "spectrum":
            sharpness_and_spectrum.show(images, shown)
        elif chosen == "origin":
            averages.show(images, shown, pixels[loupe.view(len(pixels)).image])
        elif chosen == "rate":
            same_rate.show(images, shown)
        elif chosen == "perception":
            perception.show(images, shown, pixels)
        else:
            prior_samples.show(images, shown)


def what_is_drawn(shown: list[Model]) -> dict[str, str]:
    """What prior and posterior mean, of the first model that has both; without one, in general."""
    prior, posterior = "None of these models learnt one.", "None of these models has one."
    if found := [model for model in shown if FAMILIES[model.family].posterior == "gaussian"]:
        prior = f"That of {found[0].title} is N(0, 1) for each of {found[0].latent_dim:,} numbers."
        posterior = f"That of {found[0].title} has {found[0].latent_dim:,} of both."
    return {"prior": TERMS["prior"].template(prior), "posterior": TERMS["posterior"].template(posterior)}


def averages_are_shown() -> bool:
    """Whether the section shows the image that is under the loupe."""
    return st.session_state.get("section") == "origin"


frame.title("Blur", "Why is it blurry? The same image under every model: move the loupe, and see what each one lost.")
page(sidebar.chosen_images())

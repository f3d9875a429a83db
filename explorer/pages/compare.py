"""Compare: originals, reconstructions and errors of one or two models on the same images."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.data import ImageSet
from explorer.models import Model
from explorer.ui.compare import of_cards, provenance, ranking, reconstructions
from explorer.ui.shell import address, frame, pickers, sidebar, upload
from explorer.ui.shell.picture_first import PictureFirst

COUNT = 8  # images side by side
_MEAN, _SAMPLE = "mean", "one sample"
_SIGNED, _ABSOLUTE = "signed", "absolute"


@frame.fragment
def page(images: ImageSet) -> None:
    with frame.explained_errors(), PictureFirst() as order:
        with st.container(key="compare-bench"):
            left, right = st.columns([19, 5], gap="medium")
        picture = left.container(gap="small")
        progress = st.empty()
        with right, st.container(key="compare-choices"), order.later():
            model = pickers.choose_model("Model", key="model")
            other = pickers.choose_other_model("Second model", key="model2", first=model)
            models = [model, other] if other else [model]
            seed = choose_latent(noisy=any(each.weighs_beta for each in models))
            signed = choose_signed()
        with order.later():

            def rank(indices: np.ndarray) -> np.ndarray:
                with order.now(), progress:
                    return ranking.errors(model, images, indices)

            chosen = pickers.choose_ranked_images(images, COUNT, rank)
            st.caption(chosen.words)
        with picture:
            if not len(chosen.pixels):
                st.info("There are no images of this class in this split. Choose another class or split.")
                return
            shown = reconstructions.show("reconstructions", chosen.pixels, models, seed, signed)
        with order.later():
            reconstructions.show_numbers(shown, f"{images.name}, {chosen.words.rstrip('.')}")
            of_cards.show(models)
            explained: set[str] = set()
            for each in models:
                explained = provenance.show(each, images, explained)
            if taught := pickers.what_subjects_taught(images, models):
                st.caption(taught)
            sidebar.offer_cifar10()
            own_picture(models, seed, signed)


def choose_latent(noisy: bool) -> int | None:
    """Which z is decoded: the seed of a sample, or None for the mean. Nothing to choose where no model is noisy."""
    chosen = st.segmented_control(
        "Decoded from", [_MEAN, _SAMPLE], default=_MEAN, required=True,
        disabled=not noisy,
        help="The mean of the image's latent, or a z drawn from it, as in training. Autoencoders and VQ-VAEs have one "
        "latent an image and nothing to draw.",
        **address.choice("from", "latent", [_MEAN, _SAMPLE], _MEAN),
    )  # fmt: skip
    if chosen == _MEAN:
        return None
    return int(st.number_input("Draw", 1, 999, 1, width=72, **address.number("draw", "draw", 1, 999, 1)))


def choose_signed() -> bool:
    """Whether errors have a sign."""
    chosen = st.segmented_control(
        "Error",
        [_SIGNED, _ABSOLUTE],
        default=_SIGNED,
        required=True,
        **address.choice("error", "error", [_SIGNED, _ABSOLUTE], _SIGNED),
    )
    return chosen == _SIGNED


def own_picture(models: list[Model], seed: int | None, signed: bool) -> None:
    """The same for a picture of the person's own."""
    with st.expander("Try a picture of your own", icon=":material/add_photo_alternate:"):
        pixels = upload.uploaded_photo("Picture", key="photo")
        if pixels is not None:
            reconstructions.show_numbers(
                reconstructions.show("own-photo", pixels[None], models, seed, signed),
                "a picture of one's own",
                explains=False,
            )


frame.title("Compare", "What a model keeps of an image, and what it loses.")
page(sidebar.chosen_images())

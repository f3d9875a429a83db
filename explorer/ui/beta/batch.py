"""The images that go through a model at every beta, and how both are chosen."""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np
import streamlit as st

from explorer.data import ImageSet
from explorer.models import Model
from explorer.ui.shell import frame, pickers, upload

COUNT = 8  # images side by side


class Batch(NamedTuple):
    """Images, uint8 (N, 3, 32, 32), and what each shows; N is 0 where a split has none of a class."""

    pixels: np.ndarray
    names: tuple[str, ...]


def choose_model_and_batch(images: ImageSet) -> tuple[Model | None, Batch]:
    """The widgets: which images behind a button, because a page opens with its picture."""
    with st.container(width=220):
        model = pickers.choose_conditional_model("Model", key="model")
    with st.popover("Images", icon=":material/photo_library:", key=frame.popover_key("beta-images")):
        choices = st.container()
        photo = upload.uploaded_photo("Or a picture of your own: PNG, JPEG or WebP", key="photo")
        with choices:
            chosen = pickers.choose_images(images, COUNT, disabled=photo is not None)
    st.button("Shuffle", icon=":material/shuffle:", on_click=_shuffle, disabled=photo is not None)
    if photo is not None:
        return model, Batch(photo[None], ("your picture",))
    return model, Batch(chosen.pixels, tuple(f"image {i}, {name}" for i, name in enumerate(chosen.names, 1)))


def _shuffle() -> None:
    pickers.draw_from_validation()
    st.session_state["seed"] = random.randrange(10_000)

"""The two pictures to interpolate between and the model that does it: what they are, and how they are chosen."""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np
import streamlit as st

from explorer.data import SPLITS, ImageSet, Split
from explorer.models import Model
from explorer.ui.shell import pickers, upload

_ALL = "all"  # classes


class End(NamedTuple):
    """One of the two pictures: uint8 (3, 32, 32), and what it is."""

    pixels: np.ndarray
    name: str


class Pair(NamedTuple):
    """All that the frames between two pictures depend on."""

    a: End
    b: End
    model: Model

    @property
    def key(self) -> tuple:
        return self.a.pixels.tobytes(), self.b.pixels.tobytes(), self.model.version


def choose(images: ImageSet, steps: list[int]) -> tuple[Pair, int]:
    """The widgets: both ends, then what concerns both; returns the pair, and which of `steps` the filmstrip has."""
    left, middle, right = st.columns([5, 2, 5], vertical_alignment="bottom")
    split_column, model_column, steps_column = st.columns([5, 5, 8], gap="medium")
    with split_column:
        splits = [split for split in SPLITS if len(images.splits[split])]
        split = st.selectbox("Split", splits, index=splits.index("validation"), key="split", bind="query-params")
    with model_column:
        model = pickers.choose_model("Model", "model")
    with steps_column:
        number = st.select_slider("Steps of the filmstrip", steps, 9, key="steps", bind="query-params")
    last = len(images.splits[split]) - 1
    with left:
        a, count_a = _choose_end("A", images, split, default=min(10, last // 2))
    with right:
        b, count_b = _choose_end("B", images, split, default=min(18, last))
    with middle:
        st.button("Shuffle", icon=":material/shuffle:", on_click=_shuffle, args=(count_a, count_b), width="stretch")
    return Pair(a, b, model), number


def _choose_end(name: str, images: ImageSet, split: Split, default: int) -> tuple[End, int]:
    """The widgets of one end; returns it, and how many images there are to choose from."""
    key = name.lower()
    class_column, index_column, photo_column = st.columns([5, 3, 3], gap="small", vertical_alignment="bottom")
    with photo_column, st.popover("Upload", width="stretch"):
        photo = upload.uploaded_photo(f"Your picture as {name}: PNG, JPEG or WebP", f"photo_{key}")
    own = photo is not None
    with class_column:
        classes = [_ALL, *images.class_names]
        class_name = st.selectbox(f"{name}: class", classes, key=f"class_{key}", bind="query-params", disabled=own)
    pool = images.indices(split, None if class_name == _ALL else class_name)
    if empty := not len(pool):
        pool = images.indices(split)
    with index_column:
        wanted = st.number_input(
            f"{name}: image", 0, value=default, key=f"index_{key}", bind="query-params", disabled=own,
            help=f"Within the split and class: 0 to {len(pool) - 1:,}.",
        )  # fmt: skip
    if photo is not None:
        return End(photo, "your picture"), len(pool)
    index = min(wanted, len(pool) - 1)
    if empty:
        st.caption(f"The {split} split has no image of class {class_name}: these are of all classes.")
    if index < wanted:
        st.caption(f"There is no image {wanted:,}: this is the last, {index:,}.")
    label = images.class_names[images.labels[pool[index]]]
    return End(images.images[pool[index]], f"{label}, image {index:,}"), len(pool)


def _shuffle(count_a: int, count_b: int) -> None:
    st.session_state["index_a"] = random.randrange(count_a)
    st.session_state["index_b"] = random.randrange(count_b)

"""The two pictures to interpolate between and the model that does it: what they are, and how they are chosen."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st

from explorer.data import SUBJECTS, ImageSet, PoolName
from explorer.models import Model
from explorer.ui.interpolate import opening
from explorer.ui.shell import address, pickers, upload

_OF_CLASS = {"a": 10, "b": 18}  # places that an end starts at within a class; of all classes, the opening says which


class End(NamedTuple):
    """One of the two pictures: uint8 (3, 32, 32), and what it is."""

    pixels: np.ndarray
    name: str


class Pair(NamedTuple):
    """All that the frames between two pictures depend on; and why these two, if the page chose them."""

    a: End
    b: End
    model: Model
    why: str = ""

    @property
    def key(self) -> tuple:
        return self.a.pixels.tobytes(), self.b.pixels.tobytes(), self.model.version


def choose(images: ImageSet, steps: list[int]) -> tuple[Pair, int]:
    """The widgets: both ends, then what concerns both; returns the pair, and which of `steps` the filmstrip has."""
    left, middle, right = st.columns([5, 2, 5], vertical_alignment="bottom")
    split_column, model_column, steps_column = st.columns([5, 8, 8], gap="medium")
    with split_column:
        name = pickers.choose_pool(images, on_change=_forget_indices)
    with model_column:
        model = pickers.choose_model("Model", "model")
    with steps_column:
        number = st.select_slider("Steps of the filmstrip", steps, 9, **address.choice("steps", "steps", steps, 9))
    (first, second), why = opening.pair(pool := images.pool(name))
    with left:
        a, count_a = _choose_end("A", images, name, first)
    with right:
        b, count_b = _choose_end("B", images, name, second)
    with middle:
        st.button(
            "Shuffle", key="shuffle", icon=":material/shuffle:", on_click=_shuffle, args=(count_a, count_b),
            width="stretch",
        )  # fmt: skip
    ends = ((a, first), (b, second))
    opened = all(np.array_equal(end.pixels, pool.images[pool.indices[place]]) for end, place in ends)
    words = f"{why if opened else ''} {pickers.what_subjects_taught(images, [model])}".strip()
    return Pair(a, b, model, words), number


def _choose_end(name: str, images: ImageSet, of: PoolName, opening: int) -> tuple[End, int]:
    """The widgets of one end; returns it, and how many images there are to choose from."""
    key = name.lower()
    class_column, index_column, photo_column = st.columns([5, 3, 3], gap="small", vertical_alignment="bottom")
    with photo_column, st.popover(f"Upload {name}", width="stretch"):
        photo = upload.uploaded_photo(f"Your picture as {name}: PNG, JPEG or WebP", f"photo_{key}")
    own = photo is not None
    with class_column:
        class_name = pickers.choose_class(
            f"{name}: class", f"class_{key}", images, own or of == SUBJECTS, on_change=_forget_index(key)
        )
    pool = images.pool(of, class_name)
    if empty := not len(pool.indices):
        pool = images.pool(of)
    last = len(pool.indices) - 1
    with index_column:
        default = opening if class_name is None else min(_OF_CLASS[key], last)
        wanted = _choose_index(name, default, own, f"Within the split and class: 0 to {last:,}.")
    if photo is not None:
        return End(photo, "your picture"), last + 1
    index = min(wanted, last)
    if empty:
        st.caption(f"The {of} split has no image of class {class_name}: these are of all classes.")
    if index < wanted:
        st.caption(f"There is no image {wanted:,}: this is the last, {index:,}.")
    (label,) = pool.names(pool.indices[[index]])
    return End(pool.images[pool.indices[index]], f"{label}, image {index:,}"), last + 1


def _choose_index(name: str, default: int, disabled: bool, help: str) -> int:
    """A field for the place of an image; what stands in the address is what it shows, and the default stands there not.

    It isn't bound to the address as other widgets are, since its default changes with the split and the class.
    """
    key = f"index_{name.lower()}"
    wanted = address.asked_number(key, f"image {name}", 0, None, default)
    st.session_state[key] = wanted

    def write() -> None:
        chosen = int(st.session_state[key])
        address.write(**{key: None if chosen == default else str(chosen)})

    st.number_input(f"{name}: image", 0, key=key, on_change=write, disabled=disabled, help=help)
    return wanted


def _forget_index(key: str) -> Callable[[], None]:
    return partial(address.write, **{f"index_{key}": None})


def _forget_indices() -> None:
    address.write(index_a=None, index_b=None)


def _shuffle(count_a: int, count_b: int) -> None:
    address.write(index_a=str(random.randrange(count_a)), index_b=str(random.randrange(count_b)))

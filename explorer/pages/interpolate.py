"""Interpolate: what lies between two pictures."""

from __future__ import annotations

import random
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from torch import nn

from explorer.analysis import latents, sheets
from explorer.analysis.latents import Walk
from explorer.data import SPLITS, ImageSet
from explorer.ui import cache, choose, layout, morph, pictures, sidebar, upload

FRAMES = 33  # of the morph: steps small enough to look smooth, and few enough to decode at once
PATHS = {"lerp": "Straight line (lerp)", "slerp": "Arc (slerp)", "fade": "Pixel cross-fade"}
MOVING = PATHS | {"all": "All three"}
MIDDLE = 0.5


class End(NamedTuple):
    """One of the two pictures: uint8 (3, 32, 32), and what it is."""

    pixels: np.ndarray
    name: str


@st.fragment
def show() -> None:
    with layout.explained_errors():
        images = sidebar.chosen_images()
        picture, controls = st.container(), st.container(key="ends")
        with controls:
            a, b, model = choose_ends(images)
        net = cache.net(model)
        seen = (model.version, a.pixels.tobytes(), b.pixels.tobytes())
        with picture:
            show_morph(seen, net, a, b)
        show_filmstrip(seen, net, a, b, model.title)


def choose_ends(images: ImageSet) -> tuple[End, End, Any]:
    left, middle, right = st.columns([5, 4, 5], gap="large")
    with middle:
        splits = [split for split in SPLITS if len(images.splits[split])]
        split = st.selectbox("Split", splits, index=splits.index("validation"), key="split", bind="query-params")
        model = choose.choose_model("Model", "model")
    with left:
        a, count_a = choose_end("A", images, split, default=4)
    with right:
        b, count_b = choose_end("B", images, split, default=7)
    with middle:
        st.button("Shuffle", icon=":material/shuffle:", on_click=shuffle, args=(count_a, count_b), width="stretch")
    return a, b, model


def choose_end(name: str, images: ImageSet, split: str, default: int) -> tuple[End, int]:
    """The widgets for one end; returns it, and how many images there are to choose from."""
    key = name.lower()
    class_column, index_column = st.columns([3, 2], vertical_alignment="bottom")
    with st.popover("Own photo", icon=":material/upload:", width="stretch"):
        photo = upload.uploaded_photo("PNG, JPEG or WebP", f"photo_{key}")
    own = photo is not None
    with class_column:
        class_name = st.selectbox(
            f"{name}: class", ["all", *images.class_names], key=f"class_{key}", bind="query-params", disabled=own
        )
    pool = images.indices(split, None if class_name == "all" else class_name)
    with index_column:
        wanted = st.number_input("Image", 0, value=default, key=f"index_{key}", bind="query-params", disabled=own)
    if photo is not None:
        return End(photo, "your photo"), len(pool)
    if not len(pool):
        st.caption(f"{split} has no {class_name}: showing others.")
        pool = images.indices(split)
    index = min(int(wanted), len(pool) - 1)
    if index != wanted:
        st.caption(f"There are {len(pool):,} images: this is the last, {index:,}.")
    label = images.class_names[images.labels[pool[index]]]
    return End(images.images[pool[index]], f"{label}, image {index:,}"), len(pool)


def shuffle(count_a: int, count_b: int) -> None:
    st.session_state["index_a"] = random.randrange(count_a)
    st.session_state["index_b"] = random.randrange(count_b)


def show_morph(seen: tuple, net: nn.Module, a: End, b: End) -> None:
    position = url_position()
    t = round(morph.show(sheet(seen, (a.name, b.name), net, a, b), position, key="position"), 3)
    if t != position:
        st.query_params["t"] = f"{t:g}"


def url_position() -> float:
    """The slider's position in the URL; the middle if there is none that makes sense."""
    try:
        t = float(st.query_params.get("t", ""))
    except ValueError:
        return MIDDLE
    return t if 0 <= t <= 1 else MIDDLE


def show_filmstrip(seen: tuple, net: nn.Module, a: End, b: End, model: str) -> None:
    steps = st.slider("Steps", 3, 15, 9, key="steps", bind="query-params")
    strip = film(seen, steps, net, a, b)
    pictures.show_rows(
        "interpolation",
        [pictures.Row(PATHS[path], walk.frames, lengths(walk) or times(steps)) for path, walk in strip.items()],
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = st.segmented_control(
            "Film", list(MOVING), default="all", required=True, format_func=MOVING.__getitem__, key="method",
            bind="query-params",
        )  # fmt: skip
        moving = {path: walk.frames for path, walk in film(seen, FRAMES, net, a, b).items()}
        st.download_button(
            "GIF",
            partial(gif, list(moving.values()) if method == "all" else [moving[method]]),
            f"interpolation-{method}.gif",
            "image/gif",
            on_click="ignore",
            icon=":material/download:",
        )
        title = f"{a.name} to {b.name}, {model}"
        rows = [(PATHS[path], walk.frames) for path, walk in strip.items()]
        st.download_button(
            "PNG of the filmstrip",
            partial(sheets.labelled_png, rows, times(steps), title),
            "interpolation.png",
            "image/png",
            on_click="ignore",
            icon=":material/download:",
        )


def gif(films: list[np.ndarray]) -> bytes:
    return sheets.ping_pong_gif(sheets.side_by_side(films))


@st.cache_data(max_entries=64, show_spinner=False)
def film(seen: tuple, steps: int, _net: nn.Module, _a: End, _b: End) -> dict[str, Walk]:
    """`seen` names all that the frames depend on: the model's version and both ends' pixels."""
    return latents.walks(_net, np.stack([_a.pixels, _b.pixels]), steps)


@st.cache_data(max_entries=64, show_spinner=False)
def sheet(seen: tuple, names: tuple[str, str], _net: nn.Module, _a: End, _b: End) -> dict[str, Any]:
    tracks = [
        morph.Track(PATHS[path], walk.frames, lengths(walk) or ["mixed pixels, no latent"] * FRAMES)
        for path, walk in film(seen, FRAMES, _net, _a, _b).items()
    ]
    ends = [morph.End(name, end.pixels.transpose(1, 2, 0), end.name) for name, end in (("A", _a), ("B", _b))]
    return morph.sheet(tracks, (ends[0], ends[1]), times(FRAMES), "Position from A to B")


def times(steps: int) -> list[str]:
    return [f"t = {i / (steps - 1):.2f}" for i in range(steps)]


def lengths(walk: Walk) -> list[str]:
    return [f"|z| = {norm:.1f}" for norm in walk.norms or ()]


layout.title("Interpolate", "Drag from A to B: two ways through latent space, and a plain mix of pixels as control.")
show()

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
from explorer.data import SPLITS, ImageSet, Split
from explorer.models import Model
from explorer.ui import cache, choose, layout, morph, pictures, sidebar, upload

FRAMES = 33  # of the morph: steps small enough to look smooth, and few enough to decode at once
PATHS = {"lerp": "Straight line (lerp)", "slerp": "Arc (slerp)", "fade": "Pixel cross-fade"}
FILMS = {"lerp": "Lerp", "slerp": "Slerp", "fade": "Cross-fade", "all": "All three"}
MIDDLE = 0.5


class End(NamedTuple):
    """One of the two pictures: uint8 (3, 32, 32), and what it is."""

    pixels: np.ndarray
    name: str


@st.fragment
def show() -> None:
    with layout.explained_errors():
        images = sidebar.chosen_images()
        picture = st.container()  # comes first, and is filled when all below has been chosen
        with st.container(key="ends"):
            a, b, model, steps = choose_all(images)
        net = cache.net(model)
        seen = (model.version, a.pixels.tobytes(), b.pixels.tobytes())
        with picture:
            show_morph(seen, net, a, b)
        show_filmstrip(seen, net, a, b, model, steps)


def choose_all(images: ImageSet) -> tuple[End, End, Model, int]:
    """The widgets: both ends, then what concerns both; returns A, B, the model and the steps of the filmstrip."""
    left, middle, right = st.columns([5, 2, 5], vertical_alignment="bottom")
    split_column, model_column, steps_column = st.columns([5, 5, 8], gap="medium", vertical_alignment="bottom")
    with split_column:
        splits = [split for split in SPLITS if len(images.splits[split])]
        split = st.selectbox("Split", splits, index=splits.index("validation"), key="split", bind="query-params")
    with model_column:
        model = choose.choose_model("Model", "model")
    with steps_column:
        steps = st.slider("Steps of the filmstrip", 3, 15, 9, key="steps", bind="query-params")
    with left:
        a, count_a = choose_end("A", images, split, default=4)
    with right:
        b, count_b = choose_end("B", images, split, default=7)
    with middle:
        st.button("Shuffle", icon=":material/shuffle:", on_click=shuffle, args=(count_a, count_b), width="stretch")
    return a, b, model, steps


def choose_end(name: str, images: ImageSet, split: Split, default: int) -> tuple[End, int]:
    """The widgets of one end; returns it, and how many images there are to choose from."""
    key = name.lower()
    class_column, index_column, photo_column = st.columns([5, 3, 3], gap="small", vertical_alignment="bottom")
    with photo_column, st.popover("Upload", width="stretch"):
        photo = upload.uploaded_photo(f"Your picture as {name}: PNG, JPEG or WebP", f"photo_{key}")
    own = photo is not None
    with class_column:
        classes = ["all", *images.class_names]
        class_name = st.selectbox(f"{name}: class", classes, key=f"class_{key}", bind="query-params", disabled=own)
    pool = images.indices(split, None if class_name == "all" else class_name)
    if empty := not len(pool):
        pool = images.indices(split)
    with index_column:
        wanted = st.number_input(
            f"{name}: image", 0, value=default, key=f"index_{key}", bind="query-params", disabled=own,
            help=f"Within the split and class: 0 to {len(pool) - 1:,}.",
        )  # fmt: skip
    if photo is not None:
        return End(photo, "your picture"), len(pool)
    index = min(int(wanted), len(pool) - 1)
    if empty:
        st.caption(f"The {split} split has no image of class {class_name}: these are of all classes.")
    if index < wanted:
        st.caption(f"There is no image {wanted:,}: this is the last, {index:,}.")
    class_name = images.class_names[images.labels[pool[index]]]
    return End(images.images[pool[index]], f"{class_name}, image {index:,}"), len(pool)


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


def show_filmstrip(seen: tuple, net: nn.Module, a: End, b: End, model: Model, steps: int) -> None:
    strip = film(seen, steps, net, a, b)
    rows = [pictures.Row(PATHS[path], walk.frames, lengths(walk) or times(steps)) for path, walk in strip.items()]
    pictures.show_rows("interpolation", rows, kind="aligned")
    moving = film(seen, FRAMES, net, a, b)
    line, arc = moving["lerp"].norms, moving["slerp"].norms
    st.caption(
        f"|z| is the latent's distance from the origin: {line[0]:.1f} for A, {line[-1]:.1f} for B, half way "
        f"{line[FRAMES // 2]:.1f} on the straight line and {arc[FRAMES // 2]:.1f} on the arc, which does not cut the "
        f"corner; nearer to the origin, pictures turn paler. (A z drawn from the prior has about "
        f"{model.latent_dim**0.5:.1f}.) The cross-fade knows no model: both pictures show through, as ghosts."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="take-away"):
        method = st.segmented_control(
            "Film", list(FILMS), default="all", required=True, format_func=FILMS.__getitem__, key="method",
            bind="query-params",
        )  # fmt: skip
        films = [walk.frames for path, walk in moving.items() if method in (path, "all")]
        labelled = [(PATHS[path], walk.frames) for path, walk in strip.items()]
        title = f"A: {a.name}. B: {b.name}. Model: {model.title}"
        save = partial(st.download_button, on_click="ignore", icon=":material/download:")  # made when asked for
        save("GIF", partial(gif, films), f"interpolation-{method}.gif", "image/gif")
        save(
            "Filmstrip as PNG",
            partial(sheets.labelled_png, labelled, times(steps), title),
            "interpolation.png",
            "image/png",
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

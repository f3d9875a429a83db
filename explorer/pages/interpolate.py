"""Interpolate: what lies between two pictures."""

from __future__ import annotations

import random
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import streamlit as st

from explorer.analysis import sheets
from explorer.data import SPLITS, ImageSet, Split
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.charts import pictures
from explorer.ui.components import downloads, morph
from explorer.ui.shell import cache, frame, pickers, sidebar, upload
from explorer.ui.shell.picture_first import PictureFirst

if TYPE_CHECKING:
    from explorer.analysis.interpolation import Walk

FRAMES = 17  # of the morph: steps small enough to look smooth, and few enough to decode at once
FILM_FRAMES = 33  # one way; made when asked for
STEPS = [3, 5, 9, 17]  # of the filmstrip: every eighth, fourth, second frame, or each
ROWS = {"lerp": "Straight line (lerp)", "slerp": "Arc (slerp)", "fade": "Pixel cross-fade"}
FILMS = {"lerp": "Lerp", "slerp": "Slerp", "fade": "Cross-fade", "all": "All three"}
MIDDLE = 0.5
_WALKED = "interpolated"  # the pair that is on the screen
_ALL = "all"


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


@st.fragment
def interpolate() -> None:
    with frame.explained_errors(), PictureFirst() as order:
        images = sidebar.chosen_images()
        picture = st.container()
        with st.container(key="ends"), order.later():
            pair, steps = choose_pair(images)
        with picture:
            show_morph(pair)
        strip = {path: walk.every((FRAMES - 1) // (steps - 1)) for path, walk in walks(pair).items()}
        rows = [pictures.Row(ROWS[path], walk.frames, lengths(walk) or times(steps)) for path, walk in strip.items()]
        with nullcontext() if st.session_state.get(_WALKED) == pair.key else order.later():  # first the morph
            pictures.show_rows("interpolation", rows, kind="aligned")
        st.session_state[_WALKED] = pair.key
        with order.later():
            st.caption(what_to_see(pair))
            offer_files(pair, strip)


def choose_pair(images: ImageSet) -> tuple[Pair, int]:
    """The widgets: both ends, then what concerns both; returns the pair, and the steps of the filmstrip."""
    left, middle, right = st.columns([5, 2, 5], vertical_alignment="bottom")
    split_column, model_column, steps_column = st.columns([5, 5, 8], gap="medium")
    with split_column:
        splits = [split for split in SPLITS if len(images.splits[split])]
        split = st.selectbox("Split", splits, index=splits.index("validation"), key="split", bind="query-params")
    with model_column:
        model = pickers.choose_model("Model", "model")
    with steps_column:
        steps = st.select_slider("Steps of the filmstrip", STEPS, 9, key="steps", bind="query-params")
    last = len(images.splits[split]) - 1
    with left:
        a, count_a = choose_end("A", images, split, default=min(10, last // 2))
    with right:
        b, count_b = choose_end("B", images, split, default=min(18, last))
    with middle:
        st.button("Shuffle", icon=":material/shuffle:", on_click=shuffle, args=(count_a, count_b), width="stretch")
    return Pair(a, b, model), steps


def choose_end(name: str, images: ImageSet, split: Split, default: int) -> tuple[End, int]:
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


def shuffle(count_a: int, count_b: int) -> None:
    st.session_state["index_a"] = random.randrange(count_a)
    st.session_state["index_b"] = random.randrange(count_b)


def show_morph(pair: Pair) -> None:
    """The pictures that follow the slider; where it is let go goes into the URL."""
    position = url_position()
    t = round(morph.show(sheet(pair.key, (pair.a.name, pair.b.name), pair), position, key="position"), 3)
    if t != position:
        st.query_params["t"] = f"{t:g}"


def url_position() -> float:
    """The slider's position in the URL; the middle if there is none that makes sense."""
    try:
        t = float(st.query_params.get("t", ""))
    except ValueError:
        return MIDDLE
    return t if 0 <= t <= 1 else MIDDLE


def what_to_see(pair: Pair) -> str:
    """Measured on this pair, in words."""
    moving = walks(pair)
    line, arc = (moving[path].norms or [] for path in ("lerp", "slerp"))
    half = FRAMES // 2
    family = FAMILIES[pair.model.family]
    fade = "The cross-fade needs no model: both pictures show through each other, as ghosts."
    if family.posterior == "codes":
        return (
            "Between two codes there is nothing to decode: on both ways each cell of 4 x 4 pixels keeps a code until "
            f"another is nearer, and then jumps. |z| is the length of all {pair.model.latent_dim} code vectors. {fade}"
        )
    prior = f"(A z drawn from the prior has about {pair.model.latent_dim**0.5:.1f}.)"
    if "normal" not in family.priors:
        prior = "(There is no prior: nothing taught this model what lies between two images.)"
    return (
        f"|z| is the length of the latent: {line[0]:.1f} for A, {line[-1]:.1f} for B. Half way it is {line[half]:.1f} "
        f"on the straight line, which cuts the corner, and {arc[half]:.1f} on the arc; shorter latents give paler "
        f"pictures. {prior} {fade}"
    )


def offer_files(pair: Pair, strip: dict[str, Walk]) -> None:
    """A film and the filmstrip to take away, made when asked for."""
    save = partial(downloads.button, icon="download")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = st.segmented_control(
            "Film", list(FILMS), default=_ALL, required=True, format_func=FILMS.__getitem__, key="method",
            bind="query-params",
        )  # fmt: skip

        def film() -> bytes:
            parts = [walk.frames for path, walk in walks(pair, FILM_FRAMES).items() if method in (path, _ALL)]
            return sheets.ping_pong_gif(sheets.side_by_side(parts))

        save("GIF", f"interpolation-{method}.gif", film, "film")
        rows = [(ROWS[path], walk.frames) for path, walk in strip.items()]
        title = f"A: {pair.a.name}. B: {pair.b.name}. Model: {pair.model.title}"
        png = partial(sheets.labelled_png, rows, times(len(strip["fade"].frames)), title)
        save("Filmstrip as PNG", "interpolation.png", png, "filmstrip")


def walks(pair: Pair, frames: int = FRAMES) -> dict[str, Walk]:
    """The frames between a pair."""
    return _walks(pair.key, frames, pair)


@st.cache_data(max_entries=64, show_spinner=False)
def _walks(key: tuple, frames: int, _pair: Pair) -> dict[str, Walk]:
    from explorer.analysis import interpolation  # and torch, which images don't wait for

    return interpolation.walks(cache.net(_pair.model), np.stack([_pair.a.pixels, _pair.b.pixels]), frames)


@st.cache_data(max_entries=64, show_spinner=False)
def sheet(key: tuple, names: tuple[str, str], _pair: Pair) -> dict[str, Any]:
    """What the morph component takes."""
    tracks = [
        morph.Track(ROWS[path], walk.frames, lengths(walk) or ["mixed pixels, no latent"] * FRAMES)
        for path, walk in walks(_pair).items()
    ]
    a, b = (morph.End(n, end.pixels.transpose(1, 2, 0), end.name) for n, end in (("A", _pair.a), ("B", _pair.b)))
    return morph.sheet(tracks, (a, b), times(FRAMES), "Position from A to B")


def times(steps: int) -> list[str]:
    return [f"t = {i / (steps - 1):.2f}" for i in range(steps)]


def lengths(walk: Walk) -> list[str]:
    return [f"|z| = {norm:.1f}" for norm in walk.norms or ()]


frame.title("Interpolate", "Drag from A to B: two ways through latent space, and a plain mix of pixels as control.")
interpolate()

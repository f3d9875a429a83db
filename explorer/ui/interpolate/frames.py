"""The frames between two pictures, made once for all viewers, and what stands below each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.ui.components import morph
from explorer.ui.components.shelved import Shelved, shelve
from explorer.ui.interpolate.pair import Pair
from explorer.ui.shell import cache

if TYPE_CHECKING:
    from explorer.analysis.interpolation import Walk

MORPH = 17  # frames: steps small enough to look smooth, and few enough to decode at once
FILM = 33  # frames one way; made when asked for
STEPS = [3, 5, 9, 17]  # of the filmstrip: every eighth, fourth, second frame of the morph, or each
TITLES = {"lerp": "Straight line (lerp)", "slerp": "Arc (slerp)", "fade": "Pixel cross-fade"}  # of each way


def walks(pair: Pair, count: int = MORPH) -> dict[str, Walk]:
    """`count` frames between a pair, on each way of `TITLES`."""
    return _walks(pair.key, count, pair)


@st.cache_resource(max_entries=64, show_spinner=False)
def _walks(key: tuple, count: int, _pair: Pair) -> dict[str, Walk]:
    from explorer.analysis import interpolation  # and torch, which images don't wait for

    return interpolation.walks(cache.net(_pair.model), np.stack([_pair.a.pixels, _pair.b.pixels]), count)


def strip(pair: Pair, steps: int) -> dict[str, Walk]:
    """As many of the morph's frames as the filmstrip has `STEPS`."""
    return {path: walk.every((MORPH - 1) // (steps - 1)) for path, walk in walks(pair).items()}


def sheet(pair: Pair) -> Shelved:
    """What the morph component takes."""
    return _sheet(pair.key, (pair.a.name, pair.b.name), pair)


@st.cache_resource(max_entries=64, show_spinner=False)
def _sheet(key: tuple, names: tuple[str, str], _pair: Pair) -> Shelved:
    tracks = [
        morph.Track(TITLES[path], walk.frames, lengths(walk) or ["mixed pixels, no latent"] * MORPH)
        for path, walk in walks(_pair).items()
    ]
    a, b = (morph.End(n, end.pixels.transpose(1, 2, 0), end.name) for n, end in (("A", _pair.a), ("B", _pair.b)))
    return shelve(morph.sheet(tracks, (a, b), times(MORPH), "Position from A to B"))


def times(steps: int) -> list[str]:
    """The place of each of evenly spaced frames."""
    return [f"t = {i / (steps - 1):.2f}" for i in range(steps)]


def lengths(walk: Walk) -> list[str]:
    """The latent's length at each frame; empty on a way without one."""
    return [f"|z| = {norm:.1f}" for norm in walk.norms or ()]

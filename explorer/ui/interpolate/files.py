"""A film and a filmstrip to take away."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis import sheets
from explorer.ui.components import downloads
from explorer.ui.interpolate import frames
from explorer.ui.interpolate.pair import Pair
from explorer.ui.shell import address

if TYPE_CHECKING:
    from explorer.analysis.interpolation import Walk

_ALL = "all"
_FILMS = {"lerp": "Lerp", "slerp": "Slerp", "fade": "Cross-fade", _ALL: "All three"}


def offer(pair: Pair, strip: dict[str, Walk]) -> None:
    """Both, made when asked for; `strip` is the filmstrip as it is shown."""
    save = partial(downloads.button, icon="download")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = st.segmented_control(
            "Film", list(_FILMS), default=_ALL, required=True, format_func=_FILMS.__getitem__,
            **address.choice("method", "film", _FILMS, _ALL),
        )  # fmt: skip
        save("GIF", f"{file_stem(pair, _FILMS[method])}.gif", partial(_film, pair, method), "film")
        save("Filmstrip as PNG", f"{file_stem(pair)}.png", partial(_filmstrip, pair, strip), "filmstrip")


def file_stem(pair: Pair, way: str = "filmstrip") -> str:
    """A file's name that says what is in it, as "truck-4-to-ship-12-beta-0.001-slerp"."""
    said = f"{pair.a.name} to {pair.b.name} {pair.model.title} {way}".replace("image ", "").replace(",", "")
    return re.sub(r"[^\w.]+", "-", said).strip("-.").lower()


def _film(pair: Pair, method: str) -> bytes:
    parts = [walk.frames for path, walk in frames.walks(pair, frames.FILM).items() if method in (path, _ALL)]
    return sheets.ping_pong_gif(sheets.side_by_side(parts))


def _filmstrip(pair: Pair, strip: dict[str, Walk]) -> bytes:
    rows = [(frames.TITLES[path], walk.frames) for path, walk in strip.items()]
    title = f"A: {pair.a.name}. B: {pair.b.name}. Model: {pair.model.title}"
    return sheets.labelled_png(rows, frames.times(len(strip["fade"].frames)), title)

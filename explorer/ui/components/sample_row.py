"""A row of samples of one prior, with its name in front; below it, what stands beside the one that is chosen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from explorer.ui.charts import pictures
from explorer.ui.components import register, reported

_component = register("sample_row")


class Row(NamedTuple):
    """What is drawn.

    Parameters
    ----------
    title : str
    detail : str
        What it is, a phrase under the title.
    colour : str
        "#RRGGBB", of the dot in front of it.
    images : uint8 array (N, 32, 32, 3)
    names : sequence of N str
        What each is called, to those who don't see it and above the large one.
    note : str
        A last line under the title; empty for none.
    """

    title: str
    detail: str
    colour: str
    images: np.ndarray
    names: Sequence[str]
    note: str = ""


class Strip(NamedTuple):
    """Pictures beside the sample that is chosen: uint8 (n, 32, 32, 3), n names, n captions."""

    title: str
    images: np.ndarray
    names: Sequence[str]
    captions: Sequence[str]


class Beside(NamedTuple):
    """What is said of the sample that is chosen."""

    strips: Sequence[Strip]
    words: str


def show(
    row: Row, chosen: int | None, beside: Beside | None, key: str, on_chosen: Callable[[], None], looking: str = ""
) -> None:
    """Draw a row, with what is `beside` the chosen one, once that is known; until then it says `looking`.

    sample_row.js is sent what `Row` says, images side by side as "sprite", the data URI of a PNG, and "version";
    "chosen", an index or None; "beside", None or {"words", "strips": what `Strip` says, images as "sprite"}; "looking".
    It reports the trigger "chosen": {"index", or None for none, "version" of the row}, which `picked` finds.
    """
    data: dict[str, Any] = {
        "title": row.title,
        "detail": row.detail,
        "colour": row.colour,
        "note": row.note,
        "sprite": pictures.side_by_side(row.images),
        "names": list(row.names),
    }
    version = hashlib.sha1(repr((data["sprite"], data["names"])).encode(), usedforsecurity=False).hexdigest()[:16]
    st.session_state[f"{key}-version"] = version
    st.session_state[f"{key}-count"] = len(row.names)
    strips = [
        {
            "title": strip.title,
            "sprite": pictures.side_by_side(strip.images),
            "names": list(strip.names),
            "captions": list(strip.captions),
        }
        for strip in (beside.strips if beside else ())
    ]
    data |= {
        "version": version,
        "chosen": chosen,
        "beside": beside and {"words": beside.words, "strips": strips},
        "looking": looking,
    }
    _component(key=key, data=data, height="content", on_chosen_change=on_chosen)


def picked(key: str) -> tuple[bool, int | None]:
    """What a person chose, for `on_chosen`: whether it is of the row that is shown, and which.

    Any tab can send anything.
    """
    match reported(key, "chosen"):
        case {"version": version, "index": int() | None as index}:
            inside = index is None or (type(index) is int and 0 <= index < st.session_state.get(f"{key}-count", 0))
            return inside and version == st.session_state.get(f"{key}-version"), index
    return False, None

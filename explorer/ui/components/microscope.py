"""One image under several models at once: a loupe that magnifies the same spot in all of them, errors, and a wipe."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from explorer.ui.charts import error_maps, pictures
from explorer.ui.components import register, terms
from explorer.ui.components.shelved import Shelved

SIDE = 32  # pixels a side of an image
LOUPE = 8  # pixels a side of the square that the loupe magnifies
VIEWS = ("reconstruction", "error", "wipe")
_microscope = register("microscope")


@dataclass(frozen=True)
class Column:
    """What one model makes of N images.

    Parameters
    ----------
    label : str
    detail : str
        Small print under the label.
    colour : str
        Of the model: a shade of its family's.
    images : uint8 array (N, H, W, 3)
    errors : float array (N, H, W)
        Signed, pixel scale 0..1.
    facts : sequence of N sequences of (name, value with its unit)
        What stands below each image.
    border : str
        How CSS draws the line in its colour: "solid", "dashed" or "dotted".
    slots : sequence of N mappings
        By names of facts that have a value and are words of the glossary: what their explanations' slots are filled
        with.
    """

    label: str
    detail: str
    colour: str
    images: np.ndarray
    errors: np.ndarray
    facts: Sequence[Sequence[tuple[str, str]]]
    border: str = "solid"
    slots: Sequence[Mapping[str, Mapping[str, str]]] = ()


class View(NamedTuple):
    """What is looked at: which image, one of `VIEWS`, and the loupe's upper left pixel, None for where texture is."""

    image: int = 0
    view: str = VIEWS[0]
    loupe: tuple[int, int] | None = None


def busiest(images: np.ndarray) -> np.ndarray:
    """Upper left pixel (x, y) of the `LOUPE`-sided square with most fine texture: int (N, 2) for uint8 (N, H, W, 3)."""
    from scipy.ndimage import laplace

    texture = np.square(laplace(images.mean(axis=-1), axes=(1, 2)))
    sums = np.lib.stride_tricks.sliding_window_view(texture, (LOUPE, LOUPE), axis=(1, 2)).sum(axis=(-2, -1))
    y, x = np.unravel_index(sums.reshape(len(sums), -1).argmax(axis=1), sums.shape[1:])
    return np.stack([x, y], axis=1)


def sheet(originals: np.ndarray, names: Sequence[str], columns: Sequence[Column]) -> dict[str, Any]:
    """What microscope.js is sent, but for the view.

    Parameters
    ----------
    originals : uint8 array (N, H, W, 3)
    names : sequence of N str
    columns : sequence of Column

    Returns
    -------
    dict
        sprite : str, the data URI of a PNG with N rows and 1 + 2 columns squares: an image's original, then each
        column's picture of it, then each column's error.
        cell, loupe : int, pixels a side of a square, and of what is magnified.
        names : list of N str.
        terms : as of `terms.templates`.
        busiest : list of N [x, y], pixels: where the loupe stands at first, its upper left corner.
        columns : list of {"label", "detail", "colour", "border", "facts", "slots"}, as of `Column`.
        scale : str, the legend of errors, HTML.
        version : str, another one whenever any of this is another.
    """
    opaque = [originals, *(column.images for column in columns)]
    cells = [np.concatenate([each, np.full_like(each[..., :1], 255)], axis=-1) for each in opaque]
    cells += [error_maps.signed(column.errors) for column in columns]
    n, cell = originals.shape[:2]
    grid = np.stack(cells, axis=2)  # (N, H, 1 + 2 columns, W, 4)
    data: dict[str, Any] = {
        "sprite": pictures.data_uri(np.ascontiguousarray(grid).reshape(n * cell, len(cells) * cell, 4)),
        "cell": cell,
        "loupe": LOUPE,
        "names": list(names),
        "busiest": busiest(originals).tolist(),
        "columns": [
            {
                "label": column.label,
                "detail": column.detail,
                "colour": column.colour,
                "border": column.border,
                "facts": [list(facts) for facts in column.facts],
                "slots": list(column.slots),
            }
            for column in columns
        ],
        "scale": error_maps.signed_legend(),
        "terms": terms.templates(psnr=None, ssim=None, rate=None, nat=None),
    }
    return data | {"version": hashlib.sha1(repr(data).encode(), usedforsecurity=False).hexdigest()[:16]}


def show(sheet: Shelved, view: View, key: str, on_view: Callable[[], None]) -> None:
    """Draw a `sheet` as `view` says; `on_view` is called when the hand rests on another, and finds it with `looked_at`.

    microscope.js is sent the sheet and "opened": {"image", "view", "at": [x, y] or None}. It reports the trigger
    "view", these three and the "version" of the sheet that they are of: what was seen of another doesn't count.
    """
    st.session_state[f"{key}-version"] = sheet.version
    opened = {"image": view.image, "view": view.view, "at": view.loupe}
    _microscope(key=key, data=sheet.sent() | {"opened": opened}, height="content", on_view_change=on_view)


def looked_at(key: str) -> View | None:
    """What the person looks at; for `on_view`. None if it is of another sheet than the one that is shown."""
    seen = st.session_state[key].view
    if not seen or seen["version"] != st.session_state.get(f"{key}-version"):
        return None
    return View(seen["image"], seen["view"], tuple(seen["at"]))

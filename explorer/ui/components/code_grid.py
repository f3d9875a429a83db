"""Two images as the codes of a VQ-VAE, the codebook, and a brush: what is painted is decoded while the hand moves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from explorer.nets import CELLS
from explorer.ui.charts import pictures
from explorer.ui.components import register
from explorer.ui.components.shelved import Shelved

ORDERS = {"alike": "Alike", "use": "Most used"}
TAKEN = -1  # in place of a code: the one that B has in that cell
_ROW = 32  # tiles in a row of the sprite
_component = register("code_grid")


@dataclass(frozen=True)
class View:
    """What is looked at.

    Parameters
    ----------
    a, b : int
        Places of both images among those to choose from.
    cells : tuple of 64 int or None
        What a person put into each cell of A, row by row: a code, `TAKEN`, or None, which leaves it its own.
    code : int
        That is painted with.
    order : str
        Key of `ORDERS`.
    """

    a: int
    b: int
    cells: tuple[int | None, ...]
    code: int
    order: str


@dataclass(frozen=True)
class End:
    """One of the two images.

    Parameters
    ----------
    codes : int64 array (64,)
    original, made : uint8 arrays (32, 32, 3)
        The image, and what its codes paint.
    first : int
        Place of the first of the images beside it that can be chosen instead.
    beside : uint8 array (n, 32, 32, 3)
    names : sequence of n str
        Of these.
    """

    codes: np.ndarray
    original: np.ndarray
    made: np.ndarray
    first: int
    beside: np.ndarray
    names: list[str]


def sheet(
    model: str, size: int, shown: np.ndarray, tiles: np.ndarray, alike: np.ndarray,
    cells: np.ndarray, images: np.ndarray, count: int,
) -> dict[str, Any]:  # fmt: skip
    """What code_grid.js is sent of the codebook: worth caching.

    Parameters
    ----------
    model : str
        Id of it, and of no other model: for decoding.
    size : int
        K, codes that there are.
    shown : int64 array (n,)
        Those that can be painted with.
    tiles : uint8 array (n, 4, 4, 3)
        What they paint.
    alike : int64 array (n,)
        The order in which those that look alike stand beside each other.
    cells, images : int64 arrays (K,)
        How many cells, and how many images, say each.
    count : int
        Of images.

    Returns
    -------
    dict
        model, size, count : as given.
        sprite : str, the data URI of a PNG, rows of up to `row` tiles, as `shown` has them; row, cell : int, pixels a
        side of a tile.
        shown : list of int. orders : {"alike", "use"}: lists of places in `shown`.
        cells, images : lists of K int.
        version : str, another one whenever any of this is another.
    """
    rows = -(-len(tiles) // _ROW)
    side = tiles.shape[1]
    padded = np.zeros((rows * _ROW, *tiles.shape[1:]), np.uint8)
    padded[: len(tiles)] = tiles
    whole = padded.reshape(rows, _ROW, side, side, 3).transpose(0, 2, 1, 3, 4).reshape(rows * side, _ROW * side, 3)
    data = {
        "model": model,
        "size": size,
        "count": count,
        "sprite": pictures.data_uri(np.ascontiguousarray(whole)),
        "row": _ROW,
        "cell": side,
        "shown": shown.tolist(),
        "orders": {"alike": alike.tolist(), "use": np.argsort(-cells[shown], kind="stable").tolist()},
        "cells": cells.tolist(),
        "images": images.tolist(),
    }
    return data | {"version": hashlib.sha1(repr(data).encode(), usedforsecurity=False).hexdigest()[:16]}


def show(sheet: Shelved, ends: dict[str, End], view: View, key: str, on_chosen: Callable[[], None]) -> None:
    """Draw a `sheet` and the ends "a" and "b" as `view` says; `on_chosen` is called when a person has chosen otherwise,
    or painted, and finds it with `chosen`.

    code_grid.js is sent the sheet, "ends", by names {"codes", "original", "made", "first", "beside", "names"} as of
    `End`, pictures as data URIs and `beside` as one, a row, and "opened": a `View` as a dict. It reports the trigger
    "chosen", such a dict with the "version" of the sheet.
    """
    st.session_state[f"{key}-version"] = sheet.version
    opened = {"a": view.a, "b": view.b, "cells": list(view.cells), "code": view.code, "order": view.order}
    sent = {
        name: {
            "codes": end.codes.tolist(),
            "original": pictures.data_uri(end.original),
            "made": pictures.data_uri(end.made),
            "first": end.first,
            "beside": pictures.side_by_side(end.beside),
            "names": end.names,
        }
        for name, end in ends.items()
    }
    _component(
        key=key, data=sheet.sent() | {"ends": sent, "opened": opened}, height="content", on_chosen_change=on_chosen
    )


def chosen(key: str, size: int, count: int) -> View | None:
    """What a person chose, for `on_chosen`; None if it is of another sheet, or none of `size` codes and `count` images.

    Any tab can send anything.
    """
    match st.session_state[key].chosen:
        case {
            "version": version,
            "a": int(a),
            "b": int(b),
            "cells": list(cells),
            "code": int(code),
            "order": str(order),
        }:
            view = View(a, b, tuple(cells), code, order)
        case _:
            return None
    inside = all(0 <= place < count for place in (a, b)) and 0 <= code < size and order in ORDERS
    fits = len(cells) == CELLS and all(put is None or (type(put) is int and TAKEN <= put < size) for put in cells)
    return view if version == st.session_state.get(f"{key}-version") and inside and fits else None

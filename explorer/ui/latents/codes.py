"""Codes: what a VQ-VAE says of an image, to paint with, and to take from another one."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

import numpy as np
import streamlit as st

from explorer import units
from explorer.analysis import sheets
from explorer.nets import CELLS
from explorer.ui.components import code_grid, downloads
from explorer.ui.components.code_grid import ORDERS, TAKEN, End, View
from explorer.ui.components.shelved import Shelved, shelve
from explorer.ui.latents.chosen import Chosen
from explorer.ui.shell import address, frame

if TYPE_CHECKING:
    from explorer.analysis.latents.codes import Use
    from explorer.nets.vq import VQVAE

MOST = 1_024  # codes to paint with: of larger codebooks the most used ones
_KEY = "codes"
_A, _B, _PAINTED, _CODE, _ORDER = "a", "b", "cells", "code", "sort"  # the address's parameters
_BESIDE = 10  # images to choose from at a time
_RUN = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?\.(b|\d{1,4})")


@dataclass(frozen=True, eq=False)
class Bench:
    """What there is to paint on and with.

    Parameters
    ----------
    use : Use
        Of the images that were chosen.
    indices : int64 array (n, 64)
        Codes of those to paint on: whole subjects, if there are any, and after them those that were chosen.
    subjects : int
        How many they are.
    bright : int
        The code that is most colourful, of those that are used.
    tiles : uint8 array (m, 4, 4, 3)
        What the up to `MOST` codes to paint with paint; those that look alike stand together.
    sheet : Shelved
        As of `code_grid.sheet`.
    """

    use: Use
    indices: np.ndarray
    subjects: int
    bright: int
    tiles: np.ndarray
    sheet: Shelved


@frame.fragment
def show(chosen: Chosen) -> None:
    """Draw two of the images as codes, and the codebook."""
    with st.spinner("Reading codes"):
        bench = _bench(chosen.key, chosen)
    view = asked(bench)
    ends = {"a": _end(chosen, bench, view.a), "b": _end(chosen, bench, view.b)}
    code_grid.show(bench.sheet, ends, view, _KEY, partial(_keep, bench))
    st.caption(words(bench.use, chosen))
    name = downloads.file_name("codes", chosen.model.title, chosen.images.name, f"{view.a} and {view.b}")
    downloads.button("PNG", f"{name}.png", partial(picture, chosen, bench, view), "codes", icon="picture")


def words(use: Use, chosen: Chosen) -> str:
    """What is shown, and what it costs."""
    nats = units.nats_per_image(math.log(use.size), CELLS)
    return (
        f"{CELLS} cells, each one of {use.size:,} codes: {nats:.0f} nats, whatever the image. A code's tile is a cell "
        f"of the picture in which all {CELLS} cells say it; beside others it looks a little different. "
        f"Counted over {chosen.words}."
    )


def painted(bench: Bench, view: View) -> np.ndarray:
    """The codes of A with what a person put there: int64 (64,)."""
    a, b = bench.indices[view.a].tolist(), bench.indices[view.b].tolist()
    own = {None: a, TAKEN: b}
    return np.array([own[put][i] if put in own else put for i, put in enumerate(view.cells)])


def picture(chosen: Chosen, bench: Bench, view: View) -> bytes:
    """Both images, what their codes paint, and what was painted: PNG."""
    from explorer.analysis.latents import codes

    places = [view.a, view.b]
    made = codes.decode(_net(chosen), np.stack([*bench.indices[places], painted(bench, view)]))
    originals = [_pixels(chosen, bench, place) for place in places]
    rows = [("Images", np.stack([*originals, np.full_like(originals[0], 255)])), ("As codes say", made)]
    return sheets.labelled_png(rows, ["A", "B", "A, painted"], f"{chosen.model.title}: {bench.use.size:,} codes")


def for_paper(chosen: Chosen, a: int) -> list[sheets.Row]:
    """An image, what its codes paint, and the codebook, an image a row."""
    bench = _bench(chosen.key, chosen)
    end = _end(chosen, bench, min(a, len(bench.indices) - 1))
    side = math.ceil(math.sqrt(len(bench.tiles)))
    square = np.full((side**2, *bench.tiles.shape[1:]), 255, np.uint8)
    square[: len(bench.tiles)] = bench.tiles
    rows = [np.concatenate(list(row), axis=1) for row in square.reshape(side, side, *bench.tiles.shape[1:])]
    return [
        sheets.Row("Image", end.original[None]),
        sheets.Row("As its codes say", end.made[None], detail=f"{CELLS} codes"),
        sheets.Row(
            "Codebook", np.concatenate(rows)[None], detail=f"{bench.use.used:,} of {bench.use.size:,} codes used"
        ),
    ]


# -- the address -------------------------------------------------------------------------------------------------------


def asked(bench: Bench) -> View:
    """What the address says, as far as it makes sense."""
    last, size = len(bench.indices) - 1, bench.use.size
    a = address.asked_number(_A, "image A", 0, last, 0)
    b = address.asked_number(_B, "image B", 0, last, min(1, last))
    code = address.asked_number(_CODE, "code", 0, size - 1, bench.bright)
    address.choice(_ORDER, "order of codes", ORDERS, "alike")
    order = next((key for key, title in ORDERS.items() if address.asked(_ORDER) in (key, title)), "alike")
    cells = parse(address.asked(_PAINTED), size)
    if cells is None:
        cells = (None,) * CELLS
        why = f"which aren't cells 0 to {CELLS - 1} with codes below {size:,}"
        address.refuse(_PAINTED, "painted cells", "A with its own codes", why)
    return View(a, b, cells, code, order)


def parse(text: str, size: int) -> tuple[int | None, ...] | None:
    """What `write` wrote, for `size` codes: of 64 cells the code, `TAKEN` or None; None if it is none of that."""
    cells: list[int | None] = [None] * CELLS
    for part in filter(None, text.split("_")):
        found = _RUN.fullmatch(part) if part.isascii() else None
        if found is None:
            return None
        first, last = int(found[1]), int(found[2] or found[1])
        value = TAKEN if found[3] == "b" else int(found[3])
        if not first <= last < CELLS or value >= size:
            return None
        cells[first : last + 1] = [value] * (last + 1 - first)
    return tuple(cells)


def write(cells: tuple[int | None, ...]) -> str:
    """Painted cells in short: "3.17_8-11.b" is code 17 in cell 3, and B's own codes in 8 to 11; empty for none."""
    parts = list[str]()
    first = 0
    for i in range(CELLS):
        if i + 1 < CELLS and cells[i + 1] == cells[first]:
            continue
        if (value := cells[first]) is not None:
            run = str(first) if i == first else f"{first}-{i}"
            parts.append(f"{run}.{'b' if value == TAKEN else value}")
        first = i + 1
    return "_".join(parts)


def _keep(bench: Bench) -> None:
    view = code_grid.chosen(_KEY, bench.use.size, len(bench.indices))
    if view is None:
        return
    said = {_A: view.a, _B: view.b, _CODE: view.code, _ORDER: view.order, _PAINTED: write(view.cells)}
    unsaid = {_A: 0, _B: min(1, len(bench.indices) - 1), _CODE: bench.bright, _ORDER: "alike", _PAINTED: ""}
    address.write(**{name: None if said[name] == unsaid[name] else str(said[name]) for name in said})


# -- what is shown -----------------------------------------------------------------------------------------------------


def _net(chosen: Chosen) -> VQVAE:
    return cast("VQVAE", chosen.net)  # the one family that has codes


@st.cache_resource(max_entries=12, show_spinner=False)
def _bench(key: tuple, _chosen: Chosen) -> Bench:
    from explorer.analysis.latents import codes  # and torch

    net, subjects = _net(_chosen), _chosen.images.subjects
    use = codes.use(net, _chosen.pixels)
    whole = codes.use(net, subjects.images).indices if subjects else np.empty((0, CELLS), np.int64)
    shown = np.sort(np.argsort(-use.cells, kind="stable")[:MOST])
    tiles = codes.codebook(net, shown)
    colours = tiles.mean(axis=(1, 2))
    bright = int(shown[np.where(use.cells[shown] > 0, np.ptp(colours, axis=1), -1).argmax()])
    counts = use.cells, use.images, len(use.indices)
    alike = codes.alike(tiles)
    sheet = code_grid.sheet(_chosen.model.id, use.size, shown, tiles, alike, *counts)
    return Bench(use, np.concatenate([whole, use.indices]), len(whole), bright, tiles[alike], shelve(sheet))


def _end(chosen: Chosen, bench: Bench, place: int) -> End:
    from explorer.analysis.latents import codes

    first = place // _BESIDE * _BESIDE
    beside = range(first, min(first + _BESIDE, len(bench.indices)))
    pixels = np.stack([_pixels(chosen, bench, each) for each in beside])
    names = [_name(chosen, bench, each) for each in beside]
    (made,) = codes.decode(_net(chosen), bench.indices[[place]])
    return End(bench.indices[place], pixels[place - first], made, first, pixels, names)


def _pixels(chosen: Chosen, bench: Bench, place: int) -> np.ndarray:
    """uint8 (32, 32, 3)."""
    subjects = chosen.images.subjects
    whole = subjects is not None and place < bench.subjects
    found = subjects.images[place] if subjects and whole else chosen.pixels[place - bench.subjects]
    return found.transpose(1, 2, 0)


def _name(chosen: Chosen, bench: Bench, place: int) -> str:
    subjects = chosen.images.subjects
    if subjects and place < bench.subjects:
        return subjects.names[place]
    return chosen.names[place - bench.subjects]

"""Ways through a latent, a slider and a strip of pictures each, from an image of a row or the mean of many.

Pictures are decoded where the sliders stand, over the live line: `explorer.live.decoding`. The sheet marks itself
data-picture="latent-sliders", with a data-version once all strips are painted, and has the start and the
strengths that the large picture shows in data-at.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import streamlit as st

from explorer.models import Model
from explorer.ui.charts import pictures
from explorer.ui.components import register
from explorer.ui.components.shelved import Shelved

if TYPE_CHECKING:
    from explorer.analysis.latents.directions import Direction

KEY = "latent-sliders"
STRIP = 9  # pictures of a strip, evenly spaced along its slider
PLAIN = "SD"  # behind strengths in images' standard deviations
_component = register("latent_sliders")


class Start(NamedTuple):
    """Something to start from: its key in the address, what it shows, uint8 (3, 32, 32), and its latent, (width,)."""

    key: str
    name: str
    pixels: np.ndarray
    z: np.ndarray


class Slot(NamedTuple):
    """One of several images that are chosen: its key in the state, what it is called, and what stands before it."""

    key: str
    name: str
    sign: str = ""


class Nearest(NamedTuple):
    """Images that lie nearest to where the sliders stand, uint8 (n, 3, 32, 32), and in words which."""

    pixels: np.ndarray
    words: str


class State(NamedTuple):
    """What a person chose, as the address has it.

    Parameters
    ----------
    image, a, b : str
        Keys of `Start`; `a` and `b` are empty but for slots.
    at : str
        "KEY_VALUE*KEY_VALUE": strengths, as of `directions.walk`.
    locked, also : str
        "KEY*KEY": locked ones; dimensions shown beside those that are shown anyway.
    """

    image: str
    a: str = ""
    b: str = ""
    at: str = ""
    locked: str = ""
    also: str = ""


def payload(
    model: Model, starts: Sequence[Start], ways: Sequence[Direction], range_words: str, *,
    slots: Sequence[Slot] = (), suffix: str = PLAIN, at_rest: float = 0.0, fixed: tuple[float, float] | None = None,
    least: float = 0.0, others: int = 0, local: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """What latent_sliders.js is sent, but for the state and what lies nearest.

    Parameters
    ----------
    model : Model
    starts : sequence of Start
    ways : sequence of Direction
    range_words : str
        What the coloured part of a slider is.
    slots : sequence of Slot
        Which images are chosen, if there are several.
    suffix, at_rest, fixed
        Behind strengths, what they are where nobody has moved them, and from where to where they go: of ways that are
        no dimensions.
    least : float
        How far a slider goes, at least, beyond what images use on each side.
    others : int
        Dimensions that there are to be added, 0 for none.
    local : bool
        Whether ways are others from each start.

    Returns
    -------
    dict
        sprite, cell : a data URI, a row a start, and its side in pixels.
        images : list of {"key", "name"}.
        mu : str, base64 of float32 (images, width).
        rows : list of {"key", "name", "note" (lines), "dimension" (or None), "step" (base64 of float32 (width,), what a
        strength of 1 adds; None of a dimension), "mean", "std", "low", "high" and "here" (a list, of each start), in
        units, "suffix", "at_rest", "fixed", "least"}.
        width, model, beta : of what is decoded.
        range, slots, others, local : as given.
        strip : int, `STRIP`.
        version : str.
    """
    sheet = np.concatenate([start.pixels.transpose(1, 2, 0) for start in starts])
    z = np.stack([start.z for start in starts]).astype(np.float32)
    common = {"suffix": f" {suffix}", "at_rest": at_rest, "fixed": fixed, "least": least}
    data = {
        "sprite": pictures.data_uri(sheet),
        "cell": sheet.shape[1],
        "images": [{"key": start.key, "name": start.name} for start in starts],
        "mu": _base64(z),
        "rows": [_row(way, z) | common for way in ways],
        "width": z.shape[1],
        "model": model.id,
        "beta": model.beta if model.conditional else None,
        "range": range_words,
        "slots": [slot._asdict() for slot in slots] or None,
        "others": others,
        "local": local,
        "strip": STRIP,
    }  # fmt: skip
    return data | {
        "version": hashlib.sha1(repr((model.version, data)).encode(), usedforsecurity=False).hexdigest()[:16]
    }


def _row(way: Direction, z: np.ndarray) -> dict[str, Any]:
    unit = way.unit
    return {
        "key": way.key,
        "name": way.name,
        "note": way.note.split("\n") if way.note else [],
        "dimension": way.dimension,
        "step": _base64(np.float32(unit) * way.vector) if way.dimension is None else None,
        "here": [float(f"{place / unit:.6g}") for place in (z @ way.vector).astype(np.float64)],
        "mean": way.mean / unit, "std": way.std / unit, "low": way.low / unit, "high": way.high / unit,
    }  # fmt: skip


def show(
    sheet: Shelved, state: State, nearest: Nearest, on_state: Callable[[], None], on_others: Callable[[], None]
) -> None:
    """Draw a `payload`; what is chosen comes back as the triggers "state", which `chosen` reads, and "others"."""
    data = sheet.sent() | {"state": state._asdict(), "nearest": _near(nearest)}
    _component(key=KEY, data=data, on_state_change=on_state, on_others_change=on_others)


def chosen() -> State:
    """What was chosen last, for `on_state`; texts of anybody's making."""
    said = st.session_state[KEY].state
    return State(**{name: str(said.get(name) or "") for name in State._fields})


def _near(nearest: Nearest) -> dict[str, Any]:
    strip = np.concatenate(list(nearest.pixels.transpose(0, 2, 3, 1)), axis=1)
    return {
        "sprite": pictures.data_uri(strip), "count": len(nearest.pixels), "words": nearest.words,
        "label": f"{len(nearest.pixels)} images",
    }  # fmt: skip


def _base64(numbers: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers, "<f4").tobytes()).decode()

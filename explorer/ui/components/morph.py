"""A picture that follows a slider at the screen's rate: all frames go to the browser at once, as one sprite sheet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.ui.charts import pictures
from explorer.ui.components import register, reported
from explorer.ui.components.shelved import Shelved

_morph = register("morph")


@dataclass(frozen=True)
class Track:
    """One picture that moves.

    Parameters
    ----------
    label : str
    frames : uint8 array (n, S, S, 3)
    values : sequence of n str
        What stands below the picture at each frame.
    """

    label: str
    frames: np.ndarray
    values: Sequence[str]


@dataclass(frozen=True)
class End:
    """A picture that stands still beside those that move: label above, note below, uint8 array (S, S, 3)."""

    label: str
    image: np.ndarray
    note: str


def sheet(tracks: Sequence[Track], ends: tuple[End, End], readout: Sequence[str], label: str) -> dict[str, Any]:
    """What morph.js is sent, but for the position: worth caching.

    Parameters
    ----------
    tracks : sequence of Track
        All of as many frames, all of one size.
    ends : (left, right)
    readout : sequence of str
        The slider's position in words, one a frame.
    label : str
        What the slider moves, for those who don't see it.

    Returns
    -------
    dict
        sprite : str, the data URI of a PNG: a row of squares a track, a column a frame.
        cell, frames : int, pixels a side of a square, and how many frames there are.
        rows : list of {"label", "values"}, as of `Track`.
        ends : list of two {"label", "image", "note"}, as of `End`, the image as a data URI.
        readout, label : as given.
        version : str, another one whenever a picture or a note is another.
    """
    grid = np.stack([track.frames for track in tracks])  # (rows, n, S, S, 3)
    rows, frames, cell = grid.shape[:3]
    sprite = np.ascontiguousarray(grid.transpose(0, 2, 1, 3, 4)).reshape(rows * cell, frames * cell, 3)
    digest = hashlib.sha1(sprite.data, usedforsecurity=False)
    for end in ends:
        digest.update(np.ascontiguousarray(end.image).data)
        digest.update(end.note.encode())
    return {
        "version": digest.hexdigest()[:16],
        "sprite": pictures.data_uri(sprite),
        "frames": frames,
        "cell": cell,
        "rows": [{"label": track.label, "values": list(track.values)} for track in tracks],
        "ends": [{"label": e.label, "image": pictures.data_uri(e.image), "note": e.note} for e in ends],
        "readout": list(readout),
        "label": label,
    }


def show(sheet: Shelved, position: float, key: str, on_rest: Callable[[], None]) -> None:
    """Draw a `sheet` at `position` (0..1); where a person lets it go comes back as the trigger "position", to 3 places.

    `on_rest` is called then, and finds it with `rested`.
    """
    _morph(key=key, data=sheet.sent() | {"position": position}, on_position_change=on_rest)


def rested(key: str) -> float | None:
    """Where it was let go, 0..1; for `on_rest`. None where the picture has left the page by then."""
    position = reported(key, "position")
    return None if position is None else min(1.0, max(0.0, float(position)))

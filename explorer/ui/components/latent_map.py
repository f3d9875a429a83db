"""Many images on two axes: panned, zoomed, circled, and walked between, with what lies there decoded as the hand moves.

Coordinates go to the browser once, with all that colours them; so does the plane on which they lie, so that it knows
the latent of every point of it, and asks for its picture over the live line. Pictures of images come in sheets of their
own, the same ones whatever the model is, as far as they are looked at.
"""

from __future__ import annotations

import base64
import hashlib
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from PIL import Image

from explorer.analysis.latents.colourings import Colouring
from explorer.live.shelf import SHELF, named
from explorer.ui.components import register, terms
from explorer.ui.components.shelved import Shelved
from explorer.units import beta_text

if TYPE_CHECKING:
    from explorer.analysis.latents.place import Crowd
    from explorer.analysis.latents.plane import Plane

CORNERS = 24  # of a selection, and points of a path, at most: they stand in the address
_SIDE = 32  # pixels a side of an image
_SHRUNK = 8  # the same of what is shown until its sheet has come
_ON_A_SHEET = 256  # images: 0.4 MB
_WEBP = "image/webp"  # without loss a quarter smaller than PNG, and made three times faster (2,000 of CIFAR-10)
_latent_map = register("latent_map")


@dataclass(frozen=True, eq=False)
class Layout:
    """Other places of the same images, which can't be decoded: shown beside the map.

    Parameters
    ----------
    key : str
        In the address.
    title : str
    coordinates : float32 array (N, 2)
    note : str
        What is to be known of it, a sentence.
    """

    key: str
    title: str
    coordinates: np.ndarray
    note: str = ""


@dataclass(frozen=True, eq=False)
class Stops:
    """The same images on the same plane, at each of S betas.

    Parameters
    ----------
    betas : sequence of S float
        Ascending.
    coordinates : float32 array (S, N, 2)
    beside : float32 array (S, N)
        Distance of each from the plane.
    crowds : sequence of S Crowd
    """

    betas: Sequence[float]
    coordinates: np.ndarray
    beside: np.ndarray
    crowds: Sequence[Crowd]


@dataclass(frozen=True, eq=False)
class MapData:
    """N images under a model.

    Parameters
    ----------
    names : sequence of N str
        What each shows.
    plane : Plane
    coordinates : float32 array (N, 2)
        On it.
    beside : float32 array (N,)
        Distance of each from it. With that, how far any point of the plane is from any image is known.
    crowd : Crowd
        How far they are from each other, in the whole latent.
    verdicts : sequence of (float, str)
        What is said of a place whose nearest image is so many times `crowd.apart` away, or nearer: ascending, the last
        inf.
    average : str
        What is said instead where a place `averages` the crowd, but for the first verdict.
    model : str
        Its id.
    beta : float, optional
        Where its decoder is told one.
    step : int
        How far it was trained.
    shell : float, optional
        The most probable length of a draw of the prior, where that is N(0, I).
    no_decoder : str
        Why no point can be decoded, a sentence; "" where it can.
    colourings : sequence of Colouring
        At least one.
    layouts : sequence of Layout
    stops : Stops, optional
    landmarks : sequence of (str, float, float)
        What stands on the plane by name, at x and y, and is in sight where all of the map is.
    """

    names: Sequence[str]
    plane: Plane
    coordinates: np.ndarray
    beside: np.ndarray
    crowd: Crowd
    verdicts: Sequence[tuple[float, str]]
    average: str
    model: str
    beta: float | None
    step: int
    shell: float | None
    colourings: Sequence[Colouring]
    no_decoder: str = ""
    layouts: Sequence[Layout] = ()
    stops: Stops | None = None
    landmarks: Sequence[tuple[str, float, float]] = ()


@dataclass(frozen=True)
class View:
    """What is looked at.

    Parameters
    ----------
    place : (x, y), optional
        Of the cross-hair, on the plane; None stands for the mean of all.
    image : int, optional
        The one that is marked.
    polygon : tuple of (x, y)
        Corners of what is selected, up to `CORNERS`; empty without a selection.
    drawn_on : str
        Key of the layout that it was drawn on; "" for the map.
    drawn_at : float, optional
        Of `Stops.betas`: where the images lay when it was drawn.
    category : int, optional
        Of the colouring: selects all of it. No polygon then.
    colour : str
        Key of a colouring; "" for the first.
    zoom : (x, y, times), optional
        The middle of what is seen of the map, and how many times larger than all of it; None for all.
    beta : float, optional
        Of `Stops.betas`; None for that of the model.
    lattice : bool
        Whether pictures are decoded all over the plane.
    path : tuple of (x, y)
        Points of a way over the plane, up to `CORNERS`.
    pictures : bool
        Whether images are shown as such, where there is room; else all as dots.
    """

    place: tuple[float, float] | None = None
    image: int | None = None
    polygon: tuple[tuple[float, float], ...] = ()
    drawn_on: str = ""
    drawn_at: float | None = None
    category: int | None = None
    colour: str = ""
    zoom: tuple[float, float, float] | None = None
    beta: float | None = None
    lattice: bool = False
    path: tuple[tuple[float, float], ...] = ()
    pictures: bool = True

    def sent(self) -> dict[str, Any]:
        """As JSON has it: all of it, lists for tuples."""
        return {
            "place": self.place and list(self.place),
            "image": self.image,
            "polygon": [list(corner) for corner in self.polygon],
            "drawnOn": self.drawn_on,
            "drawnAt": self.drawn_at,
            "category": self.category,
            "colour": self.colour,
            "zoom": self.zoom and list(self.zoom),
            "beta": self.beta,
            "lattice": self.lattice,
            "path": [list(point) for point in self.path],
            "pictures": self.pictures,
        }


@dataclass(frozen=True)
class Pictures:
    """N images as a browser gets them: all of them small, and sheets of `_ON_A_SHEET` each."""

    small: tuple[str, bytes]
    sheets: tuple[tuple[str, bytes], ...]

    def sent(self) -> dict[str, Any]:
        """What stands for them in a message: names on the shelf, from which they can be fetched from now on."""
        for name, content in (self.small, *self.sheets):
            SHELF.put(name, content, _WEBP)
        return {"small": self.small[0], "sheets": [name for name, _ in self.sheets]}


def pictures(pixels: np.ndarray) -> Pictures:
    """Of images, uint8 (N, 3, 32, 32); worth caching: 2,000 take 0.3 s."""
    images = pixels.transpose(0, 2, 3, 1)
    cell = _SIDE // _SHRUNK
    shrunk = images.reshape(len(images), _SHRUNK, cell, _SHRUNK, cell, 3).mean(axis=(2, 4)).round().astype(np.uint8)
    parts = [images[start : start + _ON_A_SHEET] for start in range(0, len(images), _ON_A_SHEET)]
    return Pictures(_sheet(shrunk), tuple(map(_sheet, parts)))


def _sheet(images: np.ndarray) -> tuple[str, bytes]:
    """(n, side, side, 3), side by side in as many rows as columns."""
    n, side = images.shape[:2]
    columns = math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    grid = np.zeros((rows * columns, *images.shape[1:]), np.uint8)
    grid[:n] = images
    picture = grid.reshape(rows, columns, side, side, 3).swapaxes(1, 2).reshape(rows * side, columns * side, 3)
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, format="WEBP", lossless=True, method=0, quality=0)
    return named(buffer.getvalue())


def payload(map: MapData) -> dict[str, Any]:
    """What latent_map.js is sent, but for pictures and the view: worth caching.

    Returns
    -------
    dict
        count : int, N.
        names : list of N str.
        model, beta, step, average, shell, no_decoder : as of `MapData`.
        crowd : list of 5 float: its `apart`, x, y and distance beside the plane of its `middle`, and its `core`.
        verdicts : list of (float or None for inf, str).
        plane : {"names": [str, str], "origin", "u", "v": float32 (width,)}
        coordinates, beside : float32 (N, 2) and (N,).
        colourings : list of {"key", "title", "unit", "ends", "categories": list of str, "colours": list of "#RRGGBB",
        one for each of these, or the stops of a scale, "low", "high": float, at its ends, "beyond": [bool, bool],
        whether any are less or more than these, "values": float32 (N,)}
        layouts : list of {"key", "title", "note", "coordinates": float32 (N, 2)}
        stops : None or {"betas", "words", "crowds": lists of S, "low", "high": of three axes, x, y and beside,
        "places": uint16 (S, N, 3), 0..65535 from low to high}.
        landmarks : list of [str, float, float], as of `MapData`.
        corners : int, as of `CORNERS`.
        terms : as of `terms.templates`.
        version : str, another one whenever any of this is another.

        Arrays are base64 of little-endian numbers.
    """
    axes = {at: _floats(getattr(map.plane, at)) for at in ("origin", "u", "v")}
    data: dict[str, Any] = {
        "count": len(map.names),
        "names": list(map.names),
        "model": map.model,
        "beta": map.beta,
        "step": map.step,
        "crowd": _crowd(map.crowd, map.plane),
        "average": map.average,
        "shell": map.shell,
        "no_decoder": map.no_decoder,
        "verdicts": [(None if math.isinf(most) else most, words) for most, words in map.verdicts],
        "plane": {"names": list(map.plane.names), **axes},
        "coordinates": _floats(map.coordinates),
        "beside": _floats(map.beside),
        "colourings": [_colouring(each) for each in map.colourings],
        "layouts": [
            {"key": each.key, "title": each.title, "note": each.note, "coordinates": _floats(each.coordinates)}
            for each in map.layouts
        ],
        "stops": map.stops and _stops(map.stops, map.plane),
        "landmarks": [list(each) for each in map.landmarks],
        "corners": CORNERS,
        "terms": terms.templates(
            latent="Here it is {size} numbers, of which a map shows two directions.",
            prior="Draws of N(0, 1) for each number are about {shell} long.",
        ),
    }
    return data | {"version": hashlib.sha1(repr(data).encode(), usedforsecurity=False).hexdigest()[:16]}


def _floats(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()


def _colouring(colouring: Colouring) -> dict[str, Any]:
    (low, high), known = colouring.range, colouring.values[np.isfinite(colouring.values)]
    return {
        "key": colouring.key,
        "title": colouring.title,
        "unit": colouring.unit,
        "ends": list(colouring.ends),
        "categories": list(colouring.categories),
        "colours": list(colouring.colours),
        "low": low,
        "high": high,
        "beyond": [bool((known < low).any()), bool((known > high).any())],
        "values": _floats(colouring.values),
    }


def _crowd(crowd: Crowd, plane: Plane) -> list[float]:
    x, y = plane.coordinates(crowd.middle).tolist()
    return [crowd.apart, x, y, float(plane.beside(crowd.middle[None])[0]), crowd.core]


def _stops(stops: Stops, plane: Plane) -> dict[str, Any]:
    places = np.concatenate([stops.coordinates, stops.beside[..., None]], axis=-1).astype(np.float64)  # (S, N, 3)
    low, high = places.min(axis=(0, 1)), places.max(axis=(0, 1))
    shares = (places - low) / np.maximum(high - low, 1e-12)
    return {
        "betas": list(stops.betas),
        "words": [beta_text(beta) for beta in stops.betas],
        "crowds": [_crowd(crowd, plane) for crowd in stops.crowds],
        "low": low.tolist(),
        "high": high.tolist(),
        "places": base64.b64encode(np.rint(65535 * shares).astype("<u2").tobytes()).decode(),
    }


def show(map: Shelved, pictures: Pictures, view: View, key: str, on_view: Callable[[], None]) -> None:
    """Draw a `payload` as `view` says; `on_view` is called when the hand rests on another: `looked_at` has it.

    latent_map.js is sent the payload, "pictures", names on the shelf, and "view". It reports the trigger "view", all of
    it, and the "version" of the payload that it is of: what was seen of another doesn't count.
    """
    st.session_state[f"{key}-version"] = map.version
    _latent_map(
        key=key, data=map.sent() | {"pictures": pictures.sent(), "view": view.sent()}, height="content",
        on_view_change=on_view,
    )  # fmt: skip


def looked_at(key: str, count: int) -> View | None:
    """What the person looks at, of `count` images; for `on_view`. None if it is of another payload than is shown."""
    seen = st.session_state[key].view
    if not isinstance(seen, Mapping) or seen.get("version") != st.session_state.get(f"{key}-version"):
        return None
    place, zoom = _numbers(seen.get("place"), 2), _numbers(seen.get("zoom"), 3)
    image, category = seen.get("image"), seen.get("category")
    return View(
        place=(place[0], place[1]) if place else None,
        image=image if isinstance(image, int) and 0 <= image < count else None,
        polygon=_corners(seen.get("polygon")),
        drawn_on=str(seen.get("drawnOn") or ""),
        drawn_at=_number(seen.get("drawnAt")),
        category=category if isinstance(category, int) and category >= 0 else None,
        colour=str(seen.get("colour") or ""),
        zoom=(zoom[0], zoom[1], zoom[2]) if zoom else None,
        beta=_number(seen.get("beta")),
        lattice=bool(seen.get("lattice")),
        path=_corners(seen.get("path")),
        pictures=bool(seen.get("pictures", True)),
    )


def _corners(said: Any) -> tuple[tuple[float, float], ...]:
    found = [_numbers(corner, 2) for corner in said[:CORNERS]] if isinstance(said, list) else []
    return tuple((corner[0], corner[1]) for corner in found if corner)


def _number(said: Any) -> float | None:
    return float(said) if isinstance(said, int | float) and math.isfinite(said) else None


def _numbers(said: Any, count: int) -> tuple[float, ...] | None:
    if not isinstance(said, list) or len(said) != count:
        return None
    found = [number for number in map(_number, said) if number is not None]
    return tuple(found) if len(found) == count else None

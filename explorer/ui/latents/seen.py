"""What is looked at on the map, in the address."""

from __future__ import annotations

import math
from collections.abc import Collection

from explorer.ui.components.latent_map import CORNERS, View
from explorer.ui.shell import address
from explorer.units import beta_text

_PLACE, _IMAGE, _ZOOM, _COLOUR, _LATTICE, _PICTURES, _BETA = (
    "at",
    "image",
    "zoom",
    "colour",
    "lattice",
    "pictures",
    "beta",
)
_AREA, _AREA_ON, _AREA_BETA, _KIND = "area", "area-on", "area-beta", "kind"  # of a selection
_PATH = "path"
_ON, _OFF = "on", "off"
_BETWEEN = "_"  # numbers: addresses keep it as it is


def read(
    count: int, colours: Collection[str], layouts: Collection[str] = (), betas: Collection[float] = (), kinds: int = 0
) -> View:
    """What the address says, as far as there is such a thing; what there isn't is said at the head of the page.

    Parameters
    ----------
    count : int
        Of images.
    colours, layouts : collections of str
        Keys of what there is.
    betas : collection of float
        Stops of the slider.
    kinds : int
        Of images, in the colouring that the address asks for.
    """
    colour = _known(_COLOUR, "colours", colours, "the first")
    image = _whole(_IMAGE, "image", 1, count, "no image")
    kind = _whole(_KIND, "kind of images", 1, kinds, "no selection")
    area = _corners(_AREA, "area", 3, "no selection") if kind is None else ()
    return View(
        place=_pair(_numbers(_PLACE, "place", (2,), "where the map opens")),
        image=None if image is None else image - 1,
        polygon=area,
        drawn_on=_known(_AREA_ON, "layout", layouts, "the map") if area else "",
        drawn_at=_beta(_AREA_BETA, betas) if area else None,
        category=None if kind is None else kind - 1,
        colour=colour,
        zoom=_triple(_numbers(_ZOOM, "part of the map", (3,), "all of it")),
        beta=_beta(_BETA, betas),
        lattice=_known(_LATTICE, "lattice", (_ON,), "none") == _ON,
        path=_corners(_PATH, "path", 1, "none"),
        pictures=_known(_PICTURES, "pictures", (_OFF,), "where there is room") != _OFF,
    )


def marked(count: int) -> int | None:
    """The image that is marked, of so many."""
    found = address.whole_number(address.asked(_IMAGE))
    return found - 1 if found and found <= count else None


def write(view: View) -> None:
    """What a person came to. To be called from a callback."""
    address.write(
        **{
            _PLACE: _joined(view.place or ()),
            _IMAGE: None if view.image is None else str(view.image + 1),
            _AREA: _joined([value for corner in view.polygon for value in corner]),
            _AREA_ON: view.drawn_on or None,
            _AREA_BETA: None if view.drawn_at is None else beta_text(view.drawn_at),
            _KIND: None if view.category is None else str(view.category + 1),
            _COLOUR: view.colour or None,
            _ZOOM: _joined(view.zoom or ()),
            _BETA: None if view.beta is None else beta_text(view.beta),
            _LATTICE: _ON if view.lattice else None,
            _PATH: _joined([value for point in view.path for value in point]),
            _PICTURES: None if view.pictures else _OFF,
        }
    )


def _joined(values: Collection[float]) -> str | None:
    return _BETWEEN.join(f"{value:.10g}" for value in values) or None


def _known(name: str, what: str, known: Collection[str], instead: str) -> str:
    said = address.asked(name)
    if said and said not in known:
        address.refuse(name, what, instead)
        return ""
    return said


def _whole(name: str, what: str, low: int, high: int, instead: str) -> int | None:
    said = address.asked(name)
    found = address.whole_number(said)
    if found is not None and low <= found <= high:
        return found
    if said:
        address.refuse(name, what, instead)
    return None


def _beta(name: str, betas: Collection[float]) -> float | None:
    found = {beta_text(beta): beta for beta in betas}
    return found.get(_known(name, "beta", found, "the model's own"))


def _numbers(name: str, what: str, lengths: Collection[int], instead: str) -> tuple[float, ...]:
    said = address.asked(name)
    if not said:
        return ()
    try:
        found = tuple(float(text) for text in said.split(_BETWEEN))
    except ValueError:
        found = ()
    if len(found) in lengths and all(math.isfinite(value) and abs(value) < 1e6 for value in found):
        return found
    address.refuse(name, what, instead, "which is no such thing")
    return ()


def _pair(found: tuple[float, ...]) -> tuple[float, float] | None:
    return (found[0], found[1]) if found else None


def _triple(found: tuple[float, ...]) -> tuple[float, float, float] | None:
    return (found[0], found[1], found[2]) if found else None


def _corners(name: str, what: str, least: int, instead: str) -> tuple[tuple[float, float], ...]:
    found = _numbers(name, what, range(2 * least, 2 * CORNERS + 1, 2), instead)
    return tuple(zip(found[::2], found[1::2], strict=True))

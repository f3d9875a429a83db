"""Maps of errors and spreads as pictures, on fixed scales, and the legends that say so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.analysis.sheets import Ramp
from explorer.palette import ERROR_HIGH, ERROR_LOW

# Error, on a pixel scale of 0..1, that has full colour: the worst pixels of a trained model are about so far off.
ERROR_SCALE = 0.25
SPREAD_SCALE = 0.1

# Anchors of matplotlib's "inferno": lightness rises evenly, so it reads in grey and for colour-blind eyes too.
_INFERNO = ("#000004", "#280B53", "#65156E", "#9F2A63", "#D44842", "#F57D15", "#FAC127", "#FCFFA4")


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.lstrip("#")))


_ANCHORS = np.array([_rgb(colour) for colour in _INFERNO], dtype=np.float32)


def signed(errors: np.ndarray, scale: float = ERROR_SCALE) -> np.ndarray:
    """Too bright in one colour, too dark in another, and no error is transparent: the page's own ground.

    Parameters
    ----------
    errors : float array (N, H, W)
        Shown from -scale to scale; beyond, colours are full.

    Returns
    -------
    uint8 array (N, H, W, 4)
    """
    shares = np.clip(errors / scale, -1, 1)
    colours = np.where(shares[..., None] > 0, _rgb(ERROR_HIGH), _rgb(ERROR_LOW))
    return np.concatenate([colours, np.rint(255 * np.abs(shares))[..., None]], axis=-1).astype(np.uint8)


def magnitude(values: np.ndarray, scale: float) -> np.ndarray:
    """From black (0) over red to pale yellow (`scale` and beyond): uint8 (N, H, W, 3) for a float array (N, H, W)."""
    place = np.clip(values / scale, 0, 1) * (len(_ANCHORS) - 1)
    below = np.minimum(place.astype(np.int64), len(_ANCHORS) - 2)
    share = (place - below)[..., None]
    return np.rint(_ANCHORS[below] * (1 - share) + _ANCHORS[below + 1] * share).astype(np.uint8)


def signed_ramp(scale: float = ERROR_SCALE) -> Ramp:
    """What the colours of `signed` mean."""
    colours = (ERROR_LOW, "", ERROR_HIGH)
    return _ramp("Error", colours, f"{scale:g} darker", f"{scale:g} brighter", "mean over channels")


def magnitude_ramp(what: str, scale: float, how: str) -> Ramp:
    """What the colours of `magnitude` mean."""
    return _ramp(what, _INFERNO, "0", f"{scale:g}", how)


def _ramp(what: str, colours: Sequence[str], low: str, high: str, how: str) -> Ramp:
    return Ramp(what, colours, low, high, f"{how}; pixels go from 0 to 1")


def legend(ramp: Ramp) -> str:
    """HTML of a ramp."""
    colours = ", ".join(colour or "transparent" for colour in ramp.colours)
    return (
        f'<span class="scale"><b>{ramp.what}</b> {ramp.low}'
        f'<i style="background: linear-gradient(90deg, {colours})"></i>{ramp.high}<small>{ramp.how}</small></span>'
    )


def signed_legend(scale: float = ERROR_SCALE) -> str:
    """HTML of `signed_ramp`."""
    return legend(signed_ramp(scale))


def magnitude_legend(what: str, scale: float, how: str) -> str:
    """HTML of `magnitude_ramp`."""
    return legend(magnitude_ramp(what, scale, how))

"""Beta under one slider: pictures, the place on the curve, numbers and the KL of each dimension, in the same frame.

All that moves goes to the browser once, as one sprite sheet and a table. What may move by itself, the dots of runs in
progress, goes through a second component without a look of its own, so that the sheet is not sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from explorer import units
from explorer.analysis.beta_words import Lesson
from explorer.analysis.measures.in_use import IN_USE_NATS, in_use, in_use_words
from explorer.nets import BETA_STOPS, nearest_stop
from explorer.ui.charts import pictures
from explorer.ui.charts.rate_distortion import Curve, Dot
from explorer.ui.components import register
from explorer.units import beta_text

if TYPE_CHECKING:
    from explorer.analysis.sweep import Sweep
    from explorer.frontier import Frontier

_tradeoff = register("tradeoff")
_dots = register("dots")
_FACTS = (
    ("Beta", "beta"),
    ("Rate an image", "kl"),
    ("Reconstruction", "reconstruction"),
    ("Sharpness", "reconstruction"),
    ("Dimensions in use", "kl"),
)


@dataclass(frozen=True)
class Row:
    """Another model's pictures, uint8 (N, H, W, 3), under the same originals."""

    label: str
    note: str
    images: np.ndarray


@dataclass(frozen=True)
class Report:
    """What the component reports: the beta at which the slider was let go last, and the id of the dot chosen, or ""."""

    beta: float
    chosen: str


def sheet(
    originals: np.ndarray,
    names: Sequence[str],
    sweep: Sweep,
    curve: Curve,
    lessons: Sequence[Lesson],
    frontier: Frontier | None = None,
    floor: float | None = None,
    calibrated: float | None = None,
) -> dict[str, Any]:
    """What tradeoff.js is sent, but for the slider's position: worth caching.

    Parameters
    ----------
    originals : uint8 array (N, H, W, 3)
    names : sequence of N str
        What each image shows.
    sweep : Sweep
        The same images at each of `BETA_STOPS`.
    curve : Curve
        Of the model.
    lessons : sequence of Lesson
    frontier : Frontier, optional
        Of the linear VAE, to compare with.
    floor : float, optional
        Mean squared error of the autoencoder.
    calibrated : float, optional
        The beta at which sigma squared equals the error, on the curve.

    Returns
    -------
    dict
        sprite : str, the data URI of a PNG with N rows of squares: the original, then a decoded picture a stop.
        cell : int, pixels a side of a square.
        names : list of N str.
        stops : list of dicts, one for each of `BETA_STOPS`: "value", beta; "beta", in words; "facts", a pair of str for
        each of `facts` below; "lit", how many dimensions are in use, in words; "kl", list of float, nats a dimension.
        most, in_use_nats : float, nats: the top of the axis of these, and the least that counts as in use.
        facts : list of {"name", "colour": one of the palette's concepts}.
        lessons : list of {"name", "stop": its index, "words"}.
        curve, frontier : list of (nats an image, mean squared error on a pixel scale of 0..1), ascending in beta: the
        model's, a point a stop, and the linear VAE's, empty without one.
        where : str, what the curve was measured on.
        floor : {"mse", "label"} or None.
        marks : list of {"nats", "mse", "label"}: signs on the curve, that of the notebook's beta first.
        version : str, another one whenever any of this is another.
    """
    frames = np.concatenate([originals[None], sweep.frames])  # (1 + B, N, H, W, 3)
    columns, n, cell = frames.shape[:3]
    sprite = pictures.data_uri(
        np.ascontiguousarray(frames.transpose(1, 2, 0, 3, 4)).reshape(n * cell, columns * cell, 3)
    )
    marks = [(units.NOTEBOOK_BETA, f"the notebook's {beta_text(units.NOTEBOOK_BETA)}")]
    if calibrated is not None:
        marks.append((calibrated, "sigma² = MSE"))
    places = zip(marks, *curve.at([beta for beta, _ in marks]), strict=True)
    data: dict[str, Any] = {
        "sprite": sprite,
        "cell": cell,
        "names": list(names),
        "stops": _stops(sweep),
        "most": round(max(float(sweep.kl_per_dim.max()), 2 * IN_USE_NATS), 3),
        "in_use_nats": IN_USE_NATS,
        "facts": [{"name": name, "colour": colour} for name, colour in _FACTS],
        "lessons": [{"name": o.name, "stop": BETA_STOPS.index(o.beta), "words": o.words} for o in lessons],
        "curve": _points(*curve.at(BETA_STOPS)),
        "where": curve.where,
        "frontier": _points(frontier.nats, frontier.mse) if frontier else [],
        "floor": {"mse": floor, "label": f"autoencoder, no rate, MSE {floor:.4f}"} if floor else None,
        "marks": [{"nats": float(nats), "mse": float(mse), "label": label} for (_, label), nats, mse in places],
    }
    return data | {"version": hashlib.sha1(repr(data).encode(), usedforsecurity=False).hexdigest()[:16]}


def _stops(sweep: Sweep) -> list[dict[str, Any]]:
    # Dimensions by their KL at the smallest beta: a bar stands for the same one at every stop.
    order = np.argsort(-sweep.kl_per_dim[0], kind="stable")
    latent_dim, used = sweep.kl_per_dim.shape[1], in_use(sweep.kl_per_dim)
    found = []
    for i, beta in enumerate(sweep.beta.tolist()):
        nats, mse = float(sweep.nats[i]), float(sweep.mse[i].mean())
        facts = [
            (beta_text(beta), f"sigma {units.beta_to_sigma(beta, latent_dim):.3f}"),
            (f"{nats:,.0f} nats", f"{units.nats_to_bits(nats):,.0f} bits"),
            (f"{units.mse_to_psnr(mse):.1f} dB PSNR", f"MSE {mse:.4f}, error {mse**0.5:.3f}"),
            (f"{sweep.sharpness[i]:.2f} of original", "variance of the Laplacian"),
            (f"{used[i]} of {latent_dim}", f"more than {IN_USE_NATS:g} nats each"),
        ]
        found.append(
            {
                "beta": beta_text(beta),
                "value": beta,
                "facts": facts,
                "lit": in_use_words(used[i], latent_dim),
                "kl": [float(f"{nats:.3g}") for nats in sweep.kl_per_dim[i, order]],
            }
        )
    return found


def _points(nats: np.ndarray, mse: np.ndarray) -> list[tuple[float, float]]:
    return [(float(f"{a:.5g}"), float(f"{b:.5g}")) for a, b in zip(nats, mse, strict=True)]


def show(data: dict[str, Any], beta: float, chosen: str, key: str) -> Report:
    """Draw a sheet, at first at the stop `beta`; returns what the person did last, at first `beta` and `chosen`.

    tradeoff.js is sent the sheet and "at", the slider's position at first, 0..1. It reports two states: "at", the beta
    at which the slider was let go, and "chosen", the id of a dot, "" for none.
    """
    opened = f"{key}-opened"  # kept while the slider moves, so that the browser needn't be sent the sheet again
    if getattr(st.session_state.get(key), "at", None) is None or opened not in st.session_state:
        st.session_state[opened] = beta
    position = BETA_STOPS.index(st.session_state[opened]) / (len(BETA_STOPS) - 1)
    state = _tradeoff(
        key=key, data=data | {"at": position}, height="content",
        on_at_change=lambda: None, on_chosen_change=lambda: None,
    )  # fmt: skip
    return Report(
        beta if state.at is None else nearest_stop(float(state.at)),
        chosen if state.chosen is None else str(state.chosen),
    )


def show_beside(dots: Sequence[Dot], chosen: str, row: Row | None, source: str, key: str) -> None:
    """Draw dots beside the curve, and the pictures of the one that is chosen.

    Parameters
    ----------
    dots : sequence of Dot
    chosen : str
        Id of one of them, or "".
    row : Row, optional
        Its pictures.
    source : str
        Key of the curve's images: dots of others are hollow.
    key : str

    Notes
    -----
    dots.js is sent, and hands on to tradeoff.js: "dots", a list of what `Dot` says, with numbers in words beside "nats"
    (an image) and "mse" (pixel scale 0..1); "chosen"; and "row", None or {"label", "note", "version", "strip": the N
    pictures side by side, as the data URI of a PNG}.
    """
    strip = None
    if row:
        n, height, width, channels = row.images.shape
        uri = pictures.data_uri(
            np.ascontiguousarray(row.images.transpose(1, 0, 2, 3)).reshape(height, n * width, channels)
        )
        version = hashlib.sha1(f"{row.label}{row.note}{uri}".encode(), usedforsecurity=False).hexdigest()[:16]
        strip = {"label": row.label, "note": row.note, "strip": uri, "version": version}
    _dots(key=key, data={"dots": [_dot(dot, source) for dot in dots], "chosen": chosen, "row": strip})


def _dot(dot: Dot, source: str) -> dict[str, Any]:
    return {
        "id": dot.id,
        "title": dot.title,
        "beta": "" if dot.beta is None else beta_text(dot.beta),
        "nats": dot.nats,
        "mse": dot.mse,
        "rate": f"{dot.nats:,.0f} nats ({units.nats_to_bits(dot.nats):,.0f} bits) an image",
        "error": f"MSE {dot.mse:.4f}, {units.mse_to_psnr(dot.mse):.1f} dB PSNR",
        "where": dot.where + (", training now" if dot.active else ""),
        "colour": dot.concept,
        "elsewhere": dot.source != source,
        "pictures": dot.pictures,
        "active": dot.active,
    }

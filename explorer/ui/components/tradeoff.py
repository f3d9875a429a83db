"""Beta under one slider: pictures, samples, two numbers, the place on the curve and the latent, in the same frame.

All that moves goes to the browser once, as one sprite sheet and a table. What comes later, or may move by itself, goes
through a second component without a look of its own (`beside`), so that the sheet is not sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer import glossary, units
from explorer.analysis.beta_words import Lessons
from explorer.in_use import IN_USE_NATS, in_use, in_use_words
from explorer.nets import BETA_STOPS, nearest_stop
from explorer.ui.charts import pictures
from explorer.ui.charts.rate_distortion import Curve
from explorer.ui.components import register, terms
from explorer.ui.components.shelved import Shelved
from explorer.units import beta_text

if TYPE_CHECKING:
    from explorer.analysis.over_beta import Drawn, OverBeta
    from explorer.analysis.prior_gap import Gap
    from explorer.frontier import Frontier

_tradeoff = register("tradeoff")


@dataclass(frozen=True)
class Gaps:
    """What is known of how far samples are from reconstructions.

    Parameters
    ----------
    by_beta : dict of float to Gap
        At those of `BETA_STOPS` where it was measured.
    of : str
        What it was measured on; where it wasn't, why.
    ask : str
        What a button says that asks for it; "" where nobody can.
    """

    by_beta: dict[float, Gap]
    of: str
    ask: str = ""


@dataclass(frozen=True)
class View:
    """What is looked at: a beta of `BETA_STOPS`, and the id of a dot, or ""."""

    beta: float
    chosen: str


def sheet(
    originals: np.ndarray,
    names: Sequence[str],
    swept: OverBeta,
    drawn: Drawn,
    curve: Curve,
    lessons: Lessons,
    gaps: Gaps,
    frontier: Frontier | None = None,
    floor: float | None = None,
    calibrated: float | None = None,
    latents_of: str = "",
    asked: str = "",
) -> dict[str, Any]:
    """What tradeoff.js is sent, but for the slider's position: worth caching.

    Parameters
    ----------
    originals : uint8 array (N, H, W, 3)
    names : sequence of N str
        What each image shows.
    swept : OverBeta
        The same images at each of `BETA_STOPS`.
    drawn : Drawn
        S draws of the prior at the same.
    curve : Curve
        Of the model.
    lessons : Lessons
    gaps : Gaps
    frontier : Frontier, optional
        Of the linear VAE, to compare with.
    floor : float, optional
        Mean squared error of the autoencoder.
    calibrated : float, optional
        The beta at which sigma squared equals the error, on the curve.
    latents_of : str
        Which of what `beside.show_latents` sends belongs to it.
    asked : str
        Which of what `beside.show_asked` said it answers.

    Returns
    -------
    dict
        sprite : str, the data URI of a PNG with N rows of squares: the original, then a decoded picture a stop; then S
        rows, a sample each, with an empty square first.
        cell : int, pixels a side of a square.
        names : list of N str.
        samples : int, S.
        stops : list of dicts, one for each of `BETA_STOPS`: "value", beta; "beta", in words; "facts", numbers in words,
        by what they are called in tradeoff.html and in slots of "terms"; "lit", how many dimensions are in use, in
        words; "kl", list of float, nats a dimension; "words", what holds there.
        most, in_use_nats : float, nats: the top of the axis of these, and the least that counts as in use.
        numbers : {"lost", "gap"}, each {"words": of each stop the number and what follows it; "way": 0..1 a stop,
        or None; "of": what it was measured on}; "gap" also "ask", what a button says, or "".
        lessons : list of {"name", "stop": its index, "first", "last": those of the stops that it is true of}.
        curve, frontier : list of (nats an image, mean squared error on a pixel scale of 0..1), ascending in beta: the
        model's, a point a stop, and the linear VAE's, empty without one.
        where : str, what the curve was measured on.
        floor : {"mse", "label": one for each way to put distortion, "mse" and "psnr"} or None.
        marks : list of {"nats", "mse", "label"}: signs on the curve, that of the notebook's beta first.
        latents_of, latents_wait, asked : str: as above, and what stands there until latents come.
        terms : as of `terms.templates`.
        version : str, another one whenever any of this is another.
    """
    marks = [(units.NOTEBOOK_BETA, f"the notebook's {beta_text(units.NOTEBOOK_BETA)}")]
    if calibrated is not None:
        marks.append((calibrated, "sigma² = MSE"))
    places = zip(marks, *curve.at([beta for beta, _ in marks]), strict=True)
    data: dict[str, Any] = {
        "sprite": _sprite(originals, swept, drawn),
        "cell": originals.shape[1],
        "names": list(names),
        "samples": len(drawn.z),
        "stops": _stops(swept, lessons, len(names)),
        "most": round(max(float(swept.kl_per_dim.max()), 2 * IN_USE_NATS), 3),
        "in_use_nats": IN_USE_NATS,
        "numbers": {"lost": _lost(swept, len(names)), "gap": gap(gaps)},
        "lessons": [
            {"name": o.name, **{at: BETA_STOPS.index(getattr(o, at)) for at in ("stop", "first", "last")}}
            for o in lessons.named
        ],
        "curve": _points(*curve.at(BETA_STOPS)),
        "where": curve.where,
        "frontier": _points(frontier.nats, frontier.mse) if frontier else [],
        "floor": _floor(floor) if floor else None,
        "marks": [{"nats": float(nats), "mse": float(mse), "label": label} for (_, label), nats, mse in places],
        "latents_of": latents_of,
        "asked": asked,
        "latents_wait": "Measuring the latents of many images …",
        "terms": terms.templates(
            sigma=None,
            nat=None,
            kl=None,
            rate=None,
            psnr="Here it is {psnr}" + (", the mean of all {count} images." if len(names) > 1 else "."),
            latent=None,
            prior=None,
        ),
    }
    return data | {"version": hashlib.sha1(repr(data).encode(), usedforsecurity=False).hexdigest()[:16]}


def _sprite(originals: np.ndarray, swept: OverBeta, drawn: Drawn) -> str:
    frames = np.concatenate([originals[None], swept.frames])  # (1 + B, N, H, W, 3)
    samples = np.concatenate([np.zeros_like(drawn.frames[:1]), drawn.frames])  # (1 + B, S, H, W, 3)
    rows = np.concatenate([frames, samples], axis=1).transpose(1, 2, 0, 3, 4)  # (N + S, H, 1 + B, W, 3)
    n, cell, columns = rows.shape[:3]
    return pictures.data_uri(np.ascontiguousarray(rows).reshape(n * cell, columns * cell, 3))


def _stops(swept: OverBeta, lessons: Lessons, count: int) -> list[dict[str, Any]]:
    # Dimensions by their KL at the smallest beta: a bar stands for the same one at every stop.
    order = np.argsort(-swept.kl_per_dim[0], kind="stable")
    latent_dim, used = swept.kl_per_dim.shape[1], in_use(swept.kl_per_dim)
    found = []
    for i, beta in enumerate(swept.beta.tolist()):
        nats = float(swept.nats[i])
        found.append(
            {
                "beta": beta_text(beta),
                "value": beta,
                "facts": {
                    **glossary.of_noise(beta, latent_dim),
                    **glossary.in_nats(nats),
                    "used": f"{used[i]} of {latent_dim}",
                    "sharpness": f"{swept.sharpness[i]:.2f}",
                    "psnr": _decibels(swept.psnr[i]),
                    "count": str(count),
                    "size": f"{latent_dim} numbers",
                    "dims": str(latent_dim),
                },
                "lit": f"{in_use_words(used[i], latent_dim)}, {_images(count)}",
                "kl": [float(f"{nats:.3g}") for nats in swept.kl_per_dim[i, order]],
                "words": lessons.words[i],
            }
        )
    return found


def _decibels(psnr: float) -> str:
    return f"{psnr:.1f} dB"


def _images(count: int) -> str:
    return "this image" if count == 1 else f"these {count} images"


def _lost(swept: OverBeta, count: int) -> dict[str, Any]:
    mse = swept.mse.mean(axis=1)
    error = np.sqrt(mse)
    words = [
        (f"{100 * e:.1f} %", f"off a pixel value; MSE {m:.4f},", _decibels(p))
        for e, m, p in zip(error, mse, swept.psnr, strict=True)
    ]
    way = [round(float(e / max(error.max(), 1e-9)), 3) for e in error]
    return {"words": words, "way": way, "of": f"{_images(count)}, from the mean of z"}


def gap(gaps: Gaps) -> dict[str, Any]:
    """The number "gap" of a sheet."""
    unit, words = "pairs with a reconstruction; 50 is guessing", []
    for beta in BETA_STOPS:
        found = gaps.by_beta.get(beta)
        missing = "not yet" if gaps.by_beta else "unknown"
        words.append((f"{100 * found.normal:.0f} of 100" if found else missing, unit))
    every = gaps.by_beta.keys() >= set(BETA_STOPS)
    way = [round(min(max(2 * gaps.by_beta[b].normal - 1, 0), 1), 3) for b in BETA_STOPS] if every else None
    return {"words": words, "way": way, "of": gaps.of, "ask": gaps.ask}


def _points(nats: np.ndarray, mse: np.ndarray) -> list[tuple[float, float]]:
    return [(float(f"{a:.5g}"), float(f"{b:.5g}")) for a, b in zip(nats, mse, strict=True)]


def _floor(mse: float) -> dict[str, Any]:
    error = {"mse": f"{mse:.4f}", "psnr": f"{units.mse_to_psnr(mse):.1f} dB"}
    return {"mse": mse, "label": {metric: f"autoencoder, no rate: {words}" for metric, words in error.items()}}


def show(sheet: Shelved, turn: int, at: View, on_measure: Callable[[], None], key: str) -> View | None:
    """Draw a `sheet`; returns what the person came to in this turn, None where they did nothing yet.

    A turn begins with `at`, a view that comes from elsewhere, as from the address. tradeoff.js is sent the sheet,
    "turn", "at", the slider's position 0..1, and "chosen", the id of a dot. It reports one state, "told": {"turn",
    "beta": at which the slider was let go, or None, "chosen"}. What it tells of an earlier turn counts no more. With
    "measure" it asks, once, for what the button at a number offers: `on_measure` is called.
    """
    position = BETA_STOPS.index(at.beta) / (len(BETA_STOPS) - 1)
    state = _tradeoff(
        key=key, data=sheet.sent() | {"turn": turn, "at": position, "chosen": at.chosen}, height="content",
        on_told_change=lambda: None, on_measure_change=on_measure,
    )  # fmt: skip
    return _view(state.told, turn, at)


def told(state: Any, turn: int, at: View) -> View | None:
    """What `show` will return, of the component's state in the session."""
    return _view(getattr(state, "told", None), turn, at)


def _view(told: Any, turn: int, at: View) -> View | None:
    if not isinstance(told, dict) or told.get("turn") != turn:
        return None
    beta = told.get("beta")
    return View(at.beta if beta is None else nearest_stop(float(beta)), str(told.get("chosen", "")))

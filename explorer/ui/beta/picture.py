"""The picture under the slider of beta: what it is given, and what the URL keeps of what a person did with it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from explorer import frontier, measuring, runs
from explorer.analysis import beta_words
from explorer.models import Model
from explorer.nets import BETA_STOPS, nearest_stop
from explorer.ui.beta import gaps
from explorer.ui.beta.batch import Batch
from explorer.ui.charts import rate_distortion
from explorer.ui.components import beside, latent_use, tradeoff
from explorer.ui.components.shelved import Shelved, shelve
from explorer.ui.components.tradeoff import Gaps, View
from explorer.ui.shell import address, frame, pickers
from explorer.units import NOTEBOOK_BETA, beta_text

if TYPE_CHECKING:
    from explorer.analysis.over_beta import Drawn, OverBeta
    from explorer.frontier import Frontier

_AT, _DOT = "at", "dot"  # in the URL
_FORMER_AT, _FORMER_DOT = "beta", "yours"
_KEY = "tradeoff"
_FOLLOWED = "tradeoff-followed"


@dataclass(frozen=True)
class _Followed:
    """What the picture was told last to look at.

    Parameters
    ----------
    turn : int
        Counts up whenever that comes from the URL.
    at : View
        What the turn began with.
    address : tuple of str or None
        `at` and `dot` in the URL as they were seen, or written, last.
    """

    turn: int
    at: View
    address: tuple[str | None, str | None]


def stands() -> bool:
    """Whether it is on the screen already."""
    return _KEY in st.session_state


def show(model: Model, batch: Batch, swept: OverBeta, drawn: Drawn, latents_of: str) -> View:
    """Draw it; returns what is looked at, which stands in the URL from then on."""
    known = gaps.known(model)
    if not measuring.known(model).whole:  # the rest comes through `gaps.follow`, and the sheet needn't be sent again
        known = Gaps({}, "")
    data = _sheet(
        model.version[:2], batch.pixels, batch.names, drawn.z, len(known.by_beta), latents_of,
        model, swept, drawn, known, _linear_frontier(model),
    )  # fmt: skip
    followed = _follow_url()
    view = tradeoff.show(data, followed.turn, followed.at, partial(gaps.measure, model), key=_KEY) or followed.at
    _write_url(followed, view)
    return view


def batch_name(model: Model, pixels: np.ndarray) -> str:
    """Of which model and images a sheet is."""
    return f"{model.id} {model.step} {hashlib.sha1(pixels.tobytes(), usedforsecurity=False).hexdigest()[:16]}"


def say_asked(model: Model, batch: Batch) -> None:
    """What is computed now, to the picture that stands until then."""
    many = "your picture" if len(batch.pixels) == 1 else f"{len(batch.pixels)} images"
    with st.container(key="asked"):
        words = f"Decoding {many} at {len(BETA_STOPS)} betas …"
        beside.show_asked(batch_name(model, batch.pixels), words, key="beside-asked")


def _follow_url() -> _Followed:
    """Begin a new turn where the URL asks for something else than what the person did here: Back, or a link."""
    _take_up_former()
    known: _Followed | None = st.session_state.get(_FOLLOWED)
    asked = View(_url_beta(), st.query_params.get(_DOT, ""))
    if known and known.address == _address():
        told = tradeoff.told(st.session_state.get(_KEY), known.turn, known.at)
        if told is not None or known.at == asked:
            return known
    return _Followed(known.turn + 1 if known else 0, asked, _address())


def _take_up_former() -> None:
    """Links once said the beta as "beta", and a run beside the others by its title as "yours"."""
    beta, yours = address.asked(_FORMER_AT), address.asked(_FORMER_DOT)
    if beta and not address.asked(_AT):
        address.write(**{_FORMER_AT: None, _AT: beta})
    if not yours:
        return
    run = runs.titled(yours.partition(pickers.YOURS)[0])
    if run is None and yours != "none":
        address.refuse(_FORMER_DOT, "run", "none of yours")
    else:
        address.write(**{_FORMER_DOT: None, _DOT: run.id if run else None})


def _write_url(followed: _Followed, view: View) -> None:
    if view.beta != _url_beta():
        st.query_params[_AT] = beta_text(view.beta)
    if view.chosen and view.chosen != st.query_params.get(_DOT):
        st.query_params[_DOT] = view.chosen
    elif not view.chosen and _DOT in st.query_params:
        del st.query_params[_DOT]
    st.session_state[_FOLLOWED] = _Followed(followed.turn, followed.at, _address())


def _address() -> tuple[str | None, str | None]:
    return st.query_params.get(_AT), st.query_params.get(_DOT)


def _url_beta() -> float:
    """The stop nearest to the beta in the URL; the notebook's if there is none that makes sense."""
    try:
        beta = float(address.asked(_AT) or NOTEBOOK_BETA)
    except ValueError:
        beta = math.nan
    if math.isfinite(beta) and beta > 0:
        return nearest_stop(beta)
    address.refuse(_AT, "beta", beta_text(NOTEBOOK_BETA), "which is none")
    return NOTEBOOK_BETA


@st.cache_resource(max_entries=32, show_spinner=False)
def _sheet(
    version: tuple[str, int], pixels: np.ndarray, names: tuple[str, ...], z: np.ndarray, measured: int,
    latents_of: str, _model: Model, _swept: OverBeta, _drawn: Drawn, _gaps: Gaps, _linear: Frontier | None,
) -> Shelved:  # fmt: skip
    """What the component takes."""
    return shelve(sheet(_model, Batch(pixels, names), _swept, _drawn, _gaps, _linear, latents_of))


def sheet(
    model: Model,
    batch: Batch,
    swept: OverBeta,
    drawn: Drawn,
    known: Gaps,
    linear: Frontier | None,
    latents_of: str = "",
    lengths: bool = True,
) -> dict[str, Any]:
    """`tradeoff.sheet` of a model and images, with the linear VAE's frontier where there is one.

    Its words speak of `lengths` of z where these are shown.
    """
    curve = rate_distortion.curve(model, swept)
    calibrated = frontier.calibrated_beta(curve.beta, curve.mse, model.latent_dim)
    told = {beta: gap.normal for beta, gap in known.by_beta.items()}
    lessons = beta_words.lessons(swept, model.latent_dim, calibrated, curve.at(BETA_STOPS)[1], told, lengths)
    return tradeoff.sheet(
        batch.pixels.transpose(0, 2, 3, 1), batch.names, swept, drawn, curve, lessons, known, linear,
        rate_distortion.floor(model.source), calibrated, latents_of, batch_name(model, batch.pixels),
    )  # fmt: skip


def _linear_frontier(model: Model) -> Frontier | None:
    """What the linear VAE with as many dimensions would cost; None if there is none, which is explained if it broke."""
    with frame.explained_errors():
        return latent_use.frontier(model.source, model.latent_dim)
    return None

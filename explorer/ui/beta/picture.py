"""The picture under the slider of beta: what it is given, and what the URL keeps of what a person did with it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from explorer import frontier
from explorer.analysis import beta_words
from explorer.models import Model
from explorer.nets import nearest_stop
from explorer.ui.beta import posterior_samples
from explorer.ui.beta.batch import Batch
from explorer.ui.charts import rate_distortion
from explorer.ui.components import latent_use, tradeoff
from explorer.ui.shell import frame
from explorer.units import NOTEBOOK_BETA, beta_text

if TYPE_CHECKING:
    from explorer.analysis.sweep import Sweep
    from explorer.frontier import Frontier

_AT, _DOT = "at", "dot"  # in the URL
_KEY = "tradeoff"


def stands() -> bool:
    """Whether it is on the screen already."""
    return _KEY in st.session_state


def show(model: Model, batch: Batch, swept: Sweep) -> tradeoff.Report:
    """Draw it; returns what the person did, which stands in the URL from then on."""
    data = _sheet(model.version[:2], batch.pixels, batch.names, model, swept, _linear_frontier(model))
    told = tradeoff.show(data, _url_beta(), st.query_params.get(_DOT, ""), key=_KEY)
    if told.beta != _url_beta():
        st.query_params[_AT] = beta_text(told.beta)
    if told.chosen:
        st.query_params[_DOT] = told.chosen
    elif _DOT in st.query_params:
        del st.query_params[_DOT]
    return told


def _url_beta() -> float:
    """The stop nearest to the beta in the URL; the notebook's if there is none that makes sense."""
    try:
        beta = float(st.query_params.get(_AT, ""))
    except ValueError:
        return NOTEBOOK_BETA
    if not math.isfinite(beta) or beta <= 0:
        return NOTEBOOK_BETA
    return nearest_stop(beta)


@st.cache_data(max_entries=32, show_spinner=False)
def _sheet(
    version: tuple[str, int], pixels: np.ndarray, names: tuple[str, ...],
    _model: Model, _swept: Sweep, _linear: Frontier | None,
) -> dict[str, Any]:  # fmt: skip
    """What the component takes."""
    curve = rate_distortion.curve(_model, _swept)
    calibrated = frontier.calibrated_beta(curve.beta, curve.mse, _model.latent_dim)
    notebook_mse = float(curve.at([NOTEBOOK_BETA])[1][0])
    lessons = beta_words.lessons(
        _swept, _model.latent_dim, calibrated, notebook_mse, curve.where, posterior_samples.TITLE
    )
    return tradeoff.sheet(
        pixels.transpose(0, 2, 3, 1), names, _swept, curve, lessons, _linear,
        rate_distortion.floor(_model.source), calibrated,
    )  # fmt: skip


def _linear_frontier(model: Model) -> Frontier | None:
    """What the linear VAE with as many dimensions would cost; None if there is none, which is explained if it broke."""
    with frame.explained_errors():
        return latent_use.frontier(model.source, model.latent_dim)
    return None

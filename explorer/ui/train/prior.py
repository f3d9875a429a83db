"""What Train shows of a run of a prior beside what it shows of any: whose it is, and where its samples are."""

from __future__ import annotations

import html

import streamlit as st

from explorer import fitted, models, weights
from explorer.errors import ExplorerError
from explorer.models import Model
from explorer.priors import PRIORS
from explorer.runs import Run


def say_whose(run: Run) -> None:
    """The model that it is a prior of, and whether its samples can be seen there; nothing of a run of no prior."""
    base, key = run.base, run.config.prior
    if base is None or not key:
        return
    record, model = PRIORS[key], model_of(run)
    words = f"A prior over the latents of {base.title}, as of step {base.step:,}: {record.help}."
    if model is None:
        words += (
            " That model is gone; what is here keeps its weights, and can be trained on, but no page shows its samples."
        )
    elif weights.digest(model.weights) != weights.digest(run.model_path):
        words += f" {model.title} has other weights by now: fit another prior to these to see samples of it."
    st.html(f'<p class="aside">{html.escape(words)}</p>')


def show_link(run: Run) -> None:
    """The way to its samples, once there are weights and the model is as it was."""
    model = model_of(run)
    if model and any(found.id == run.id for found in fitted.of(model)):
        st.page_link(
            "explorer/pages/samples.py",
            label="See its samples",
            icon=":material/casino:",
            query_params={"model": model.id, "prior": run.id},
        )


def model_of(run: Run) -> Model | None:
    """The model that it is a prior of; None if that is gone, or of a run of no prior."""
    try:
        return models.get(run.base.id) if run.base else None
    except ExplorerError:
        return None

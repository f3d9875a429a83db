"""Priors on Train: the card and the widgets that a run of one is started with, and what the view of such a run adds."""

from __future__ import annotations

import html
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import fitted, models, weights
from explorer.errors import ExplorerError
from explorer.glossary import TERMS
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.presets import PRIORS as PRESETS
from explorer.priors import PRIORS
from explorer.runs import Run
from explorer.ui.shell import deeds, frame, permissions, pickers, sidebar
from explorer.ui.train import cards, starting

# -- a new one -------------------------------------------------------------------------------------------------------


def asked_for() -> bool:
    """Whether the URL asks for the form of a prior, on the page of somebody who may start a run."""
    return starting.PRIOR_OF in st.query_params and permissions.may_start()


def choose(first: DeltaGenerator, second: DeltaGenerator) -> tuple[Model, str] | None:
    """A model of the images of the sidebar, and a prior that it can have, as the URL asks for them at first.

    Where it doesn't: the model that pages open on, and a prior whose way can be watched. None where there is no such
    model, which is then said.
    """
    known = {model.id: model for model in fits()}
    if not known:
        name = frame.plain(sidebar.chosen_images().name)
        st.caption(f"No model that has learnt from {name} can have a prior that is trained: train one first.")
        return None
    labels = pickers.model_labels(list(known.values()))
    wished = (st.query_params.get(starting.PRIOR_OF), models.first_of(sidebar.chosen_images().source), *known)
    at_first = next(each for each in wished if each in known)
    index, box = list(known).index(at_first), f"prior-of-{at_first}"
    chosen = known[first.selectbox("Model", list(known), index, format_func=labels.__getitem__, key=box)]
    keys = [record.key for record in models.can_have(FAMILIES[chosen.family])]
    goes = [key for key in keys if PRIORS[key].path]
    index = keys.index(next(key for key in (st.query_params.get(starting.PRIOR), *goes, *keys) if key in keys))
    key = second.selectbox(
        "Prior", keys, index, format_func=lambda k: PRIORS[k].title, key=f"prior-{'-'.join(keys)}-{index}"
    )
    return chosen, key


def fits() -> list[Model]:
    """Models that a prior can be trained for on the images of the sidebar: they learnt from these very ones."""
    digest = sidebar.chosen_images().digest
    learnt = (model for model in models.list_models() if model.digest == digest)
    return [model for model in learnt if models.can_have(FAMILIES[model.family])]


def show_card() -> None:
    """What a prior is for, of which model, and the button; nothing where no model can have one that may be trained."""
    if not PRESETS or not fits():
        return
    with st.container(border=True, key="card-prior"):
        words = st.empty()
        with st.container(horizontal=True, vertical_alignment="bottom", key="prior-form"):
            chosen = choose(st.container(width=320), st.container(width=220))
            if chosen is None:
                return
            model, key = chosen
            source, path = sidebar.chosen_source()
            config = PRESETS[key].with_(prior_of=model.id, source=source, data_path=path)
            may = permissions.is_teacher() or permissions.short(config)
            if st.button(f"Fit {PRESETS[key].title}", key="fit-prior", disabled=not may):
                with frame.explained_errors():
                    starting.look_at(deeds.train(config))
            st.button("Settings", key="prior-settings", type="tertiary", on_click=_ask, args=(model.id, key))
        preset = PRESETS[key]
        said = f"A prior for the {model.latent_size} that {model.title} keeps of an image. {preset.description}"
        named = replace(preset, title=f"Fit a prior: {preset.title}", description=said)
        own = f"This one learns where those {model.latent_size} lie."
        words.html(cards.words(named, explained={"prior": TERMS["prior"].template(own)}, config=config))


def _ask(model_id: str, key: str) -> None:
    starting.ask_no_more()
    st.query_params[starting.PRIOR_OF], st.query_params[starting.PRIOR] = model_id, key


# -- one that there is -----------------------------------------------------------------------------------------------


def say_whose(run: Run) -> None:
    """The model that it is a prior of, and whether its samples can be seen there; nothing of a run of no prior."""
    base, key = run.base, run.config.prior
    if base is None or not key:
        return
    model = model_of(run)
    words = f"A prior over the latents of {base.title}, as of step {base.step:,}: {PRIORS[key].help}."
    if model is None:
        words += " That model is gone. The run keeps its weights and can go on, but no page shows its samples."
    elif weights.digest(model.weights) != weights.digest(run.model_path):
        words += f" {model.title} has other weights by now: fit another prior to see samples of these."
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

"""The form that starts a run: a preset, and every setting of `TrainConfig` with its bounds, unit and explanation."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import Field, fields, replace
from typing import Any

import streamlit as st

from explorer import models, runs, units
from explorer.config import CLOSED_FORM_SETTINGS, NETWORK_SETTINGS, TrainConfig
from explorer.data import SOURCES
from explorer.errors import ExplorerError
from explorer.nets import BETA_RANGE, FAMILIES, OPTIONS
from explorer.presets import PRESETS, Preset
from explorer.runs import Run, named
from explorer.runs.metrics import changed
from explorer.schedules import BETA_SCHEDULES, CONSTANT
from explorer.training import process
from explorer.ui.charts import schedule_preview
from explorer.ui.shell import frame, sidebar

# Settings that the form shows at once; all others are folded away under "All settings".
OPEN = ("epochs", "max_steps", "batch_size", "latent_dim", "codebook_size", "beta", "learning_rate")
# Settings that the form leaves to others: images are chosen in the sidebar, the family stands above the form.
_ELSEWHERE = ("source", "data_path", "family")
# Settings that move beta in the course of a run. A conditional net isn't asked for them: it learns every beta at once.
_OF_A_SCHEDULE = ("beta_schedule", "beta_steps", "target_nats")
_FIELDS = {f.name: f for f in fields(TrainConfig)}  # settings by their names
_MOST_IN_A_ROW = 4  # preset cards side by side
_BETA = "beta"  # the URL's parameter by which the Beta page asks for a run at a beta
_BRANCH = "branch"  # the URL's parameter by which a run is branched off a checkpoint: RUN_ID@STEP


def start_preset(name: str) -> Run:
    """Start a preset on the images of the sidebar."""
    source, path = sidebar.chosen_source()
    return _start(PRESETS[name].with_(source=source, data_path=path))


def show_cards() -> None:
    """The presets side by side, each with its button."""
    rows = range(0, len(PRESETS), _MOST_IN_A_ROW)
    columns = [column for _ in rows for column in st.columns(_MOST_IN_A_ROW)]
    for column, (name, preset) in zip(columns, PRESETS.items(), strict=False):
        with column, st.container(border=True, height="stretch", vertical_alignment="distribute"):
            st.html(f'<div class="preset"><h3>{preset.title}</h3><p>{preset.description}</p></div>')
            first = name == "quick"
            if st.button("Start", key=f"start-{name}", type="primary" if first else "secondary", width="stretch"):
                with frame.explained_errors():
                    _look_at(start_preset(name))


def beta_in_url() -> float | None:
    """The beta in the URL, if it is one that can be trained at."""
    try:
        return TrainConfig(beta=float(st.query_params[_BETA])).beta
    except (KeyError, ValueError, ExplorerError):
        return None


def ask_branch(run: Run, step: int) -> None:
    """Open the form for a branch of a run."""
    st.query_params[_BRANCH] = f"{run.id}@{step}"
    st.rerun()


def branch_in_url(run: Run) -> int | None:
    """The step in the URL that a branch of `run` is asked from; its newest checkpoint where that one is gone."""
    run_id, _, step = st.query_params.get(_BRANCH, "").partition("@")
    kept = run.checkpoint_steps()
    if run_id != run.id or not kept:
        return None
    return next((known for known in kept if str(known) == step), kept[-1])


@st.fragment
def show_branch(run: Run, asked_step: int) -> None:
    """The checkpoint to branch from, the run's settings to change, and the button that starts the branch."""
    kept = run.checkpoint_steps()
    steps_per_epoch = run.status().steps_per_epoch
    st.markdown(f"Branch from **{frame.plain(run.title)}**")
    step = st.selectbox(
        "Checkpoint",
        kept,
        kept.index(asked_step) if asked_step in kept else len(kept) - 1,
        format_func=lambda s: f"step {s:,}" + (f", epoch {s / steps_per_epoch:.1f}" if steps_per_epoch else ""),
        key=f"branch-step-{run.id}-{asked_step}",
        help="The branch starts from its weights, with a fresh optimiser, and counts its own steps.",
    )
    with frame.explained_errors():
        changes: dict[str, Any] = dict(changed(run.summary().changes, before=step).items())
        start_values = replace(run.config, start_from=f"{run.id}@{step}", **changes)
        st.caption(f"Its weights fix: {architecture_words(start_values)}.")
        _fill_in(start_values, f"{run.id}@{step}", left_out=NETWORK_SETTINGS)
    if st.button("Cancel", key="branch-not", type="tertiary"):
        del st.query_params[_BRANCH]
        st.rerun()


@st.fragment
def show() -> None:
    """Family, preset, settings, and the button that starts the run."""
    family = st.segmented_control(
        "Family",
        list(FAMILIES),
        default=PRESETS["quick"].settings.family,
        required=True,
        format_func=lambda name: FAMILIES[name].title,
        key="family",
        label_visibility="collapsed",
    )
    closed_form = FAMILIES[family].closed_form
    preset = PRESETS["quick"] if closed_form else _choose_preset(family)
    source, path = sidebar.chosen_source()
    asked, (low, high) = beta_in_url(), BETA_RANGE if FAMILIES[family].conditional else (0, math.inf)
    beta = preset.settings.beta if asked is None or not low <= asked <= high else asked
    start_values = preset.with_(source=source, data_path=path, family=family, beta=beta)
    if closed_form:
        st.caption("The best linear encoder and decoder, computed at once: without epochs, learning rate and the like.")
    _fill_in(start_values, preset.title)


def _choose_preset(family: str) -> Preset:
    fitting = [name for name, preset in PRESETS.items() if preset.settings.family == family]
    name = st.segmented_control(
        "Preset",
        fitting,
        default=fitting[0],
        required=True,
        format_func=lambda name: PRESETS[name].title,
        key=f"preset-{family}",
        label_visibility="collapsed",
    )
    st.caption(PRESETS[name].description)
    return PRESETS[name]


def _fill_in(start_values: TrainConfig, group: str, left_out: Collection[str] = ()) -> None:
    """Settings to change, but for those left out, and the button."""
    typed: dict[str, Any] = {}
    counting = CLOSED_FORM_SETTINGS if start_values.closed_form else tuple(_FIELDS)
    of_others = OPTIONS - set(FAMILIES[start_values.family].options)
    needless: Sequence[str] = ()
    if start_values.conditional:
        needless = _OF_A_SCHEDULE
    elif not start_values.weighs_beta:
        needless = ("beta", *_OF_A_SCHEDULE)
    shown = [n for n in counting if n not in {*_ELSEWHERE, *left_out, *of_others, *needless}]
    _settings([n for n in OPEN if n in shown], start_values, group, typed)
    rest = [n for n in shown if n not in OPEN]
    with st.expander("All settings") if rest else st.container():
        _settings(rest, start_values, group, typed)
        title = st.text_input("Title", key="form-title", max_chars=80, placeholder="Named after what it is")

    with frame.explained_errors():
        config = replace(start_values, **{n: _number(n, value) for n, value in typed.items()})
        st.caption(cost_words(config))
        if not config.closed_form:
            _preview(config)
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = st.button("Train", type="primary", key="train")
            waits = any(run.status().active for run in runs.list_runs())
            where = f"on {SOURCES[config.source].title}"
            st.caption(where + (", after the run that trains now: it waits in line." * waits))
        if pressed:
            _look_at(_start(config, title))


def architecture_words(config: TrainConfig) -> str:
    """What weights with these settings fix: "Residual VAE, latent dim 128"."""
    rest = [f"{name.replace('_', ' ')} {value}" for name, value in config.architecture.items() if name != "family"]
    return ", ".join([FAMILIES[config.family].title, *rest])


def cost_words(config: TrainConfig) -> str:
    """What a latent costs under these settings."""
    posterior = FAMILIES[config.family].posterior
    if posterior == "point":
        return "An image goes to a point: no noise, no KL, no beta, and so no rate and no prior to draw from."
    if posterior == "codes":
        nats = config.latent_dim * math.log(config.codebook_size)
        return (
            f"{config.latent_dim} codes of {config.codebook_size:,} are {nats:,.0f} nats "
            f"({units.nats_to_bits(nats):,.0f} bits) an image, whatever is in it: no beta."
        )
    words = beta_words(config.beta, config.latent_dim)
    return f"Learns every beta; pictures and totals are shown at this one. {words}" if config.conditional else words


def beta_words(beta: float, latent_dim: int) -> str:
    """What a beta means, in sigma and nats."""
    if beta == 0:
        return "At beta 0 the KL is free: an autoencoder, but for the least noise that is left."
    sigma = units.beta_to_sigma(beta, latent_dim)
    return (
        f"Beta {beta:g} is a decoder of sigma {sigma:.3g} (pixels 0 to 1): a nat must buy {2 * sigma**2:.2g} of "
        "squared error an image."
    )


def _preview(config: TrainConfig) -> None:
    """How beta and the learning rate will move, if they do."""
    moves = config.beta_schedule != CONSTANT
    if not (moves or config.warmup_steps or config.learning_rate_schedule != CONSTANT):
        return
    if moves:
        schedule = BETA_SCHEDULES[config.beta_schedule]
        nats = f" Target: {config.target_nats:g} nats an image." if schedule.targeted else ""
        st.caption(f"Beta, {schedule.key}: {schedule.help}{nats}")
    images = len(sidebar.chosen_images().indices("train"))
    figure = schedule_preview.schedules_preview(config, config.total_steps(images))
    st.plotly_chart(figure, key="schedules", config={"displayModeBar": False})


def _settings(names: Sequence[str], start_values: TrainConfig, group: str, typed: dict[str, Any]) -> None:
    """Widgets for settings, in two columns; what stands in them goes into `typed`."""
    columns = st.columns(2)
    for i, name in enumerate(names):
        with columns[i % 2]:
            typed[name] = _setting(_FIELDS[name], start_values, group)


def _setting(f: Field[Any], start_values: TrainConfig, group: str) -> Any:
    value = getattr(start_values, f.name)
    low, high, unit, choices = (f.metadata[k] for k in ("low", "high", "unit", "choices"))
    label = f.name.replace("_", " ").capitalize() + (f" ({unit})" if unit and unit not in f.name else "")
    words = f.metadata["help"] + (f" From {low:,g} to {high:,g}." if low is not None else "")
    # the starting value is part of the key: another preset is another widget, and so shows its own
    key = f"form-{group}-{f.name}-{value}"
    if f.name == "start_from":
        trained = [model for model in models.list_models() if model.family == start_values.family]
        known = {"": "none"} | {model.id: model.title for model in trained}
        return st.selectbox(
            label,
            list(known),
            format_func=known.__getitem__,
            key=key,
            help="Its weights; or a fresh net, as the family starts.",
        )
    if choices:
        return st.selectbox(label, choices, choices.index(value), key=key, help=words)
    if f.type == "int":
        return st.number_input(label, int(low), int(high), value, step=1, key=key, help=words)
    return st.text_input(label, f"{value:g}", key=key, help=f"{words} Like 0.001 or 1e-3.")


def _number(name: str, value: Any) -> Any:
    """What was typed into a text field as the number it means; ExplorerError if it is none."""
    f = _FIELDS[name]
    if f.type != "float":
        return value
    try:
        return float(value.replace(",", "."))
    except ValueError:
        allowed = f"Choose a number from {f.metadata['low']:g} to {f.metadata['high']:g}."
        raise ExplorerError(f"{name} is {value!r}, which is no number", allowed) from None


def _start(config: TrainConfig, title: str = "") -> Run:
    return process.start(config, title.strip() or named(config))


def _look_at(run: Run) -> None:
    """Show a run that was just started."""
    for asked in (_BETA, _BRANCH):
        st.query_params.pop(asked, None)
    st.query_params["run"] = run.id
    frame.close_popovers()
    st.rerun()

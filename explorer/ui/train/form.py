"""The form that starts a run: preset, beta and how long it takes, and folded by topic every setting that is left."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from typing import Any

import streamlit as st

from explorer import glossary, units
from explorer.config import CLOSED_FORM_SETTINGS, NETWORK_SETTINGS, OF_AUTOENCODERS, TrainConfig
from explorer.data import SOURCES
from explorer.errors import ExplorerError
from explorer.glossary import TERMS
from explorer.nets import BETA_RANGE, FAMILIES, OPTIONS
from explorer.presets import FIRST, PRESETS
from explorer.presets import PRIORS as PRIOR_PRESETS
from explorer.priors import PRIORS
from explorer.runs import Run
from explorer.runs.metrics import changed
from explorer.schedules import BETA_SCHEDULES, CONSTANT
from explorer.ui.charts import schedule_preview
from explorer.ui.components import terms
from explorer.ui.shell import deeds, frame, permissions, sidebar
from explorer.ui.train import prior, starting, times
from explorer.ui.train.fields import LENGTH, Fields

# Settings that the form leaves to others: images are chosen in the sidebar, the family comes with the preset.
_ELSEWHERE = ("source", "data_path", "family", "prior", "prior_of")
# Settings that move beta in the course of a run. A conditional net isn't asked for them: it learns every beta at once.
_OF_A_SCHEDULE = ("beta_schedule", "beta_steps", "target_nats")
# What is folded away, by topic: the headings of `TrainConfig` that it holds.
_TOPICS = {
    "Network": ("Network",),
    "Objective": ("Objective",),
    "Optimiser": ("Optimiser", "Length"),
    "Images and seed": ("Images", "Chance"),
}
# Steps of Muon without weight decay up to which nets are well: those of 3,744 are, those of 6,240 were wild on
# pictures of one colour (docs/longer).
_UNDECAYED_STEPS = 4_000
_AT_A_BETA = "quick"  # key of the preset that a link to a beta proposes: as good as the models beside it, soonest


def beta_in_url() -> float | None:
    """The beta in the URL, if it is one that can be trained at, by whoever looks at the page."""
    if not permissions.may_start():
        return None
    try:
        return TrainConfig(beta=float(st.query_params[starting.BETA])).beta
    except (KeyError, ValueError, ExplorerError):
        return None


def ask_branch(run: Run, step: int) -> None:
    """Open the form for a branch of a run."""
    st.query_params[starting.BRANCH] = f"{run.id}@{step}"
    st.rerun()


def branch_in_url(run: Run) -> int | None:
    """The step in the URL that a branch of `run` is asked from; its newest checkpoint where that one is gone."""
    run_id, _, step = st.query_params.get(starting.BRANCH, "").partition("@")
    kept = run.checkpoint_steps()
    if run_id != run.id or not kept or not permissions.may("train"):
        return None
    return next((known for known in kept if str(known) == step), kept[-1])


@frame.fragment
def show_branch(run: Run, asked_step: int) -> None:
    """The checkpoint to branch from, the run's settings to change, and the button that starts the branch."""
    kept = run.checkpoint_steps()
    steps_per_epoch = run.status().steps_per_epoch
    st.markdown(f"Branch from **{frame.plain(run.title)}**")
    first, *others = st.columns([2, 1, 1.7])
    step = first.selectbox(
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
        fixed = PRIORS[run.config.prior].title if run.config.prior else architecture_words(start_values)
        st.caption(f"Its weights fix: {fixed}.")
        _fill_in(start_values, f"{run.id}@{step}", others, left_out=NETWORK_SETTINGS)


@frame.fragment
def show() -> None:
    """Preset, beta, how long; the settings that are left; and the button that starts the run."""
    asked = beta_in_url()
    first, *others = st.columns([2, 1, 1.7])
    chosen = first.selectbox(
        "Preset",
        list(PRESETS),
        list(PRESETS).index(FIRST if asked is None else _AT_A_BETA),
        format_func=lambda key: PRESETS[key].title,
        key="preset" if asked is None else "preset-at-beta",
    )
    preset = PRESETS[chosen]
    source, path = sidebar.chosen_source()
    low, high = BETA_RANGE if preset.settings.conditional else (0, math.inf)
    beta = preset.settings.beta if asked is None or not low <= asked <= high else asked
    start_values = preset.with_(source=source, data_path=path, beta=beta)
    st.caption(f"{FAMILIES[preset.settings.family].title}. {preset.description}")
    with frame.explained_errors():
        _fill_in(start_values, preset.title, others)


@frame.fragment
def show_prior() -> None:
    """Which prior over which model's latents, how long; the settings that are left; and the button."""
    first, second, *others = st.columns([2, 1.4, 1.7])
    with frame.explained_errors():
        chosen = prior.choose(first, second)
        if chosen is None:
            return
        model, key = chosen
        preset, (source, path) = PRIOR_PRESETS[key], sidebar.chosen_source()
        st.caption(preset.description)
        start_values = preset.with_(prior_of=model.id, source=source, data_path=path)
        _fill_in(start_values, f"{key} of {model.id}", [st.container(), *others], left_out=["start_from"])


def _fill_in(start_values: TrainConfig, group: str, columns: Sequence[Any], left_out: Collection[str] = ()) -> None:
    """Settings to change, but for those left out, and the button.

    Beta and how long go into `columns`, beside what was asked before.
    """
    images = len(sidebar.chosen_images().indices("train"))
    asked = Fields(start_values, group, images)
    names = [n for n in _heeded(start_values) if n not in left_out]
    for column, first in zip(columns, ("beta", "epochs"), strict=True):
        with column:
            if first in names and first == "beta":
                asked.ask(first)
            elif first in names:
                asked.ask_length()
    words = st.container()
    folds = {}
    with st.container(gap="small"):
        for topic, headings in _TOPICS.items():
            rest = [n for n in names if n not in ("beta", *LENGTH) and _heading(n) in headings]
            if rest:
                folds[topic] = st.expander(topic)
                with folds[topic]:
                    asked.ask_all(rest, topic)
    config = asked.config()
    if config:
        with words:
            said = f"{cost_words(config)}  \n{length_words(config, images)} {times.words(config)}"
            terms.caption(said, what_it_means(config))
        if not config.closed_form:
            _preview(config, images, words, folds["Optimiser"])
    _show_action(config, asked.wrong)


def _heeded(config: TrainConfig) -> list[str]:
    """Settings that a run with these would go by, but for those that are chosen elsewhere."""
    heeded = CLOSED_FORM_SETTINGS if config.closed_form else tuple(f.name for f in fields(TrainConfig))
    of_others = OPTIONS - set(FAMILIES[config.family].options)
    needless: Collection[str] = ()
    if config.prior:
        needless = OF_AUTOENCODERS
    elif config.conditional:
        needless = _OF_A_SCHEDULE
    elif not config.weighs_beta or config.learns_spread:
        needless = ("beta", *_OF_A_SCHEDULE)
    return [n for n in heeded if n not in {*_ELSEWHERE, *of_others, *needless}]


def _heading(name: str) -> str:
    return next(f.metadata["group"] for f in fields(TrainConfig) if f.name == name)


def _show_action(config: TrainConfig | None, wrong: Sequence[str]) -> None:
    """The button, always in sight; the run's title; and what it is that keeps a run from being started."""
    with st.container(horizontal=True, vertical_alignment="center", key="form-action"):
        pressed = st.button("Train", type="primary", key="train", disabled=config is None)
        title = ""
        if permissions.may("rename"):
            title = st.text_input(
                "Title", key="form-title", max_chars=80, placeholder="Title: named after what it is",
                label_visibility="collapsed",
            )  # fmt: skip
        if config is None:
            st.html(f'<p class="field-error">To be changed first: {"; ".join(wrong)}.</p>')
        else:
            waits = ", after the run that trains now: it waits in line." if starting.waits_in_line() else ""
            st.caption(f"on {SOURCES[config.source].title}{waits}")
        if starting.asks_for_something() and st.button("Cancel", key="form-cancel", type="tertiary"):
            starting.ask_no_more()
            st.rerun()
    if pressed and config:
        with frame.explained_errors():
            starting.look_at(deeds.train(config, title))


def architecture_words(config: TrainConfig) -> str:
    """What weights with these settings fix: "Residual VAE, latent dim 128"."""
    rest = [f"{name.replace('_', ' ')} {value}" for name, value in config.architecture.items() if name != "family"]
    return ", ".join([FAMILIES[config.family].title, *rest])


def length_words(config: TrainConfig, images: int) -> str:
    """How long a run is on so many training images, as steps, images and passes."""
    used = min(images, config.train_images or images)
    if config.closed_form:
        return f"Solved in one pass over {used:,} images."
    per_epoch, total = config.steps_per_epoch(images), config.total_steps(images)
    batch, taken = min(config.batch_size, used), config.counted
    grows = config.optimiser == "muon" and not config.muon_weight_decay and total > _UNDECAYED_STEPS
    advice = " Muon lets weights grow for as long as it trains: over so many steps give it a weight decay of 0.1."
    return (
        f"{total:,} steps of {batch:,} {taken}: {total * batch:,} {taken}, {total / per_epoch:.1f} times through the "
        f"{used:,} there are.{advice if grows else ''}"
    )


def cost_words(config: TrainConfig) -> str:
    """What a latent costs under these settings; of a prior what its loss is."""
    if config.prior:
        return f"Its loss is the {PRIORS[config.prior].unit}, over encodings. The model stays as it is: no beta."
    posterior = FAMILIES[config.family].posterior
    if posterior == "point":
        return "An image goes to a point: no noise, no KL, no beta, and so no rate and no prior to draw from."
    if posterior == "codes":
        nats = config.latent_dim * math.log(config.codebook_size)
        return (
            f"{config.latent_dim} codes of {config.codebook_size:,} are {nats:,.0f} nats "
            f"({units.nats_to_bits(nats):,.0f} bits) an image, whatever is in it: no beta."
        )
    if config.learns_spread:
        return (
            "The decoder says of each pixel value how sure it is. The ELBO counts, without a beta: shown is the one "
            "that its error stands for."
        )
    words = beta_words(config.beta, config.latent_dim)
    return f"Learns every beta; pictures and totals are shown at this one. {words}" if config.conditional else words


def what_it_means(config: TrainConfig) -> dict[str, str]:
    """Words of the glossary under these settings, as far as `cost_words` has numbers of them."""
    if config.prior:
        return {}
    if FAMILIES[config.family].posterior == "codes":
        nats = config.latent_dim * math.log(config.codebook_size)
        return {"nat": TERMS["nat"].says(**glossary.in_nats(nats))}
    if FAMILIES[config.family].posterior == "point":
        return {key: TERMS[key].template("Here there is none.") for key in ("kl", "rate", "prior")}
    free = TERMS["kl"].template("Beta is what a nat of it costs: here it is 0.")
    if not config.beta:
        return {"kl": free}
    noise, price = glossary.of_noise(config.beta, config.latent_dim), price_of_a_nat(config.beta, config.latent_dim)
    return {
        "sigma": TERMS["sigma"].says(**noise),
        "nat": TERMS["nat"].template(f"Here each must buy {price} of squared error."),
    }


def price_of_a_nat(beta: float, latent_dim: int) -> str:
    """Squared error of an image, in sum, that a nat has to save to be worth it."""
    return f"{2 * units.beta_to_sigma(beta, latent_dim) ** 2:.2g}"


def beta_words(beta: float, latent_dim: int) -> str:
    """What a beta means, in sigma and nats."""
    if beta == 0:
        return "At beta 0 the KL is free: an autoencoder, but for the least noise that is left."
    sigma = units.beta_to_sigma(beta, latent_dim)
    return (
        f"Beta {beta:g} is a decoder of sigma {sigma:.3g} (pixels 0 to 1): a nat must buy "
        f"{price_of_a_nat(beta, latent_dim)} of squared error an image."
    )


def _preview(config: TrainConfig, images: int, first: Any, folded: Any) -> None:
    """How beta and the learning rate will move, if they do: with what is asked first, if it is beta that moves."""
    moves = config.beta_schedule != CONSTANT
    if not (moves or config.warmup_steps or config.learning_rate_schedule != CONSTANT):
        return
    with first if moves else folded:
        if moves:
            schedule = BETA_SCHEDULES[config.beta_schedule]
            nats = f" Target: {config.target_nats:g} nats an image." if schedule.targeted else ""
            st.caption(f"Beta, {schedule.key}: {schedule.help}{nats}")
        figure = schedule_preview.schedules_preview(config, config.total_steps(images))
        st.plotly_chart(figure, key="schedules", config={"displayModeBar": False})

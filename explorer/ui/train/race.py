"""Beta race: two or three runs that differ in beta alone, trained in step from one start, side by side at one step."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from explorer import palette, runs
from explorer.config import TrainConfig
from explorer.data.imageset import SUBSET
from explorer.errors import ExplorerError
from explorer.glossary import TERMS
from explorer.presets import RACE as RACE_PRESET
from explorer.runs import Run, Status
from explorer.runs.metrics import changed
from explorer.runs.rows import Subset
from explorer.ui.components import curves, live, terms, timelapse
from explorer.ui.feeds import race as feed
from explorer.ui.shell import address, deeds, frame, permissions, sidebar
from explorer.ui.train import cards
from explorer.ui.train.starting import RACE, ask_no_more
from explorer.units import beta_text

BETAS = (0.0, *(10.0**p for p in range(-6, 1)))  # that are offered
# On CIFAR-10 their pictures differ at a glance within the 170 steps of "From noise": MSE 0.011, 0.018 and 0.033 on 128
# images at step 169, KL 238, 69 and 11 nats. 1e-5 looks like 0.001 for that long: 0.010 and 0.011 at step 147.
AT_FIRST = (1e-3, 1e-2, 1e-1)
FEWEST, MOST = 2, 3
_ANSWER_S = 2.0  # for a single step of all, at most, until the page is drawn as it is


# -- a new one -------------------------------------------------------------------------------------------------------


def show_card() -> None:
    """What a race is, its betas and its start to choose, and the button."""
    if not permissions.may("train"):
        return
    with st.container(border=True, key="card-race"):
        words = st.empty()
        with st.container(horizontal=True, vertical_alignment="bottom", key="race-form"):
            betas = st.multiselect(
                "Betas", BETAS, AT_FIRST, format_func=beta_text, max_selections=MOST, key="race-betas", width=320
            )
            start = _choose_start()
            words.html(cards.words(RACE_PRESET, max(FEWEST, len(betas))))
            few = len(betas) < FEWEST
            help_ = f"Choose {FEWEST} or {MOST} betas." if few else None
            if st.button("Train Beta race", key="race-begin", disabled=few, help=help_):
                with frame.explained_errors():
                    _look_at(deeds.race(settings(sorted(betas), start)))
                    st.rerun()


def _choose_start() -> str:
    """Random weights, "", or the newest checkpoint of a run: RUN_ID@STEP."""
    known, titles = {"": "Random weights, the same for all"}, runs.list_titles()
    for run, step in runs.each(_start_at):
        if step is not None:
            known[f"{run.id}@{step}"] = f"{titles.get(run.id, run.id)}, step {step:,}"
    return st.selectbox("Start from", list(known), format_func=known.__getitem__, key="race-start", width=320)


def _start_at(run: Run) -> int | None:
    """The newest checkpoint of a run that a race may start from."""
    steps = run.checkpoint_steps()
    try:
        fits = run.config.weighs_beta and not (run.config.conditional or run.config.closed_form)
    except ExplorerError:  # its settings can't be read
        return None
    return steps[-1] if steps and fits else None


def settings(betas: Sequence[float], start: str = "") -> list[tuple[TrainConfig, str]]:
    """Settings and title of each contestant: a first lesson's on the images of the sidebar, or those of a run.

    Parameters
    ----------
    betas : sequence of float
    start : str
        The checkpoint to start from, RUN_ID@STEP; empty for random weights.

    Raises
    ------
    ExplorerError
        If there is no such checkpoint, or its run's settings can't be read.
    """
    alike = {
        name: getattr(RACE_PRESET.settings, name) for name in ("precision", "beta_schedule", "epochs", "max_steps")
    }
    if start:
        parent, step = runs.checkpoint(start)
        now: dict[str, Any] = dict(changed(parent.summary().changes, before=step).items())
        config = replace(parent.config, **(now | alike | {"start_from": start}))
    else:
        source, path = sidebar.chosen_source()
        config = RACE_PRESET.with_(source=source, data_path=path)
    return [(replace(config, beta=beta), f"Beta race, beta {beta_text(beta)}") for beta in betas]


# -- which is in view ------------------------------------------------------------------------------------------------


def current() -> list[Run]:
    """The race in the address; where that names neither race nor run, that of the run in view. Those that are left."""
    asked = address.asked(RACE)
    if asked:
        found = _found(asked.split(","))
        if not found:
            address.refuse(RACE, "race", "another run")
        return found
    if address.asked("run"):
        return []
    newest = next(iter([*runs.active()[:1], *runs.list_runs()]), None)
    return _found(newest.race) if newest else []


def _found(ids: Sequence[str]) -> list[Run]:
    return [run for run_id in list(dict.fromkeys(ids))[:MOST] if (run := runs.find(run_id)) and run.has_settings]


def _look_at(contestants: Sequence[Run]) -> None:
    ask_no_more()
    address.write(run=None, **{RACE: ",".join(run.id for run in contestants)})


def offer(run: Run) -> None:
    """The way from a run to the race that it is in."""
    contestants = _found(run.race)
    if len(contestants) > 1:
        label = f"Beta race: {feed.betas(contestants)} side by side"
        st.button(label, key="to-race", type="tertiary", on_click=_look_at, args=(contestants,))


# -- the race --------------------------------------------------------------------------------------------------------


@frame.fragment
def show(contestants: list[Run]) -> None:
    """Pictures at one step, curves, and what holds for all. What moves is pushed."""
    statuses = [run.status() for run in contestants]
    active = any(status.active for status in statuses)
    topic = feed.topic(contestants) if active else ""
    logs = [run.metrics() for run in contestants]
    with frame.explained_errors():
        live.rerun_when_changed(topic, "wishes", feed.wishes(contestants))
        live.rerun_when_changed(topic, "shown", feed.shown(contestants, statuses, logs))
        live.show(topic, "head", feed.head(contestants, statuses), moving=active)
        _controls(contestants, statuses)
        rows = feed.rows(contestants, statuses, logs)
        timelapse.show_in_step(rows, topic)
        if any(log.subset for log in logs):
            validation = contestants[0].environment.get("counts", {}).get("validation", SUBSET)
            whose = f"{min(SUBSET, validation):,} validation images"
            numbers = f"MSE and KL of an image are means over {whose}, as in the curves; samples are from the prior."
            prior = TERMS["prior"].says(dims=str(contestants[0].config.latent_dim))
            terms.caption(f"**Ask** {RACE_PRESET.question}  \n{numbers}", {"prior": prior})
            of = {run.id: curves.table(log.subset) for run, log in zip(contestants, logs, strict=True)}
            goes_on = [
                curves.Source.of(run, log, {Subset.kind: run.id})
                for run, status, log in zip(contestants, statuses, logs, strict=True)
                if status.active
            ]
            curves.show("race", ",".join(of), _panels(rows, whose), of, sources=goes_on)


def _panels(rows: Sequence[timelapse.Row], whose: str) -> list[curves.Panel]:
    def lines(column: str, second: dict[str, Any] | None = None) -> list[curves.Line]:
        return [curves.Line(row.run.id, column, row.label, row.colour, second=second) for row in rows]

    an_image = {"factor": rows[0].run.config.latent_dim, "unit": "nats an image"}
    return [
        curves.Panel("recon", "Reconstruction", f"mean squared error, {whose}, log scale", palette.RECONSTRUCTION,
                     lines("recon"), log=True),
        curves.Panel("kl", "KL", f"nats a dimension, {whose}, log scale", palette.KL, lines("kl", an_image), log=True,
                     terms=curves.OF_KL),
    ]  # fmt: skip


def _controls(contestants: Sequence[Run], statuses: Sequence[Status]) -> None:
    """For all that still train, or may go on; none is told what it can't do."""
    training = [run for run, status in zip(contestants, statuses, strict=True) if status.active]
    with st.container(horizontal=True, vertical_alignment="center", key="race-controls"):
        if not permissions.may("control"):
            pass
        elif not training:
            states = ("stopped", "failed")
            left = [run for run, status in zip(contestants, statuses, strict=True) if status.state in states]
            if left:
                st.button("Resume all", key="race-resume", type="primary", on_click=_resume, args=(left,))
        else:
            wishes = [run.control() for run in training]
            paused, stopping = all(wish.paused for wish in wishes), all(wish.stop for wish in wishes)
            idle = stopping or not any(status.state in ("running", "paused") for status in statuses)
            label = "Go on" if paused else "Pause"
            st.button(label, key="race-pause", on_click=_pause, args=(training, not paused), disabled=idle)
            help_ = "Pause, and let each take one step."
            st.button("Step", key="race-step", on_click=_step, args=(training,), disabled=idle, help=help_)
            st.button("Stop", key="race-stop", on_click=_stop, args=(training,), disabled=stopping)
        for run in contestants:
            label, key = f"Open {feed.in_force(run)}", f"race-open-{run.id}"
            if st.button(label, key=key, type="tertiary", on_click=_open, args=(run,)):
                st.rerun()  # the whole page shows another one


def _open(run: Run) -> None:
    address.write(run=run.id, **{RACE: None})


def _pause(contestants: Sequence[Run], paused: bool) -> None:
    for run in contestants:
        deeds.pause(run, paused)


def _stop(contestants: Sequence[Run]) -> None:
    for run in contestants:
        deeds.stop(run)


def _step(contestants: Sequence[Run]) -> None:
    before = [run.status() for run in contestants]
    for run in contestants:
        deeds.step(run)
    late = time.monotonic() + _ANSWER_S
    for run, was in zip(contestants, before, strict=True):
        run.wait(partial(_has_stepped, was), late - time.monotonic())


def _has_stepped(before: Status, now: Status) -> bool:
    return now.state == "paused" and now.step > before.step


def _resume(contestants: Sequence[Run]) -> None:
    deeds.resume(*contestants)

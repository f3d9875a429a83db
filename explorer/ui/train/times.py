"""How long a run takes on this machine, as cards and form say it, and the timing that they know it from."""

from __future__ import annotations

import streamlit as st

from explorer import fitted
from explorer.config import TrainConfig
from explorer.training import speed
from explorer.ui.components import live
from explorer.ui.feeds import tasks
from explorer.ui.shell import deeds, permissions, sidebar

_ALIKE = 1.4  # at most over at least, up to which they are told as one


def words(config: TrainConfig, together: int = 1) -> str:
    """How long a run on the images of the sidebar takes here, or so many in step: "About 30 s on this machine"."""
    if config.prior:
        return _of_prior(config)
    if config.closed_form:
        return "How long it takes here is not known: it isn't made of steps that could be timed."
    timed = speed.known(config)
    if timed is None:
        if deeds.are_timed_now():
            return "How long it takes here is being timed."
        return "How long it takes here is unknown until its steps are timed."
    images = sidebar.chosen_images()
    train, validation = len(images.indices("train")), len(images.indices("validation"))
    low, high = timed.of_run(config, train, validation, together)
    took = roughly((low + high) / 2) if high <= _ALIKE * low else f"{roughly(low)} to {roughly(high)}"
    return f"About {took} on this machine{', which was busy when it was timed' if timed.busy else ''}."


def _of_prior(config: TrainConfig) -> str:
    """By the last run of the same prior over the same latents: what a step takes depends on both."""
    base = config.prior_of.partition("@")[0]
    for run in fitted.runs_of(base):
        status = run.status()
        if status.images_per_s and run.has_settings and run.config.prior == config.prior:
            train = len(sidebar.chosen_images().indices("train"))
            seconds = config.total_steps(train) * config.batch_size / status.images_per_s
            return f"About {roughly(seconds)} at the {status.images_per_s:,.0f} encodings/s of its last run."
    return "How long it takes here is known once a run of it has begun."


def roughly(seconds: float) -> str:
    """Seconds as one says them: "35 s", "2.5 min", "40 min", "2.8 hours"."""
    if seconds < 87.5:
        return f"{max(5, 5 * round(seconds / 5))} s"
    if seconds < 570:
        return f"{round(seconds / 30) / 2:g} min"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} hours"


def show() -> None:
    """Where the times come from; those that are missing are timed now, if nothing trains."""
    may = permissions.may("time")
    if may and speed.left():
        deeds.time_steps()
    live.rerun_when_changed(tasks.TIMES, "state", tasks.timed(), scope="page")
    if deeds.are_timed_now():
        live.show(tasks.TIMES, "left", tasks.left())
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Times are of {speed.STEPS} steps of each, timed on this machine, and of what a run does besides.")
        if may and st.button("Time again", key="time-again", type="tertiary", help="Some ten seconds each."):
            deeds.time_steps(again=True)
            st.rerun()

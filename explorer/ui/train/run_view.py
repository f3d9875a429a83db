"""One run, live: how far it is, its probe images, its curves, and the controls that reach into it."""

from __future__ import annotations

import streamlit as st

from explorer import models, units
from explorer.config import TrainConfig
from explorer.data import SOURCES
from explorer.glossary import TERMS
from explorer.runs import Run, Status
from explorer.runs.metrics import Metrics
from explorer.runs.rows import Full
from explorer.ui.components import curves, latent_use, live, timelapse
from explorer.ui.feeds import run as feed
from explorer.ui.shell import deeds, frame, permissions
from explorer.ui.train import form, prior, probes
from explorer.units import beta_text

WAITS = "It waits in line: possible once it is its turn."
ANSWER_S = 1.0  # for a single step, at most, until the page is drawn as it is
_BRANCH = "branch-from"  # in the session, from the click until the form opens: a step
_BETAS = (0.0, *(m * 10.0**p for p in range(-6, 0) for m in (1, 2, 5)), 1.0)
_RATES = tuple(m * 10.0**p for p in range(-6, -1) for m in (1, 2, 5))


@frame.fragment
def show(run: Run) -> None:
    """The whole view. What moves is pushed; it is drawn anew when there is more to show, or another wish."""
    status, metrics, control = run.status(), run.metrics(), run.control()
    topic = feed.topic(run) if status.active else ""
    live.rerun_when_changed(topic, "wishes", feed.wishes(control))
    live.rerun_when_changed(topic, "shown", feed.shown(run, metrics))
    with frame.explained_errors():
        config = run.config
        live.show(topic, "head", feed.head(run.title, status, control, config.counted), moving=status.active)
        live.show(topic, "verdict", feed.verdict(metrics, status, run.notes), moving=status.active)
        frame.say_left_out(run.damaged(), "file")
        prior.say_whose(run)
        _controls(run, status, config)
        if status.active and not run.preview_steps():
            probes.show_originals(config)
        timelapse.show(run, status, topic, below=lambda: _branch(run, config))
        if config.closed_form:
            _solution(metrics.full, config.latent_dim)
            return
        if metrics.rows:
            _curves(run, config, metrics, status.active)
            if not config.prior:
                latent_use.show(run, config, metrics, topic)


def _curves(run: Run, config: TrainConfig, metrics: Metrics, active: bool) -> None:
    ancestors, branchings = curves.lineage(run)
    tables = curves.tables(metrics)
    goes_on = [curves.Source.of(run, metrics, {name: name for name in tables})] if active else []
    curves.show(
        "curves",
        run.id,
        curves.panels(config, metrics, bool(ancestors.rows), _validation_images(run)),
        tables | curves.ancestor_tables(ancestors),
        [*branchings, *curves.marks(ancestors.changes)],
        curves.own_marks(metrics),
        goes_on,
    )


def _validation_images(run: Run) -> int | None:
    """In the split that the run is measured on; None where it has not said so yet."""
    count = run.environment.get("counts", {}).get("validation")
    return count if isinstance(count, int) else None


def _solution(full: list[Full], latent_dim: int) -> None:
    """What a closed form costs, in numbers: a curve would show a way there that was never gone."""
    for row in [row for row in full if row.step][-1:]:
        st.caption(
            f"On all validation images: MSE {row.recon:.5f}, KL {row.kl:.3f} nats a dimension "
            f"({units.nats_per_image(row.kl, latent_dim):,.0f} nats an image), total {row.total:.5f}."
        )


# -- reaching into it ------------------------------------------------------------------------------------------------


def _branch(run: Run, config: TrainConfig) -> None:
    """The way to a new run from the step that the time-lapse shows, or to the nearest one whose weights are kept."""
    kept, shown = run.checkpoint_steps(), timelapse.shown_step(run)
    if config.closed_form or not kept or shown is None or not permissions.may("train"):
        return
    if asked := st.session_state.pop(_BRANCH, None):  # of when it was drawn: newer pictures may have come since
        form.ask_branch(run, asked)
    at = timelapse.kept_at(run, shown)
    if at is not None:
        st.button(
            f"Branch from step {at:,}",
            key="branch",
            type="tertiary",
            icon=":material/fork_right:",
            help="Start a new run from this one's weights, with other settings.",
            on_click=st.session_state.__setitem__,
            args=(_BRANCH, at),
        )
        return
    near = timelapse.nearest(kept, shown)
    st.button(
        f"Go to step {near:,} to branch from it",
        key="go-to-kept",
        type="tertiary",
        icon=":material/fork_right:",
        help=f"The weights of step {shown:,} were not kept. Marks under the slider show which are.",
        on_click=timelapse.go_to,
        args=(near,),
    )


def _controls(run: Run, status: Status, config: TrainConfig) -> None:
    if not status.active:
        with st.container(horizontal=True, vertical_alignment="center"):
            if status.state in ("stopped", "failed") and permissions.may("control"):
                st.button("Resume", key="resume-run", type="primary", on_click=_resume, args=(run,))
            prior.show_link(run)
            if models.from_run(run):
                st.page_link(
                    "explorer/pages/compare.py",
                    label="Compare its reconstructions",
                    icon=":material/compare:",
                    query_params={"model": run.id, "source": SOURCES[config.source].title},
                )
        return
    control = run.control()
    if config.closed_form or not permissions.may("control"):
        if permissions.may_stop(run):
            st.button("Stop", key="stop", on_click=_stop, args=(run,), disabled=control.stop)
        return
    buttons, beta_column, rate_column = st.columns([2.2, 2, 2], vertical_alignment="bottom")
    with buttons, st.container(horizontal=True, gap="small"):
        paused, waits = control.paused, status.state == "queued"
        idle, why = control.stop or waits, WAITS if waits else None
        pause = "Resume" if paused else "Pause"
        st.button(pause, key="pause", on_click=_pause, args=(run, not paused), disabled=idle, help=why)
        step = why or "Pause, and take one step."
        st.button("Step", key="step", on_click=_step, args=(run,), disabled=idle, help=step)
        st.button("Stop", key="stop", on_click=_stop, args=(run,), disabled=control.stop)
    beta = config.beta if control.beta is None else control.beta
    with beta_column:
        if config.prior:
            prior.show_link(run)
        elif config.conditional:
            st.caption(f"It learns every beta at once. Pictures show it at beta {beta_text(beta)}.")
        elif not config.weighs_beta or config.learns_spread:
            st.caption(form.cost_words(config))
        else:
            label = f"Beta now (sigma {units.beta_to_sigma(beta, config.latent_dim):.3g})"
            help_ = f"{form.beta_words(beta, config.latent_dim)} {TERMS['sigma'].meaning}"
            _in_flight(run, "beta", label, beta, _BETAS, help_)
    rate = config.learning_rate if control.learning_rate is None else control.learning_rate
    with rate_column:
        label, help_ = rate_words(config)
        _in_flight(run, "learning_rate", label, rate, _RATES, help_)


def rate_words(config: TrainConfig) -> tuple[str, str]:
    """What the learning rate that one sets is called, and the help beside it: schedules have it as their peak."""
    if config.learning_rate_schedule == "constant" and not config.warmup_steps:
        return "Learning rate now", "It holds from the next step on."
    return "Peak learning rate", "The schedule's factor stays on top of it: the curve below shows what comes of it."


def _in_flight(run: Run, name: str, label: str, value: float, options: tuple[float, ...], help_: str) -> None:
    # The value goes in as the widget's default. One put into the session's state can be lost: a poll may overtake the
    # widget's first drawing, and the browser then answers with the first option.
    versions = st.session_state.setdefault("in-flight-versions", {})
    version = versions.setdefault((run.id, name), 0)
    if st.session_state.get(f"{name}-{run.id}-{version}", value) != value:  # another viewer has changed it
        version = versions[run.id, name] = version + 1
    key = f"{name}-{run.id}-{version}"
    st.select_slider(
        label,
        sorted({value, *(float(f"{o:g}") for o in options)}),
        value,
        format_func=lambda v: f"{v:g}",
        key=key,
        on_change=_change,
        args=(run, name, key),
        help=help_,
    )


def _change(run: Run, name: str, key: str) -> None:
    deeds.change(run, name, st.session_state[key])


def _pause(run: Run, paused: bool) -> None:
    deeds.pause(run, paused)


def _step(run: Run) -> None:
    before = run.status()
    deeds.step(run)
    if before.state in ("running", "paused"):  # another takes the step when it has started, as the header says
        run.wait(lambda now: now.state == "paused" and now.step > before.step, ANSWER_S)


def _stop(run: Run) -> None:
    deeds.stop(run)


def _resume(run: Run) -> None:
    deeds.resume(run)

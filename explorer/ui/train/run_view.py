"""One run, live: how far it is, its probe images, its curves, and the controls that reach into it."""

from __future__ import annotations

import html
import math

import streamlit as st

from explorer import models, units
from explorer.analysis.health import health
from explorer.config import TrainConfig
from explorer.data import SOURCES
from explorer.runs import Control, Run, Status
from explorer.runs.metrics import Metrics
from explorer.runs.rows import Full
from explorer.ui.components import curves, latent_use, timelapse
from explorer.ui.shell import deeds, frame, permissions
from explorer.ui.train import form, probes, run_list
from explorer.units import beta_text

POLL_S = 1.0
WAITS = "It waits in line: possible once it is its turn."
ANSWER_S = 1.0  # for a single step, at most, until the page is drawn as it is
_BETAS = (0.0, *(m * 10.0**p for p in range(-6, 0) for m in (1, 2, 5)), 1.0)
_RATES = tuple(m * 10.0**p for p in range(-6, -1) for m in (1, 2, 5))


def show(run: Run, drawn: run_list.Drawn) -> None:
    """The whole view; it renews itself while the run is active, and only then."""
    status = run.status()
    live = st.fragment(_live, run_every=POLL_S if status.active else None)
    live(run, drawn, status.step)


def _live(run: Run, drawn: run_list.Drawn, drawn_at: int) -> None:
    run_list.draw_anew_if_changed([run], drawn)
    status = run.status()
    metrics = run.metrics()
    with frame.explained_errors():
        config = run.config
        _header(run, status)
        _health(metrics, status)
        if metrics.damaged:
            lines = "line" if metrics.damaged == 1 else "lines"
            st.caption(f"{metrics.damaged:,} damaged {lines} of its metrics.jsonl are left out.")
        _controls(run, status, config)
        if status.active and not run.preview_steps():
            probes.show_originals(config)
        timelapse.show(run, status, below=lambda: _branch(run, config))
        if config.closed_form:
            _solution(metrics.full, config.latent_dim)
            return
        if metrics.rows:
            ancestors, branchings = curves.lineage(run)
            curves.show(
                "curves",
                run.id,
                curves.panels(config, metrics, bool(ancestors.rows), _validation_images(run)),
                curves.tables(metrics) | curves.ancestor_tables(ancestors),
                [*branchings, *curves.marks(ancestors.changes), *curves.marks(metrics.changes)],
            )
            latent_use.show(run, config, metrics)
    if status.state == "paused" and status.step != drawn_at:
        st.rerun()  # a single step: the list and the sidebar say it, too


# -- how far it is ---------------------------------------------------------------------------------------------------


def _validation_images(run: Run) -> int | None:
    """In the split that the run is measured on; None where it has not said so yet."""
    count = run.environment.get("counts", {}).get("validation")
    return count if isinstance(count, int) else None


def _header(run: Run, status: Status) -> None:
    told = [*progress_facts(status), wish_words(status, run.control())]
    facts = " ".join(f"<span>{html.escape(fact)}</span>" for fact in told if fact)
    st.html(
        f'<div class="run-header"><h2>{html.escape(run.title)}</h2>'
        f'<span class="state" data-state="{status.state}">{status.state}</span>'
        f'<div class="progress-facts">{facts}</div></div>'
    )
    if status.active:
        st.progress(min(1.0, status.step / status.total_steps) if status.total_steps else 0.0)


def progress_facts(status: Status) -> list[str]:
    """Where the run stands, in a few words each."""
    facts = []
    if status.total_steps:
        facts.append(f"step {status.step:,} of {status.total_steps:,}")
    if status.steps_per_epoch:
        epochs = status.total_steps / status.steps_per_epoch
        facts.append(f"epoch {status.epoch:.1f} of {epochs:.1f}")
    if status.images_per_s and status.state == "running":
        facts.append(f"{status.images_per_s:,.0f} images/s")
    if status.eta_s and status.state == "running":
        facts.append(f"{duration(status.eta_s)} left")
    return facts


def wish_words(status: Status, control: Control) -> str:
    """What was asked of a run and is still to come; empty where there is nothing."""
    if not status.active:
        return ""
    when = "when it has started" if status.state in ("starting", "queued") else "after this step"
    if control.stop:
        return f"will stop {when}"
    if not control.paused or status.state == "paused":
        return ""
    steps = control.single_steps if status.state in ("starting", "queued") else 0
    if steps:
        when += f" and taken {steps} step{'s' * (steps > 1)}"
    return f"will pause {when}"


def duration(seconds: float) -> str:
    """Seconds in words: "40 s", "3 min 20 s", "2 h 5 min"."""
    seconds = math.ceil(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 600:
        return f"{seconds // 60} min {seconds % 60} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def _health(metrics: Metrics, status: Status) -> None:
    found = health(metrics, status)
    st.html(f'<p class="health" data-level="{found.level}" role="status">{html.escape(found.sentence)}</p>')


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
    at = timelapse.kept_at(run, shown)
    if at is not None:
        words = "Start a new run from this one's weights, with other settings."
        icon = ":material/fork_right:"
        if st.button(f"Branch from step {at:,}", key="branch", type="tertiary", icon=icon, help=words):
            form.ask_branch(run, at)
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
            if any(model.id == run.id for model in models.list_models()):
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
        if config.conditional:
            st.caption(f"It learns every beta at once. Pictures show it at beta {beta_text(beta)}.")
        elif not config.weighs_beta:
            st.caption(form.cost_words(config))
        else:
            label = f"Beta now (sigma {units.beta_to_sigma(beta, config.latent_dim):.3g})"
            _in_flight(run, "beta", label, beta, _BETAS, form.beta_words(beta, config.latent_dim))
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
    with frame.explained_errors():
        deeds.change(run, name, st.session_state[key])


def _pause(run: Run, paused: bool) -> None:
    with frame.explained_errors():
        deeds.pause(run, paused)


def _step(run: Run) -> None:
    with frame.explained_errors():
        before = run.status()
        deeds.step(run)
        if before.state in ("running", "paused"):  # another takes the step when it has started, as the header says
            run.wait(lambda now: now.state == "paused" and now.step > before.step, ANSWER_S)


def _stop(run: Run) -> None:
    with frame.explained_errors():
        deeds.stop(run)


def _resume(run: Run) -> None:
    with frame.explained_errors():
        deeds.resume(run)

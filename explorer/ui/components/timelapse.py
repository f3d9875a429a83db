"""A run's probe images above their reconstructions, with a slider through the steps of the training.

The picture is marked data-picture="probes", with a data-version that changes whenever it does.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.runs import Run, Status
from explorer.ui.components import register

AT_ONCE = 48  # steps of a run at rest whose pictures are sent to the browser at once; others come when asked for
_component = register("timelapse")
_KEY = "timelapse"
_GO = "timelapse-go"  # in the session: a number, and the step that the slider was asked to go to


def chosen_step() -> int | None:
    """The step that the slider was left at; None where it follows the newest."""
    return getattr(st.session_state.get(_KEY), "step", None)


def shown_step(run: Run) -> int | None:
    """The step whose pictures are shown: the one chosen, or the newest; None before the first."""
    steps = run.preview_steps()
    return nearest(steps, chosen_step()) if steps else None


def kept_at(run: Run, shown: int) -> int | None:
    """The kept step that the pictures of a step stand for: the step itself, or where its own pictures are gone a
    neighbour; None if they stand for none."""
    steps = run.preview_steps()
    return next((kept for kept in reversed(run.checkpoint_steps()) if nearest(steps, kept) == shown), None)


def go_to(step: int) -> None:
    """Move the slider to a step."""
    serial, _ = st.session_state.get(_GO, (0, 0))
    st.session_state[_GO] = serial + 1, step


@st.fragment
def show(run: Run, status: Status, below: Callable[[], None] = lambda: None) -> None:
    """Draw it, if the run has pictures yet. While it is active only the newest strip is sent, and the one asked for.

    timelapse.js is sent "subject", the run and its process, after a change of which it forgets what came; "originals",
    the probe images as the data URI of a strip of squares; "steps", all that have a picture, ascending; and "strips",
    those of some of them, {"step", "src": such a data URI}; "run", its id; "kept", steps whose weights are kept; and
    "go", null or [serial number, step], a step to move to once. It reports the state "step": the one that the slider
    was left at, None at its right end. `below` draws what goes by that.
    """
    steps = run.preview_steps()
    wanted = {steps[-1], nearest(steps, chosen_step())} if steps else set()
    if not status.active:
        wanted.update(spread(steps, AT_ONCE))
    strips = [{"step": step, "src": src} for step in sorted(wanted) if (src := _data_uri(run.preview_path(step)))]
    originals = _data_uri(run.originals_path)
    if not strips or not originals:
        return
    data: dict[str, Any] = {
        "subject": f"{run.id}-{status.pid}",
        "originals": originals,
        "steps": steps,
        "strips": strips,
    }
    data |= {"run": run.id, "kept": run.checkpoint_steps(), "go": st.session_state.get(_GO)}
    _component(key=_KEY, data=data, height="content", on_step_change=lambda: None)
    below()


def spread(steps: list[int], most: int) -> list[int]:
    """At most `most` of ascending steps, evenly spread, first and last among them."""
    if len(steps) <= most:
        return steps
    return [steps[i * (len(steps) - 1) // (most - 1)] for i in range(most)]


def nearest(steps: list[int], wanted: Any) -> int:
    """The step closest to `wanted`; the last where that is no number."""
    return min(steps, key=lambda step: abs(step - wanted)) if isinstance(wanted, (int, float)) else steps[-1]


def _data_uri(strip: Path) -> str | None:
    """A PNG as it can stand in a page; None where the trainer has thinned it out since it was listed."""
    try:
        return "data:image/png;base64," + base64.b64encode(strip.read_bytes()).decode()
    except FileNotFoundError:
        return None

"""Probe images above their reconstructions by a run, or by several in step, with a slider through the steps.

The picture is marked data-picture="probes", with a data-version that changes whenever it does.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Row:
    """A run's pictures in a time-lapse.

    Parameters
    ----------
    label : str
    run : Run
    status : Status
    colour : str
        Of its mark, "#RRGGBB"; empty for none.
    measured : sequence of (int, float, float)
        Step, mean squared error a pixel value, KL in nats an image; ascending.
    """

    label: str
    run: Run
    status: Status
    colour: str = ""
    measured: Sequence[tuple[int, float, float]] = ()


def show(run: Run, status: Status, below: Callable[[], None] = lambda: None) -> None:
    """Draw a run's time-lapse, if it has pictures yet; `below` draws what goes by the step that is shown."""
    show_in_step([Row("Reconstructions", run, status)], below)


@st.fragment
def show_in_step(rows: Sequence[Row], below: Callable[[], None] = lambda: None) -> None:
    """Draw runs side by side, all at one step, if they have pictures of one. Their originals are the first one's.

    While one is active only the newest strips are sent, and those asked for.

    timelapse.js is sent "subject", the runs and their processes, after a change of which it forgets what came;
    "originals", the probe images as the data URI of a strip of squares; "steps", all that have pictures, ascending;
    "strips", those of some of them, {"step", "srcs": such a data URI a row, None of a run without pictures, "samples":
    the same of samples from the prior}; "rows", {"label", "colour", "measured": see `Row`; "last": the step of an
    ended run's last picture; "ended": how it ended}; "run", the runs' ids with commas between; "kept", steps whose
    weights are kept, of a run alone; and "go", null or [serial number, step], a step to move to once. It reports the
    state "step": the one that the slider was left at, None at its right end. `below` draws what goes by that.
    """
    pictured = [row.run.preview_steps() for row in rows]
    steps = common_steps(pictured, [row.status.active for row in rows])
    wanted = {steps[-1], nearest(steps, chosen_step())} if steps else set()
    if not any(row.status.active for row in rows):
        wanted.update(spread(steps, AT_ONCE))
    strips = []
    for step in sorted(wanted):
        shown = [
            (row.run, max((own for own in of if own <= step), default=-1))
            for row, of in zip(rows, pictured, strict=True)
        ]
        srcs = [_data_uri(run.preview_path(own)) for run, own in shown]
        if any(srcs):
            samples = [_data_uri(run.samples_path(own)) if len(rows) > 1 else None for run, own in shown]
            strips.append({"step": step, "srcs": srcs, "samples": samples})
    originals = next((src for row in rows if (src := _data_uri(row.run.originals_path))), None)
    if not strips or not originals:
        return
    alone = rows[0].run if len(rows) == 1 else None
    data = {
        "subject": " ".join(f"{row.run.id}-{row.status.pid}" for row in rows),
        "originals": originals,
        "steps": steps,
        "strips": strips,
        "run": ",".join(row.run.id for row in rows),
        "kept": alone.checkpoint_steps() if alone else [],
        "go": st.session_state.get(_GO) if alone else None,
        "rows": [
            {
                "label": row.label,
                "colour": row.colour,
                "last": None if row.status.active else of[-1] if of else -1,
                "ended": f"{row.status.state} at step {row.status.step:,}",
                "measured": row.measured,
            }
            for row, of in zip(rows, pictured, strict=True)
        ],
    }
    _component(key=_KEY, data=data, height="content", on_step_change=lambda: None)
    below()


def common_steps(pictured: Sequence[Sequence[int]], active: Sequence[bool]) -> list[int]:
    """Steps of which every run has a picture, ascending; one that has ended before stays at its last.

    Parameters
    ----------
    pictured : sequence of sequences of int
        A run's steps with a picture, ascending.
    active : sequence of bool
        Whether there will be more of them.
    """
    known = [set(steps) for steps in pictured]
    ended = [
        math.inf if goes_on else (steps[-1] if steps else -1) for steps, goes_on in zip(pictured, active, strict=True)
    ]
    return [
        step
        for step in sorted(set().union(*known))
        if all(step in steps or step > last for steps, last in zip(known, ended, strict=True))
    ]


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

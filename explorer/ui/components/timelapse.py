"""Probe images above their reconstructions by a run, or by several in step, with a slider through the steps.

Of a prior what it draws, below reconstructions by the model that it is of: as good as samples of it can be.

The picture is marked data-picture="probes", with a data-version that changes whenever it does.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import streamlit as st

from explorer import files
from explorer.runs import Run, Status
from explorer.ui.components import live, register
from explorer.ui.feeds import memory
from explorer.ui.shell import frame

AT_ONCE = 48  # steps of a run at rest whose pictures are sent to the browser at once; others come when asked for
_component = register("timelapse")
_KEY = "timelapse"
ALONE, DRAWN = "Reconstructions", "Samples"  # labels of a run's row that has no other beside it; of a prior's
_ABOVE = {ALONE: "Originals", DRAWN: "Reconstructions, by its model"}
_MOST_BYTES, _MOST_PX = 2_000_000, 256  # of a strip, and of the side of a square in it; ours have 30 kB, and 32 pixels
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


def show(run: Run, status: Status, topic: str, below: Callable[[], None] = lambda: None) -> None:
    """Draw a run's time-lapse, if it has pictures yet; `below` draws what goes by the step that is shown."""
    show_in_step([alone(run, status)], topic, below)


def alone(run: Run, status: Status) -> Row:
    """Of a run that has no other beside it."""
    return Row(DRAWN if run.base else ALONE, run, status)


@frame.fragment
def show_in_step(rows: Sequence[Row], topic: str, below: Callable[[], None] = lambda: None) -> None:
    """Draw runs side by side, all at one step, if they have pictures of one. Their originals are the first one's.

    `topic` is one of the live line, whose parts go on with what is drawn (`newest`); "" where nothing moves.

    timelapse.js is sent what `payload` says; "originals", what stands above, the data URI of a strip of squares;
    "above", what that is called, and "names", what one picture there and below it is; "run",
    the runs' ids with commas between; "go", null or [serial number, step], a step to move to once; and "topic". It
    reports the state "step": the one that the slider was left at, None at its right end. `below` draws what goes by
    that.
    """
    data = payload(rows, chosen_step(), at_rest=not any(row.status.active for row in rows))
    originals = next((src for row in rows if (src := _data_uri(row.run.originals_path))), None)
    if not data["strips"] or not originals:
        if data["steps"] and not (rows[0].status.active or (data["strips"] and originals)):
            st.caption("Its pictures can't be shown: the files in its folder previews are damaged.")
        return
    data |= {
        "originals": originals,
        "above": _ABOVE.get(rows[0].label, _ABOVE[ALONE]),
        "names": ["Reconstruction", "Sample"] if rows[0].label == DRAWN else ["Original", "Reconstruction"],
        "run": ",".join(row.run.id for row in rows),
        "go": st.session_state.get(_GO) if len(rows) == 1 else None,
        "topic": topic,
    }
    _component(key=_KEY, data=data, height="content", on_step_change=lambda: None)
    live.rerun_when_changed(topic, "kept", kept(rows)[-1:], key="timelapse")
    below()


def newest(rows: Sequence[Row]) -> dict[str, Any]:
    """What there is to add to pictures that stand: parts "pictures", as `payload` without strips and with the last
    measurements only, and "strip", the newest."""
    latest = [replace(row, measured=row.measured[-1:]) for row in rows]
    told = payload(latest, strips=False)
    of = told["subject"]
    if not told["steps"]:
        return {"pictures": told}
    step = told["steps"][-1]
    strip = memory.found(("strip", of), step, lambda: {"subject": of, **_strip(rows, step)})
    return {"pictures": told, "strip": strip}


def kept(rows: Sequence[Row]) -> list[int]:
    """Steps of a run alone whose weights are kept."""
    return rows[0].run.checkpoint_steps() if len(rows) == 1 else []


def payload(
    rows: Sequence[Row], chosen: int | None = None, at_rest: bool = False, strips: bool = True
) -> dict[str, Any]:
    """The pictures of runs in step, at the newest step and the one that is nearest to `chosen`; `at_rest` at many more.

    Returns
    -------
    dict
        subject : str: the runs and their processes, after a change of which timelapse.js forgets what came.
        steps : list of int: all that have pictures, ascending.
        strips : list, of some of them {"step", "srcs": a strip of squares a row, as the data URI of a PNG, None of a
        run without pictures; "samples": the same of samples from the prior}.
        rows : list of {"label", "colour", "measured": see `Row`; "last": the step of an ended run's last picture;
        "ended": how it ended}.
        kept : list of int: steps whose weights are kept, of a run alone.
    """
    pictured = [row.run.preview_steps() for row in rows]
    steps = common_steps(pictured, [row.status.active for row in rows])
    wanted = {steps[-1], nearest(steps, chosen)} if steps and strips else set()
    if at_rest:
        wanted.update(spread(steps, AT_ONCE))
    sent = (_strip(rows, step) for step in sorted(wanted))
    return {
        "subject": " ".join(f"{row.run.id}-{row.status.pid}" for row in rows),
        "steps": steps,
        "strips": [strip for strip in sent if any(strip["srcs"])],
        "kept": kept(rows),
        "rows": [
            {
                "label": row.label,
                "colour": row.colour,
                "last": None if row.status.active else of[-1] if of else -1,
                "ended": "" if row.status.active else f"{row.status.state} at step {row.status.step:,}",
                "measured": row.measured,
            }
            for row, of in zip(rows, pictured, strict=True)
        ],
    }


def _strip(rows: Sequence[Row], step: int) -> dict[str, Any]:
    """Of a step, with the last pictures before it of runs that have none of it."""
    shown = [(row.run, max((own for own in row.run.preview_steps() if own <= step), default=-1)) for row in rows]
    return {
        "step": step,
        "srcs": [_data_uri(run.preview_path(own)) for run, own in shown],
        "samples": [_data_uri(run.samples_path(own)) if len(rows) > 1 else None for run, own in shown],
    }


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
    """A strip of squares as it can stand in a page; None where it was thinned out meanwhile, or is damaged."""
    try:
        png = files.read_bytes(strip, _MOST_BYTES)
    except OSError:
        return None
    return "data:image/png;base64," + base64.b64encode(png).decode() if _is_strip(png) else None


def _is_strip(png: bytes) -> bool:
    """Whether it is a PNG, all of whose parts are whole, of squares beside each other."""
    at, parts = 8, list[bytes]()
    while png.startswith(b"\x89PNG\r\n\x1a\n") and at + 12 <= len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        end = at + 8 + length
        if png[end : end + 4] != struct.pack(">I", zlib.crc32(png[at + 4 : end])):
            return False
        parts.append(png[at + 4 : at + 8])
        at = end + 4
    if parts[:1] != [b"IHDR"] or parts[-1:] != [b"IEND"] or b"IDAT" not in parts:
        return False
    width, height = struct.unpack(">II", png[16:24])
    return 0 < height <= _MOST_PX and 0 < width <= _MOST_PX * _MOST_PX and width % height == 0

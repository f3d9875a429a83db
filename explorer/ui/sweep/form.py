"""The form that starts a sweep: a preset, which settings vary over which values, and who chooses among them."""

from __future__ import annotations

from dataclasses import fields, replace

import streamlit as st

from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.presets import FIRST, PRESETS
from explorer.sweeps import axes
from explorer.sweeps.axes import Axis
from explorer.sweeps.folder import Sweep
from explorer.sweeps.plan import GRID, MOST_TRIALS, SAMPLERS, Plan, planned
from explorer.ui.shell import deeds, frame, sidebar
from explorer.ui.train import times

_ELSEWHERE = ("source", "data_path", "prior", "prior_of", "device")  # the sidebar's, a prior's, and the machine's
_AT_FIRST = (("beta", "1e-4, 4.5e-4, 1e-3"), ("seed", "0:2"), ("", ""), ("", ""))
_SAMPLERS = {GRID: "every point", "tpe": "Optuna's TPE", "random": "at random"}


@frame.fragment
def show() -> None:
    """Fields, how many trials these are, and the button; what can't be is said in place of that."""
    first, second, third = st.columns([2, 1.4, 1])
    preset = first.selectbox(
        "Preset", list(PRESETS), list(PRESETS).index(FIRST), format_func=lambda key: PRESETS[key].title,
        key="sweep-preset",
    )  # fmt: skip
    sampler = second.selectbox("Trials", SAMPLERS, format_func=_SAMPLERS.__getitem__, key="sweep-sampler")
    trials = 0
    if sampler != GRID:
        trials = int(third.number_input("How many", 1, MOST_TRIALS, 20, key="sweep-trials"))
    known = {"": "nothing more"} | {
        f.name: f.name.replace("_", " ") for f in fields(TrainConfig) if f.name not in _ELSEWHERE
    }
    asked = []
    for i, (name, values) in enumerate(_AT_FIRST):
        left, right = st.columns([1.2, 3])
        chosen = left.selectbox(
            "Setting", list(known), list(known).index(name), format_func=known.__getitem__, key=f"sweep-setting-{i}",
            label_visibility="visible" if i == 0 else "collapsed",
        )  # fmt: skip
        written = right.text_input(
            "Values", values, key=f"sweep-values-{i}", help=axes.HOW, disabled=not chosen,
            label_visibility="visible" if i == 0 else "collapsed",
        )  # fmt: skip
        if chosen:
            asked.append((chosen, written))
    prune = st.checkbox(
        "Stop trials early that are worse than the median", key="sweep-prune",
        help="At the same share of their steps, of those done with the same objective: Optuna's median rule.",
    )  # fmt: skip
    plan = _plan(preset, asked, sampler, trials, prune)
    if plan:
        idle = "".join(f" {name} means nothing to this family." for name in plan.idle)
        takes = times.words(plan.settings)
        st.caption(f"{plan.count} trials, one after another. One trial: {takes[:1].lower()}{takes[1:]}{idle}")
    if st.button("Start the sweep", type="primary", key="sweep-start", disabled=plan is None) and plan:
        with frame.explained_errors():
            look_at(deeds.start_sweep(plan))
            st.rerun()


def look_at(sweep: Sweep) -> None:
    """Put a sweep into the address."""
    st.query_params.pop("new", None)
    st.query_params["sweep"] = sweep.id
    frame.close_popovers()


def _plan(preset: str, asked: list[tuple[str, str]], sampler: str, trials: int, prune: bool) -> Plan | None:
    source, path = sidebar.chosen_source()
    try:
        found: list[Axis] = [axes.parsed(name, values) for name, values in asked]
        start = replace(PRESETS[preset].settings, source=source, data_path=path)
        return planned(start, found, name=PRESETS[preset].title, sampler=sampler, trials=trials, prune=prune)
    except ExplorerError as e:
        frame.show_error(e)
        return None

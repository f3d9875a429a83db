"""Sweep: many trainings that differ in a few settings, side by side as they go on."""

from __future__ import annotations

import streamlit as st

from explorer.sweeps import folder
from explorer.sweeps.axes import described
from explorer.sweeps.folder import Sweep
from explorer.sweeps.results import apart, best
from explorer.ui.charts import figures
from explorer.ui.components import live
from explorer.ui.feeds import sweep as feed
from explorer.ui.shell import address, deeds, frame, permissions
from explorer.ui.sweep import charts, form

_MOST_LINKS = 6  # objectives with a link each
_SWEEP, _NEW = "sweep", "new"  # in the address: the id of the sweep in view; that the form is open


def current(sweeps: list[Sweep]) -> Sweep | None:
    """The sweep in the address, or the newest."""
    asked, newest = address.asked(_SWEEP), next(iter(sweeps), None)
    found = next((sweep for sweep in sweeps if sweep.id == asked), None)
    if asked and not found:
        address.refuse(_SWEEP, "sweep", newest.title if newest else "how to start one")
    return found or newest


def choose(sweeps: list[Sweep], shown: Sweep) -> None:
    """Which sweep is in view, where there are several."""
    if len(sweeps) > 1:
        titles = {sweep.id: f"{sweep.title} ({sweep.id[:8]})" for sweep in sweeps}
        key = f"sweep-chosen-{shown.id}"
        ids = list(titles)
        st.selectbox(
            "Sweep", ids, ids.index(shown.id), format_func=titles.__getitem__, key=key, label_visibility="collapsed",
            on_change=lambda: address.write(sweep=st.session_state[key]),
        )  # fmt: skip


def show_controls(sweep: Sweep, seen: feed.Seen) -> None:
    """Stop, or go on: the teacher's."""
    if not permissions.may("control"):
        return
    if seen.status.active:
        help_ = "Each trial that trains makes a checkpoint. The sweep can go on later."
        stopping = sweep.stop_asked()
        st.button("Stop", key="sweep-stop", on_click=deeds.stop_sweep, args=(sweep,), disabled=stopping, help=help_)
    elif sum(each.over for each in seen.trials) < seen.plan.count:
        st.button("Resume", type="primary", key="sweep-resume", on_click=deeds.resume_sweep, args=(sweep,))


def show_lowest(seen: feed.Seen) -> None:
    """Ways to the trials with the lowest totals: one, or where totals don't compare one of each objective."""
    of, differ = "loss" if seen.plan.settings.prior else "total", apart(seen.trials)
    with st.container(key="sweep-lowest", gap="xsmall"):
        for trial, doubt in best(seen.trials)[:_MOST_LINKS]:
            what = f"trial {trial.number}: {described(trial.values)}"
            label = f"Lowest {of}, {what} ({doubt})" if doubt else f"Best, {what}"
            st.page_link(
                "explorer/pages/train.py", label=frame.plain(label), query_params={"run": trial.run.id},
                icon=":material/arrow_downward:" if doubt else ":material/trophy:",
            )  # fmt: skip
    if differ and sum(each.ranked for each in seen.trials) > 1:
        within = " and ".join(f"one {name.replace('_', ' ')}" for name in differ)
        images = {"source", "data_path"} & differ.keys()
        others = "" if images or of == "loss" else " MSE and nats compare throughout."
        st.caption(f"Validation {of}s compare within {within}, where they mean the same.{others}")


@frame.fragment
def show(sweep: Sweep) -> None:
    """How far it is, its trials, and what came of them. What moves is pushed."""
    seen = feed.see(sweep)
    active = seen.status.active or any(each.status.active for each in seen.trials)
    topic = feed.topic(sweep) if active else ""
    live.rerun_when_changed(topic, "drawn", feed.drawn(seen))
    live.show(topic, "head", feed.head(seen), moving=active)
    show_controls(sweep, seen)
    show_lowest(seen)
    dots = charts.dots(seen.trials)
    if len(dots) > 1:
        if any(dot.nats is not None for dot in dots):
            figures.show_figure("sweep-plane", figures.drawn(charts.plane, dots, of=[seen.plan.title]), "sweep-plane")
        parallel = figures.drawn(charts.parallel, dots, seen.plan.names, not apart(seen.trials), of=[seen.plan.title])
        figures.show_figure("sweep-parallel", parallel, "sweep-parallel")
    live.show(topic, "table", feed.table(seen), moving=active)
    frame.say_left_out(seen.wrong, "trial")


sweeps = folder.list_sweeps()
shown = current(sweeps)
with st.container(horizontal=True, vertical_alignment="center"):
    frame.title("Sweep", "The same training many times, with a few settings changed.")
    if shown and permissions.may("train") and not address.asked(_NEW):
        st.button("New sweep", type="primary", key="sweep-new", on_click=address.write, kwargs={_NEW: "sweep"})
if permissions.may("train") and (shown is None or address.asked(_NEW)):
    with st.container(border=True, key="sweep-form"):
        form.show()
if shown:
    choose(sweeps, shown)
    show(shown)
elif not permissions.may("train"):
    st.caption("There is no sweep yet. The teacher starts one.")
frame.say_left_out([*folder.damaged(), *folder.damaged_trials()], "folder")
live.rerun_when_changed(feed.LIST_TOPIC, "known", feed.known(), scope="page")

"""Sweep: many trainings that differ in a few settings, side by side as they go on."""

from __future__ import annotations

import streamlit as st

from explorer.sweeps import folder
from explorer.sweeps.axes import described
from explorer.sweeps.folder import Sweep
from explorer.sweeps.results import best
from explorer.ui.charts import figures
from explorer.ui.components import live
from explorer.ui.feeds import sweep as feed
from explorer.ui.shell import address, deeds, frame, permissions
from explorer.ui.sweep import charts, form

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


def show_best(seen: feed.Seen) -> None:
    """Ways to the trials with the lowest totals: one, or where totals don't compare one of each objective."""
    for each in best(seen.trials)[:6]:
        label = f"Best, trial {each.number}: {described(each.values)}"
        st.page_link(
            "explorer/pages/train.py", label=frame.plain(label), icon=":material/trophy:",
            query_params={"run": each.run.id},
        )  # fmt: skip


@frame.fragment
def show(sweep: Sweep) -> None:
    """How far it is, its trials, and what came of them. What moves is pushed."""
    seen = feed.see(sweep)
    active = seen.status.active or any(each.status.active for each in seen.trials)
    topic = feed.topic(sweep) if active else ""
    live.rerun_when_changed(topic, "drawn", feed.drawn(seen))
    live.show(topic, "head", feed.head(seen), moving=active)
    show_controls(sweep, seen)
    show_best(seen)
    dots, compare = charts.dots(seen.trials), charts.compare(seen.plan, seen.trials)
    if len(dots) > 1:
        if any(dot.nats is not None for dot in dots):
            figures.show_figure("sweep-plane", figures.drawn(charts.plane, dots, of=[seen.plan.title]), "sweep-plane")
        parallel = figures.drawn(charts.parallel, dots, seen.plan.names, compare, of=[seen.plan.title])
        figures.show_figure("sweep-parallel", parallel, "sweep-parallel")
        if not compare:
            st.caption("Validation totals of these trials don't compare: their objectives differ. MSE and nats do.")
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

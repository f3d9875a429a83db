"""Room on disk: what all runs take, and a way to have some of it back. What goes is shown first, whole, by name."""

from __future__ import annotations

import html
from collections.abc import Callable

import streamlit as st

from explorer import runs
from explorer.runs import Run, retention
from explorer.runs.retention import Measure, Plan
from explorer.ui.components import live
from explorer.ui.feeds import memory, training
from explorer.ui.shell import address, deeds, frame, permissions

_OLD, _WORSE = "Ended long ago", "All but the best"
_RUNS, _ALL_BUT_WEIGHTS = "Whole runs", "All but their newest weights"
_BY: dict[Measure, str] = {
    "recon": "validation MSE, on the same images",
    "total": "validation total, on the same images at the same beta",
}
_TOLD = "room-told"  # in the session: what came of it


def show(known: int) -> None:
    """The heading of the list: how many runs there are, what they take, and for the teacher the form."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="runs-head"):
        st.html(f'<h2 class="section">Runs <small>{known:,}</small></h2>', width="content")
        live.show(training.TOPIC, "disk", memory.last("disk") or training.NO_DISK)
        if known and permissions.may("delete"):
            with st.popover("Make room", key=frame.popover_key("make-room")):
                _form()
    if told := st.session_state.pop(_TOLD, ""):
        st.caption(told)


def _form() -> None:
    which = st.segmented_control("Which runs", [_OLD, _WORSE], default=_OLD, required=True, key="room-which")
    if which == _OLD:
        days = int(st.number_input("Days since they ended, at least", 1, 3650, 90, key="room-days"))
    else:
        count = int(st.number_input("How many of the best stay", 1, 100, 3, key="room-count"))
        by = st.selectbox("Best by", list(_BY), format_func=_BY.__getitem__, key="room-by")
    what = st.segmented_control("What goes", [_RUNS, _ALL_BUT_WEIGHTS], default=_RUNS, required=True, key="room-what")
    if st.button("Show what would go", key="room-show", width="stretch", on_click=frame.close_popovers):
        if which == _OLD:
            plan, none = retention.older_than(days), f"No run ended {days} days ago or earlier."
        else:
            plan = retention.all_but_best(count, by)
            none = f"No images have more than {count} run{'s' * (count > 1)} that can be compared: all are of the best."
        if plan.runs and what == _ALL_BUT_WEIGHTS:
            plan, none = plan.finished(), "None of the runs asked for has checkpoints that it could do without."
        if not plan.runs:
            _say_nothing(plan, none)
        elif what == _RUNS:
            _ask_delete(plan)
        else:
            _ask_thin(plan)


def sentences(plan: Plan) -> str:
    """What stays though it was asked for, and what becomes of those that stay, as Markdown; may be empty."""
    said = [
        (plan.active, "is active and stays.", "are active and stay."),
        (plan.unfinished, "could be resumed and stays as it is.", "could be resumed and stay as they are."),
        (
            plan.unjudged,
            "was never measured on a whole validation split, so nothing tells how good it is: it stays.",
            "were never measured on a whole validation split, so nothing tells how good they are: they stay.",
        ),
        (
            plan.priors,
            "is of a prior, which has neither: it stays.",
            "are of priors, which have neither: they stay.",
        ),
        (
            plan.branches,
            "that stays branched off one of these: it keeps its weights, not the curves from before.",
            "that stay branched off one of these: they keep their weights, not the curves from before.",
        ),
    ]
    return "  \n".join(f"{_count(number)} {one if number == 1 else more}" for number, one, more in said if number)


def _count(number: int) -> str:
    return f"{number:,} run{'s' * (number != 1)}"


@st.dialog("Nothing would go", width="medium")
@frame.explained_errors()
def _say_nothing(plan: Plan, why: str) -> None:
    st.write("  \n".join(filter(None, [why, sentences(plan)])))
    if st.button("Close", key="room-not"):
        st.rerun()


@st.dialog("Delete these runs?", width="medium")
@frame.explained_errors()
def _ask_delete(plan: Plan) -> None:
    _say(plan, plan.frees(), "This can't be undone.")
    _buttons(plan, f"Delete {_count(len(plan.runs))}", _delete)


@st.dialog("Keep only the newest weights of these runs?", width="medium")
@frame.explained_errors()
def _ask_thin(plan: Plan) -> None:
    words = "Newest weights, curves and pictures stay. Earlier checkpoints go: no run can branch off there any more."
    _say(plan, plan.frees_beside_weights(), f"{words} This can't be undone.")
    _buttons(plan, f"Thin {_count(len(plan.runs))}", _thin)


def _say(plan: Plan, frees: int, words: str) -> None:
    st.write(f"**{_count(len(plan.runs))}, {training.megabytes(frees)}.** {words}")
    titles = runs.list_titles()
    lines = "".join(f"<li>{html.escape(titles.get(run.id, run.id))}</li>" for run in plan.runs)
    with st.container(height=min(260, 40 + 26 * len(plan.runs)), key="room-list"):
        st.html(f'<ol class="room-list">{lines}</ol>')
    if more := sentences(plan):
        st.caption(more)


def _buttons(plan: Plan, label: str, do: Callable[[tuple[Run, ...]], None]) -> None:
    with st.container(horizontal=True):
        st.button(label, type="primary", key="room-really", on_click=do, args=(plan.runs,))
        if st.button("Keep them", key="room-not"):
            st.rerun()


def _delete(gone: tuple[Run, ...]) -> None:
    freed = retention.Plan(gone).frees()
    kept = deeds.delete_all(gone)
    if address.asked("run") in {run.id for run in gone} - {run.id for run in kept}:
        address.write(run=None)
    _tell(gone, kept, "deleted", freed)


def _thin(thinned: tuple[Run, ...]) -> None:
    freed = retention.Plan(thinned).frees_beside_weights()
    _tell(thinned, deeds.keep_newest_weights(thinned), "thinned", freed)


def _tell(asked: tuple[Run, ...], kept: dict[Run, str], done: str, freed: int) -> None:
    memory.forget("disk")
    why = "".join(f"  \n{frame.plain(reason)}" for reason in list(kept.values())[:3])
    room = "" if kept else f": {training.megabytes(freed)} more are free"
    st.session_state[_TOLD] = f"{_count(len(asked) - len(kept))} {done}{room}.{why}"

"""All runs: which there are, their curves over each other, and what can be done with one of them."""

from __future__ import annotations

import html
import itertools
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from explorer import fitted, metrics_files, palette, places, runs
from explorer.runs import Run, State
from explorer.runs.rows import Full, FullLoss, Subset, SubsetLoss
from explorer.ui.components import curves, downloads, live
from explorer.ui.feeds import memory, training
from explorer.ui.shell import address, deeds, frame
from explorer.ui.train import room, starting

AT_ONCE, MORE = 8, 24  # runs that the list shows at first, and with each click on "more"
SHOWN = "runs-shown"  # in the session: how many it shows by now
_RUN = "run"  # the address's parameter that holds the id of the run in view


def current() -> Run | None:
    """The run in the address, or the one that trains, or the newest; None where there is none."""
    asked = address.asked(_RUN)
    if found := runs.find(asked):
        return found
    known = runs.list_runs()
    instead = next(iter([*runs.active()[:1], *known]), None)
    if asked:
        shown = f"{instead.title}; all that are here stand in the list below" if instead else "ways to start one"
        address.refuse(_RUN, "run", shown)
    return instead


def look_at(run: Run) -> None:
    """Put a run into the URL."""
    st.query_params.pop(starting.RACE, None)
    st.query_params[_RUN] = run.id


# -- what others do --------------------------------------------------------------------------------------------------

Drawn = tuple[tuple[str, State], ...]  # what a page shows: runs and their states, as `runs.states` says


def notice(shown: Sequence[Run], drawn: Drawn) -> None:
    """Draw the page anew when runs have come or gone, or changed their state: others start some, too.

    A person stays with the run, or the race, that is shown.
    """

    def stay() -> None:
        if shown and all(run.path.is_dir() for run in shown):
            st.query_params[_RUN if len(shown) == 1 else starting.RACE] = ",".join(run.id for run in shown)

    live.rerun_when_changed(training.TOPIC, "states", training.states(drawn), stay, scope="page")


# -- one run ---------------------------------------------------------------------------------------------------------

# How exactly, where it is not to the bit on any machine alike.
_REPEATS = {
    "cuda": "; to the bit on the same card, driver and versions",
    "mps": "; nearly, as Apple's GPUs don't add up in the same order each time",
}


def show_actions(run: Run) -> None:
    """What the run takes, how to repeat it; rename, download and delete it."""
    key = f"title-{run.id}"
    st.text_input("Title", run.title, key=key, max_chars=80, on_change=_rename, args=(run, key))
    kept = run.checkpoint_steps()
    place = f"; trained on {'the CPU' if run.device == 'cpu' else run.device}" if run.device else ""
    st.caption(f"{training.megabytes(run.size_bytes())} on disk, {len(kept)} checkpoint{'s' * (len(kept) != 1)}{place}")
    for note in places.lacks(run.path.parent):
        st.caption(note)
    if run.command:
        st.code(run.command, language="bash", wrap_lines=True)
        st.caption(f"Repeats the run, without what was changed in flight{_REPEATS.get(run.device, '')}.")
    save = partial(downloads.button, stretch=True)
    if kept:
        save("Weights (safetensors)", f"{run.id}.safetensors", lambda: deeds.weights(run), "weights")
    if (run.path / "config.json").is_file():
        save("Settings (JSON)", f"{run.id}.json", lambda: deeds.settings(run), "settings")
    save("Metrics (CSV)", f"{run.id}.csv", lambda: metrics_files.to_csv(run.metrics()), "metrics")
    save("Metrics (Parquet)", f"{run.id}.parquet", lambda: metrics_files.to_parquet(run.metrics()), "metrics-parquet")
    active = run.status().active
    help_ = "Stop it first, then delete it." if active else None
    if st.button("Delete", key="delete", width="stretch", disabled=active, help=help_, on_click=frame.close_popovers):
        _ask_delete(run)


def _rename(run: Run, key: str) -> None:
    deeds.rename(run, st.session_state[key])
    memory.forget("titles")


@st.dialog("Delete this run?")
@frame.explained_errors()
def _ask_delete(run: Run) -> None:
    if not run.path.is_dir():
        st.rerun()
    st.write(
        f"**{frame.plain(run.title)}**, its weights, curves and pictures: {training.megabytes(run.size_bytes())}. "
        "This can't be undone."
    )
    if priors := len(fitted.runs_of(run.id)):
        runs_of = "1 run of a prior" if priors == 1 else f"{priors:,} runs of priors"
        st.caption(f"{runs_of} over its latents stay, with its weights in them; but no page shows samples without it.")
    with st.container(horizontal=True):
        st.button("Delete it", type="primary", key="delete-really", on_click=_delete, args=(run,))
        if st.button("Keep it", key="delete-not"):
            st.rerun()


def _delete(run: Run) -> None:
    deeds.delete(run)
    if st.query_params.get(_RUN) == run.id:
        del st.query_params[_RUN]


# -- all of them -----------------------------------------------------------------------------------------------------


@frame.fragment
def show() -> None:
    """The list, newest first; those ticked are drawn over each other, and stay in sight."""
    count, titles = len(runs.list_runs()), runs.list_titles()
    live.rerun_when_changed(training.TOPIC, "titles", training.titled(titles), key="list")
    room.show(count)
    frame.say_left_out(runs.misnamed(), "run")
    asked, known = "", runs.each(training.describe)
    if count > AT_ONCE:
        asked = st.text_input(
            "Find runs", key="find-runs", placeholder="Find: title, images, state", label_visibility="collapsed"
        )
        known = (each for each in known if _is_ticked(each[0]) or _fits(asked, titles, *each))
    most = st.session_state.setdefault(SHOWN, AT_ONCE)
    shown = list(itertools.islice(known, most + 1))
    if asked and not shown:
        st.caption("No run is like that.")
    ticked = [run for run, told in shown[:most] if _row(run, titles, told)]
    if len(shown) > most:
        st.button(f"Show {MORE} more", key="more-runs", type="tertiary", on_click=_show_more)
    if ticked:
        _overlay(ticked[: len(palette.RUNS)])
        if len(ticked) > len(palette.RUNS):
            st.caption(f"The first {len(palette.RUNS)} are drawn.")


def _show_more() -> None:
    st.session_state[SHOWN] += MORE


def _is_ticked(run: Run) -> bool:
    return bool(st.session_state.get(f"tick-{run.id}"))


def _fits(asked: str, titles: Mapping[str, str], run: Run, told: Sequence[str]) -> bool:
    """Whether each word that is asked for begins a word of the line of a run, or all of it its id."""
    line = " ".join(["", titles.get(run.id, ""), *told]).casefold()
    return all(f" {word}" in line for word in asked.casefold().split()) or run.id.startswith(asked.strip())


def _row(run: Run, titles: Mapping[str, str], told: Sequence[str]) -> bool:
    name, facts, button = st.columns([4, 7, 1], vertical_alignment="top")
    with name:
        ticked = st.checkbox(frame.plain(titles.get(run.id, run.id)), key=f"tick-{run.id}")
    with facts:
        live.show(training.TOPIC, run.id, training.facts(told), moving=run.status().active)
        if branch := run.branch:
            stem = titles.get(branch.run_id, branch.title)
            st.html(f'<p class="run-branch">from {html.escape(stem)}, step {branch.step:,}</p>')
    with button:
        st.button("Open", key=f"open-{run.id}", on_click=look_at, args=(run,), type="tertiary")
    return ticked


def _overlay(chosen: list[Run]) -> None:
    of, lines, going_on = {}, [], []
    for run, colour in zip(chosen, palette.RUNS, strict=False):
        metrics = run.metrics()
        measured = metrics.validation_loss if run.base else metrics.validation
        of[run.id] = curves.table(measured)
        lines.append((run, colour))
        if run.status().active:
            whole, some = (FullLoss, SubsetLoss) if run.base else (Full, Subset)
            kind = whole if measured and isinstance(measured[0], whole) else some
            going_on.append(curves.Source.of(run, metrics, {kind.kind: run.id}))
    panels = [
        curves.Panel(
            key,
            title,
            f"validation, {unit}",
            colour,
            of_kind,
            log=log,
            fromZero=not log and key != "loss",
        )
        for key, title, unit, colour, log in (
            ("total", "Total", "log scale", palette.TOTAL, True),
            ("recon", "Reconstruction", "mean squared error, log scale", palette.RECONSTRUCTION, True),
            ("kl", "KL", "nats a dimension", palette.KL, False),
            ("loss", "Loss of priors", "each in its own unit", palette.TOTAL, False),
        )
        if (
            of_kind := [
                curves.Line(run.id, key, run.title, run_colour)
                for run, run_colour in lines
                if (run.base is not None) == (key == "loss")
            ]
        )
    ]
    curves.show("overlay", ",".join(run.id for run in chosen), panels, of, sources=going_on)

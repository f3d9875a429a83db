"""How a run is started from Train, and how its address asks for one: a new one, one at a beta, a branch."""

from __future__ import annotations

import streamlit as st

from explorer import runs
from explorer.runs import Run
from explorer.ui.shell import frame, permissions

# The URL's parameters: `new`, the ways to start beside a run that is there already; `beta`, by which the Beta page asks
# for a run at a beta; `prior_of`, by which one of a prior over a model's latents is asked for, and `prior`, which;
# `branch`, by which one is branched off a checkpoint, RUN_ID@STEP.
NEW, BETA, BRANCH = "new", "beta", "branch"
PRIOR_OF, PRIOR = "prior_of", "prior"
RACE = "race"  # the ids of the runs of a race that is shown, with commas between


def asks_for_new() -> bool:
    """Whether the URL asks for the ways to start a run, on the page of somebody who may."""
    return NEW in st.query_params and permissions.may_start()


def ask_for_new() -> None:
    """Open the ways to start a run."""
    st.query_params[NEW] = "run"


def asks_for_something() -> bool:
    """Whether the URL asks for a form, which can be closed again."""
    return any(asked in st.query_params for asked in (NEW, BETA, BRANCH, PRIOR_OF))


def ask_no_more() -> None:
    """Close what the URL asks for."""
    for asked in (NEW, BETA, BRANCH, PRIOR_OF, PRIOR):
        st.query_params.pop(asked, None)


def waits_in_line() -> bool:
    """Whether a run that is started now waits for another."""
    return bool(runs.active())


def look_at(run: Run) -> None:
    """Show a run that was just started."""
    ask_no_more()
    st.query_params.pop(RACE, None)
    st.query_params["run"] = run.id
    frame.close_popovers()
    st.rerun()

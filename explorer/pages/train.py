"""Train a model, watch it learn, and keep what it made."""

import streamlit as st

from explorer import runs
from explorer.ui import layout, run_list, run_view, train_form

run = run_list.current()
asks_for_beta = train_form.asked_beta() is not None

with st.container(horizontal=True, vertical_alignment="center"):
    layout.title("Train", "Watch a network learn to draw, step by step.")
    if run:
        with st.popover("This run", key=f"manage-{run.id}"):
            run_list.show_actions(run)
    if run and not asks_for_beta:
        with st.popover("New run", type="primary", key=f"new-{st.session_state.get('started', 0)}"):
            train_form.show()

if (asked := st.query_params.get("run")) and runs.find(asked) is None:
    st.warning("The run that this link names is not here any more.", icon=":material/info:")
if run is None:
    train_form.show_cards()
if run is None or asks_for_beta:
    with st.container(border=True):
        train_form.show()
if run:
    run_view.show(run)
    run_list.show()

"""In place of a row: a prior that is trained step by step, and wasn't for this model."""

from __future__ import annotations

import html

import streamlit as st

from explorer.priors import PriorRecord
from explorer.ui.samples.chosen import Chosen


def offer(chosen: Chosen, record: PriorRecord) -> None:
    """What it is, and the way to train one."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"missing-{record.key}"):
        dot = f'<i style="background: {record.colour}"></i>'
        words = f"<b>{dot}{html.escape(record.title)}</b><span>{html.escape(record.help)}</span>"
        st.html(f'<div class="missing-prior">{words}</div>', width=192)
        label = "Nobody has trained one for this model. Train one"
        query = {"prior": record.key, "prior_of": chosen.model.id}
        st.page_link("explorer/pages/train.py", label=label, icon=":material/monitoring:", query_params=query)

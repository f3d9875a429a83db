"""Claims: what the notebook says of VAEs, put to the test, with verdicts computed from what was measured."""

from __future__ import annotations

import html

import streamlit as st

from explorer.analysis import claims
from explorer.analysis.claims import Claim, Evidence, Finding
from explorer.ui import claims as shown
from explorer.ui import layout, saved
from explorer.ui.order import PictureFirst

_ALL = "all"


@st.fragment
def page() -> None:
    with layout.explained_errors(), PictureFirst() as order:
        picture = st.container()
        evidence = shown.evidence(claims.MEASURED)
        found = {claim: claim.find(evidence) for claim in claims.CLAIMS.values()}
        titles = {_ALL: "All"} | {claim.key: claim.title for claim in found}
        chosen = st.segmented_control(
            "Cards", list(titles), default=_ALL, required=True, format_func=titles.__getitem__, key="claim",
            bind="query-params", label_visibility="collapsed",
        )  # fmt: skip
        cards = {claim: finding for claim, finding in found.items() if chosen in (_ALL, claim.key)}
        with picture:
            st.html(shown.overview(found, [claim.key for claim in cards]))
            st.caption(
                "Effects, on a logarithmic scale: a dot a seed, and a band of twice their standard deviation to either "
                f"side of the mean. {claims.RULE}"
            )
        with order.later():
            for claim, finding in cards.items():
                card(claim, finding, evidence)


def card(claim: Claim, finding: Finding, evidence: Evidence) -> None:
    """The claim, its verdict, the figure, the experiment, and what repeats it."""
    with st.container(border=True, key=f"claim-card-{claim.key}"):
        words = finding.words or "Nothing was measured for it here yet. The command below does, on CIFAR-10."
        st.html(
            f'<header class="claim" id="claim-{claim.key}"><h2>{html.escape(claim.question)}</h2>{shown.badge(finding)}'
            f"<p>{html.escape(words)}</p></header>"
        )
        figure, table = shown.FIGURES[claim.key](evidence)
        if any(len(trace.x) for trace in figure.data):
            saved.show_figure(f"claim-{claim.key}", figure, table, key=f"claim-{claim.key}")
        short = (
            f" <b>{finding.measured} of {claim.trials} trials so far.</b>" if finding.measured < claim.trials else ""
        )
        effects = f" {html.escape(shown.effect_words(finding))}." if finding.effects else ""
        st.html(
            '<dl class="claim-facts">'
            f"<div><dt>The notebook says</dt><dd>“{html.escape(claim.quote)}”</dd></div>"
            f"<div><dt>The experiment</dt><dd>{html.escape(claim.experiment)}{short}</dd></div>"
            f"<div><dt>The effect</dt><dd>{html.escape(claim.effect)}.{effects}</dd></div></dl>"
        )
        st.code(claim.command, language="bash")


layout.title("Claims", "What the notebook says of VAEs, put to the test.")
page()

"""Claims: what the notebook says of VAEs, put to the test, with verdicts computed from what was measured."""

from __future__ import annotations

import html

import streamlit as st

from explorer.analysis import claims
from explorer.analysis.claims import Claim, Evidence, Finding
from explorer.ui import claims as shown
from explorer.ui import layout
from explorer.ui.components import saved
from explorer.ui.order import PictureFirst

_ALL = "all"


@st.fragment
def page() -> None:
    with layout.explained_errors(), PictureFirst() as order:
        picture = st.container()
        evidence = shown.evidence(claims.MEASURED)
        found = {claim: claim.find(evidence) for claim in claims.CLAIMS.values()}
        chosen = st.segmented_control(
            "Cards", [_ALL, *claims.CLAIMS], default=_ALL, required=True, key="claim", bind="query-params",
            label_visibility="collapsed",
        )  # fmt: skip
        cards = {claim: finding for claim, finding in found.items() if chosen in (_ALL, claim.key)}
        with picture:
            st.html(shown.overview(found, [claim.key for claim in cards]))
            st.caption(
                "Effects, on a logarithmic scale: a dot a seed, and a band of twice their standard deviation to either "
                f"side of the mean. {claims.RULE} The notebook, from which this app grew, trains a convolutional VAE "
                "on CIFAR-10 and ends with what its author learnt."
            )
        with order.later():
            for claim, finding in cards.items():
                card(claim, finding, evidence)


def card(claim: Claim, finding: Finding, evidence: Evidence) -> None:
    """The claim, its verdict, the figure, the experiment, and what repeats it."""
    with st.container(border=True, key=f"claim-card-{claim.key}"):
        so_far = f"{finding.measured} of {claim.trials} trials"
        words = finding.words or f"Not measured yet: {so_far}. The command below makes the others, on CIFAR-10."
        st.html(
            f'<header class="claim" id="claim-{claim.key}"><h2>{html.escape(claim.question)}</h2>{shown.badge(finding)}'
            f"<p>{html.escape(words)}</p></header>"
        )
        figure, table = shown.FIGURES[claim.key](evidence)
        if any(table.values()):
            saved.show_figure(f"claim-{claim.key}", figure, table, key=f"claim-{claim.key}")
        facts = {
            "The notebook says": f"“{claim.quote}”",
            "The experiment": claim.experiment,
            "The effect": f"{claim.effect}. {shown.effect_words(finding)}",
            "Measured": so_far,
        }
        told = "".join(f"<div><small>{name}</small><p>{html.escape(text)}</p></div>" for name, text in facts.items())
        st.html(f'<div class="claim-facts">{told}</div>')
        st.code(claim.command, language=None)


layout.title("Claims", "What the notebook says of VAEs, put to the test.")
page()

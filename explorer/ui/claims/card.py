"""Claims as the page shows them: all at a glance, and a card each."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence

import streamlit as st

from explorer.claims.drawing import to_plotly
from explorer.claims.evidence import Evidence
from explorer.claims.verdict import MARGIN, Claim, Finding
from explorer.ui.charts import figures

_TICKS = (-1.0, -0.1, 0.0, 0.1, 1.0)
_END = 3.0  # the effect at either end of the axis, a share: 300 %


def overview(found: Mapping[Claim, Finding], linked: Sequence[str]) -> str:
    """HTML: a row a claim with its verdict, each seed's effect as a dot, and the band that decides.

    Parameters
    ----------
    found : mapping of Claim to Finding
    linked : sequence of str
        Keys of claims whose cards are on the page: their rows lead there.
    """
    ticks = "".join(f'<span style="left:{_place(t):.1f}%">{_percent(t)}</span>' for t in _TICKS)
    rows = [
        '<div class="claim-axis"><span class="against">against the claim</span>'
        f'<span class="ticks">{ticks}</span><span class="for">for it</span></div>'
    ]
    for claim, finding in found.items():
        question = html.escape(claim.question)
        if claim.key in linked:
            question = f'<a href="#claim-{claim.key}">{question}</a>'
        rows.append(
            f'<div class="claim-row">{badge(finding)}<b>{question}</b>{_strip(finding)}'
            f"<span>{finding.effect}</span></div>"
        )
    return f'<div class="claims-overview" role="list">{"".join(rows)}</div>'


def badge(finding: Finding) -> str:
    """HTML: the verdict as a label."""
    return f'<span class="verdict" data-verdict="{finding.verdict}">{finding.verdict}</span>'


def card(claim: Claim, finding: Finding, evidence: Evidence) -> None:
    """The claim, its verdict, the figure, the experiment, and what repeats it."""
    with st.container(border=True, key=f"claim-card-{claim.key}"):
        so_far = f"{finding.measured} of {len(claim.trials)} trials"
        words = finding.words or f"Not measured yet: {so_far}. The command below makes the others, on CIFAR-10."
        st.html(
            f'<header class="claim" id="claim-{claim.key}"><h2>{html.escape(claim.question)}</h2>{badge(finding)}'
            f"<p>{html.escape(words)}</p></header>"
        )
        figure = claim.figure(evidence)
        if not figure.empty:
            figures.show_figure(f"claim-{claim.key}", to_plotly(figure), figure.table, key=f"claim-{claim.key}")
        facts = {
            "The notebook says": f"“{claim.quote}”",
            "The experiment": claim.experiment,
            "The effect": f"{claim.effect}. {finding.effect}",
            "Measured": so_far,
        }
        told = "".join(f"<div><small>{name}</small><p>{html.escape(text)}</p></div>" for name, text in facts.items())
        st.html(f'<div class="claim-facts">{told}</div>')
        st.code(claim.command, language=None)


def _strip(finding: Finding) -> str:
    margin = f'<i class="margin" style="left:{_place(MARGIN):.1f}%"></i>'
    if not finding.effects:
        return f'<span class="strip"><i class="zero"></i>{margin}</span>'
    low, high = map(_place, finding.band)
    dots = "".join(f'<i class="dot" style="left:{_place(effect):.1f}%"></i>' for effect in finding.effects)
    band = f'<i class="band" style="left:{low:.1f}%;width:{high - low:.1f}%"></i>'
    label = html.escape(f"Effects of {len(finding.effects)} seeds: {', '.join(map(_percent, finding.effects))}")
    return (
        f'<span class="strip" data-verdict="{finding.verdict}" role="img" aria-label="{label}" title="{label}">'
        f'<i class="zero"></i>{margin}{band}{dots}</span>'
    )


def _place(effect: float) -> float:
    """Percent of the axis' width, from the left: about straight within the margin, logarithmic beyond."""
    share = math.asinh(effect / MARGIN) / math.asinh(_END / MARGIN)
    return 50 + 50 * min(1.0, max(-1.0, share))


def _percent(share: float) -> str:
    return f"{100 * share:+.3g} %" if share else "0"

"""Claims as the page shows them: all at a glance, and a card each."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import streamlit as st

from explorer import glossary
from explorer.claims import CLAIMS
from explorer.claims.drawing import to_plotly
from explorer.claims.evidence import Evidence
from explorer.claims.verdict import MARGIN, Case, Claim, Finding, Verdict
from explorer.glossary import TERMS
from explorer.ui.charts import figures
from explorer.ui.components import terms
from explorer.ui.shell import frame

_TICKS = (-1.0, -0.1, 0.0, 0.1, 1.0)
_END = 3.0  # the effect at either end of the axis, a share: 300 %


@lru_cache(maxsize=4)
def judged(evidence: Evidence) -> dict[Claim, Finding]:
    """What became of each claim."""
    return {claim: claim.find(evidence) for claim in CLAIMS.values()}


def overview(found: Mapping[Claim, Finding], linked: Sequence[str]) -> str:
    """HTML: a row a claim, and a case where there are several: verdict, each seed's effect as a dot, the band.

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
        whole = finding.cases[0] if len(finding.cases) == 1 else Case(())
        rows.append(_row(badge(finding.verdict), f"<b>{question}</b>", whole))
        if len(finding.cases) > 1:
            rows += [_row(badge(case.verdict), html.escape(case.where), case, "case") for case in finding.cases]
    return f'<div class="claims-overview" data-thing="overview"><div role="list">{"".join(rows)}</div></div>'


def badge(verdict: Verdict, words: str = "") -> str:
    """HTML: the verdict as a label, in these words or its own."""
    return f'<span class="verdict" data-verdict="{verdict}">{html.escape(words or verdict)}</span>'


def card(claim: Claim, finding: Finding, evidence: Evidence, known: Collection[str] = ()) -> set[str]:
    """The claim, its verdict in a sentence and a figure; on demand the rest: the experiment, and what repeats it.

    Returns what is explained by now: words of the glossary that are `known`, and those that stand here.
    """
    page = _Words(claim, finding.sentence, known)
    with st.container(border=True, key=f"claim-card-{claim.key}"):
        so_far = claim.so_far(finding)
        sentence = finding.sentence or f"Not measured yet: {so_far}. The command below runs them, on CIFAR-10."
        st.html(
            f'<header class="claim" id="claim-{claim.key}"><h2>{page.explained(claim.question)}</h2>'
            f"{badge(finding.verdict, finding.answer)}<p>{page.explained(sentence)}</p></header>"
        )
        figure = claim_figure(claim, evidence)
        if figure:
            figures.show_figure(f"claim-{claim.key}", figure, key=f"claim-{claim.key}")
        facts = {
            "The notebook says": f"“{claim.quote}”",
            "The experiment": claim.experiment,
            "The effect": f"{claim.effect}: {finding.effect}." if finding.effect else f"{claim.effect}.",
            "Measured too": finding.more,
            "Trials": so_far,
        }
        told = "".join(
            f"<dt>{name}</dt><dd>{page.explained(text, folded=True)}</dd>" for name, text in facts.items() if text
        )
        _rest(claim.key, f'<dl class="claim-facts">{told}</dl>', claim.command)
    return page.known


@frame.fragment
def _rest(key: str, told: str, command: str) -> None:
    """What is folded away: the browser takes half a second to load what draws a command, so it comes when it opens."""
    rest = st.expander(f"How it was measured ({key})", key=f"claim-rest-{key}", on_change="rerun")
    with rest:
        st.html(told)
        if rest.open:
            st.code(command, language=None)


class _Words:
    """Words of the glossary on the card of a claim, each explained once: with the rate that its sentence names."""

    def __init__(self, claim: Claim, sentence: str, known: Collection[str]) -> None:
        self.known = set(known)
        rate = re.search(r"([\d,]+) nats an image", sentence)
        numbers = glossary.in_nats(float(rate[1].replace(",", ""))) if rate else {}
        size = f"{next(iter(claim.trials.values())).latent_dim} numbers"
        self._says = {
            "latent": TERMS["latent"].says(size=size),
            "kl": TERMS["kl"].template("Beta is what a nat of it costs."),
            **{key: TERMS[key].says(**numbers) if rate else TERMS[key].meaning for key in ("nat", "rate")},
        }

    def explained(self, text: str, folded: bool = False) -> str:
        """HTML; a text that is folded away explains its words, but to nobody who reads on."""
        explained = {key: says for key, says in self._says.items() if key not in self.known}
        if not folded:
            self.known |= {key for key in explained if TERMS[key].pattern.search(text)}
        return terms.marked(text, explained)


@lru_cache(maxsize=64)
def claim_figure(claim: Claim, evidence: Evidence) -> figures.Finished | None:
    """What a claim's figure shows, drawn once; None of nothing."""
    figure = claim.figure(evidence)
    return None if figure.empty else figures.finish(to_plotly(figure), figure.table, (claim.question,))


def _row(label: str, name: str, case: Case, kind: str = "") -> str:
    return (
        f'<div class="claim-row {kind}" role="listitem">{label}<span class="name">{name}</span>{_strip(case)}'
        f'<span class="effect">{case.effect}</span></div>'
    )


def _strip(case: Case) -> str:
    margin = f'<i class="margin" style="left:{_place(MARGIN):.1f}%"></i>'
    if not case.effects:
        return '<span class="strip empty"></span>'
    low, high = map(_place, case.band)
    dots = "".join(f'<i class="dot" style="left:{_place(effect):.1f}%"></i>' for effect in case.effects)
    band = f'<i class="band" style="left:{low:.1f}%;width:{high - low:.1f}%"></i>'
    label = html.escape(f"Effects of {len(case.effects)} seeds: {', '.join(map(_percent, case.effects))}")
    return (
        f'<span class="strip" data-verdict="{case.verdict}" role="img" aria-label="{label}" title="{label}">'
        f'<i class="zero"></i>{margin}{band}{dots}</span>'
    )


def _place(effect: float) -> float:
    """Percent of the axis' width, from the left: about straight within the margin, logarithmic beyond."""
    share = math.asinh(effect / MARGIN) / math.asinh(_END / MARGIN)
    return 50 + 50 * min(1.0, max(-1.0, share))


def _percent(share: float) -> str:
    return f"{100 * share:+.3g} %" if share else "0"

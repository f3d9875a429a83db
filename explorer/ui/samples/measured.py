"""The view Measured: how far samples of each prior are from real pictures, in what a classifier of ours sees."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from explorer import models, palette, sample_scores
from explorer.analysis import samples_words
from explorer.glossary import TERMS
from explorer.sample_scores import FEW, RECONSTRUCTIONS, N, Row
from explorer.ui.charts import figures
from explorer.ui.charts.tables import of_model
from explorer.ui.components import terms
from explorer.ui.samples import rows
from explorer.ui.samples.chosen import Chosen
from explorer.ui.samples.rows import Known
from explorer.ui.shell import address, cache, deeds, permissions

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_COUNTS = {N: f"{N:,}", FEW: f"{FEW:,}"}
_SECONDS = 7  # that `FEW` take on one core
_SEED = 0


class _Line(NamedTuple):
    """Of the table: what was sampled, its colour, what was measured, and how much of the way it goes."""

    title: str
    colour: str
    row: Row
    closed: float | None


def show(chosen: Chosen) -> None:
    """A chart and a table of all that is known of a model's samples, and a button for what isn't."""
    if wrong := sample_scores.why_not(chosen.images.source):
        _say_not_of_these(chosen, wrong)
        return
    place, fitted_on = st.container(), f"{len(cache.fitted_on(chosen.images)):,}"
    known = [each for each in rows.known(chosen.model) if not each.missing]
    measured = _known(chosen, known)
    known_at = {n: sum(row.n == n for row in measured) for n in _COUNTS}
    default = N if known_at[N] and known_at[N] >= known_at[FEW] else FEW  # where more is known, or can be
    n = st.segmented_control(
        "Samples, beside as many test images", list(_COUNTS), default=default, required=True,
        format_func=_COUNTS.__getitem__, **address.choice("measured", "number of samples", _COUNTS, default),
    )  # fmt: skip
    found = {row.prior: row for row in measured if row.n == n}
    lines = _lines(known, found, sample_scores.floor(n))
    with place:
        if found:
            of = (of_model(chosen.model), f"{n:,} samples to {n:,} test images of CIFAR-10")
            drawn = figures.drawn(_figure, lines, of=of)
            figures.show_figure("sample-distances", drawn, key="sample-distances")
            st.html(_table(lines))
        lacking = [each for each in known if each.key not in found]
        if lacking or RECONSTRUCTIONS not in found:
            _offer(chosen, lacking, n)
    words = samples_words.MEASURED.format(n=f"{n:,}", fitted_on=fitted_on)
    terms.caption(words, {"aggregate": TERMS["aggregate"].says(count=fitted_on)})


def _say_not_of_these(chosen: Chosen, wrong: str) -> None:
    """That distances are none of these images, and where those of CIFAR-10 are."""
    names = ", ".join(rows.title(each) for each in rows.known(chosen.model) if not each.missing)
    of = chosen.model.id if chosen.model.source == sample_scores.SOURCE and chosen.model.shipped else models.DEFAULT
    st.info(
        f"Not measured on {chosen.images.name}: {names}. {wrong} Choose CIFAR-10 as images to see what is known of it; "
        f"`python -m explorer measure {of}` measures what isn't.",
        icon=":material/straighten:",
    )


def _known(chosen: Chosen, known: Sequence[Known]) -> list[Row]:
    """Of cards; then what somebody had measured here."""
    names = [RECONSTRUCTIONS, *(each.key for each in known)]
    asked = (cache.kept_score(chosen.model, name, chosen.images) for name in names)
    return [*sample_scores.known(chosen.model), *(row for row in asked if row)]


def _lines(known: Sequence[Known], found: dict[str, Row], floor: Row | None) -> list[_Line]:
    best, worst = found.get(RECONSTRUCTIONS), found.get("normal") or found.get("uniform")
    lines = []
    if floor:
        lines.append(_Line("Validation images", palette.TOTAL, floor, None))
    if best:
        lines.append(_Line("Reconstructions", palette.RECONSTRUCTION, best, None))
    for each in known:
        if row := found.get(each.key):
            lines.append(_Line(rows.title(each), each.record.colour, row, samples_words.way_closed(row, worst, best)))
    return lines


def _figure(lines: Sequence[_Line]) -> tuple[Figure, dict[str, list[Any]]]:
    """Fréchet distances as bars, the nearest on top."""
    import plotly.graph_objects as go

    ordered = sorted(lines, key=lambda line: -line.row.frechet)
    figure = go.Figure(
        go.Bar(
            x=[line.row.frechet for line in ordered], y=[f"{line.title}: {line.row.frechet:.3g}" for line in ordered],
            orientation="h", marker_color=[line.colour for line in ordered], hovertemplate="%{y}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(
        height=110 + 34 * len(ordered), showlegend=False, title="Fréchet distance, our features"
    )  # fmt: skip
    figure.update_yaxes(automargin=True).update_xaxes(title="nearer is better")
    table: dict[str, list[Any]] = {
        "samples of": [line.title for line in lines],
        "Fréchet distance, our features": [line.row.frechet for line in lines],
        "share of the way from the model's own prior to reconstructions": [line.closed for line in lines],
        "kernel distance, our features": [line.row.kernel for line in lines],
        "its standard deviation over subsets": [line.row.kernel_spread for line in lines],
        "precision": [line.row.precision for line in lines],
        "recall": [line.row.recall for line in lines],
        "n": [line.row.n for line in lines],
        "seed": [line.row.seed for line in lines],
    }
    return figure, table


def _table(lines: Sequence[_Line]) -> str:
    heads = (
        ("Fréchet distance", "our features"), ("Way closed", "from its own prior"),
        ("Kernel distance", "± sd over subsets"), ("Precision", "look real"), ("Recall", "real ones covered"),
        ("Samples", "and their seed"),
    )  # fmt: skip
    head = "".join(f'<th scope="col">{title}<small>{small}</small></th>' for title, small in heads)
    body = []
    for line in lines:
        row, closed = line.row, "" if line.closed is None else f"{100 * line.closed:.0f} %"
        cells = (
            f"{row.frechet:.3g}", closed, f"{row.kernel:.4f} ± {row.kernel_spread:.4f}", f"{row.precision:.2f}",
            f"{row.recall:.2f}", f"{row.n:,} <small>seed {row.seed}</small>",
        )  # fmt: skip
        values = "".join(f"<td><b>{cell}</b></td>" for cell in cells)
        body.append(f'<tr class="first"><th scope="row">{html.escape(line.title)}</th>{values}</tr>')
    return (
        '<div class="numbers families wide" tabindex="0" role="region" aria-label="Distances of samples"><table><thead>'
        f'<tr><th scope="col">Samples of</th>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'
    )


def _offer(chosen: Chosen, lacking: Sequence[Known], n: int) -> None:
    """What isn't measured, and the way to have it."""
    names = ", ".join(rows.title(each) for each in lacking) or "Reconstructions"
    if n != FEW or not permissions.may("measure"):
        of = chosen.model
        puts = "python -m explorer measure" if of.shipped else "python -m tests.benchmarks.samples --models"
        command = f"{puts} {of.id}"
        st.info(f"Not measured: {names}. {FEW:,} samples can be measured here; {n:,} by `{command}`.")
        return
    seconds = _SECONDS * (len(lacking) + 1)
    if st.button(f"Measure {names}: about {seconds} s", icon=":material/straighten:"):
        bar = st.progress(0.0)
        for at, name in enumerate([RECONSTRUCTIONS, *(each.key for each in lacking)]):
            share = 1 / (len(lacking) + 1)
            deeds.score(chosen.model, name, chosen.images, partial(_tell, bar, at * share, share))
        st.rerun()


def _tell(bar: Any, start: float, share: float, done: int, of: int) -> None:
    bar.progress(min(1.0, start + share * done / of), f"{done:,} of {of:,} pictures")

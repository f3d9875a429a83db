"""Charts of what papers report; each function returns a figure and its table, as `figures.drawn` takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from explorer.analysis.likelihood.calibration import NOMINAL
from explorer.analysis.likelihood.literature import Mark
from explorer.palette import KL, TOTAL

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Charted = tuple["Figure", dict[str, list[Any]]]
_HEIGHT = 340
_ROW, _AROUND = 26, 130  # pixels of a row of the ladder, and of title, axis and legend
_HERE, _PAPERS, _PLAIN, _EXACT = "here", "papers, on the original CIFAR-10", "pixels as they are", "ln p(x) itself"
_BITS = "bits a dimension"


def ladder(rungs: Sequence[tuple[str, float, str]], marks: Sequence[Mark], colour: str, symbol: str) -> Charted:
    """Bounds of a model, (name, bits, what), and what papers reported, on one axis."""
    figure = _figure("Bits a dimension: fewer are better", _BITS, "", _AROUND + _ROW * (len(rungs) + len(marks)))
    ours = [(f"{name}: {bits:.2f}", bits, what) for name, bits, what in rungs]
    theirs = [(f"{mark.title}: {mark.bits:.2f}", mark.bits, mark.source) for mark in marks]
    for series, rows, look in (
        (_HERE, ours, {"color": colour, "symbol": symbol, "size": 12}),
        (
            _PAPERS if len(theirs) > 1 else _PLAIN,
            theirs,
            {"color": TOTAL, "symbol": "line-ns-open", "size": 14, "line": {"width": 3}},
        ),
    ):
        names, bits, what = zip(*rows, strict=True)
        figure.add_scatter(
            x=bits, y=names, mode="markers", name=series, marker=look, customdata=what,
            hovertemplate="%{y} bits<br>%{customdata}<extra></extra>",
        )  # fmt: skip
    every = [*ours, *theirs]
    numbers = [bits for _, bits, _ in every]
    figure.update_xaxes(range=[min(2.5, min(numbers) - 0.3), max(numbers) + 0.3], dtick=1)
    figure.update_yaxes(categoryorder="array", categoryarray=[name for name, *_ in reversed(every)], automargin=True)
    return figure, {
        "what": [*(name for name, *_ in rungs), *(mark.title for mark in marks)],
        _BITS: [bits for _, bits, _ in every],
        "how": [what for *_, what in every],
    }


def weighted(
    samples: Sequence[int], gain: Sequence[float], error: Sequence[float], exact: float | None, colour: str
) -> Charted:
    """What the bound gains with more samples of z, nats an image, and how far it could rise where that is known."""
    figure = _figure("More samples of z: a tighter bound", "samples of z an image", "nats above the ELBO")
    figure.add_scatter(
        x=samples, y=gain, mode="lines+markers", name="importance-weighted bound", line={"color": colour, "width": 3},
        error_y={"array": list(error), "color": colour, "thickness": 1.5},
        hovertemplate="%{x} samples: %{y:,.2f} nats<extra></extra>",
    )  # fmt: skip
    if exact is not None:
        figure.add_scatter(
            x=[samples[0], samples[-1]], y=[exact, exact], mode="lines", name=_EXACT,
            line={"color": TOTAL, "width": 2, "dash": "dash"}, hovertemplate=f"{_EXACT}: %{{y:,.2f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(type="log", tickvals=[1, 5, 20, 100, 500], tickangle=0)
    figure.update_yaxes(rangemode="tozero")
    table: dict[str, list[Any]] = {
        "samples of z": list(samples),
        "nats above the ELBO": list(gain),
        "standard error, nats": list(error),
    }
    return figure, table | ({} if exact is None else {"ln p(x) above the ELBO, nats": [exact] * len(samples)})


def reliability(coverage: Sequence[tuple[str, Sequence[float]]], colour: str) -> Charted:
    """Shares of pixel values in the middle of their distributions, where so many should be: (name, shares) each."""
    figure = _figure("Is sigma what errors are?", "share expected", "share observed")
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="calibrated", line={"color": TOTAL, "width": 2, "dash": "dash"},
        hoverinfo="skip",
    )  # fmt: skip
    table: dict[str, list[Any]] = {"share expected": list(NOMINAL)}
    looks = (("solid", "circle", colour), ("dash", "square", KL), ("dot", "diamond", colour))
    for (name, shares), (dash, symbol, shown) in zip(coverage, looks, strict=False):
        figure.add_scatter(
            x=NOMINAL, y=shares, mode="lines+markers", name=name, line={"color": shown, "width": 2, "dash": dash},
            marker={"symbol": symbol}, hovertemplate=f"{name}: %{{y:.1%}} where %{{x:.1%}} should be<extra></extra>",
        )  # fmt: skip
        table[f"{name}, share observed"] = list(shares)
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%")
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return figure, table


def _figure(title: str, x: str, y: str, height: int = _HEIGHT) -> Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.update_layout(title=title, height=height, hovermode="closest", showlegend=True)
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y)
    return figure

"""Trials of a sweep beside each other; each function returns a figure and its table, as `figures.drawn` takes them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.palette import LATENT, SCALE, TOTAL
from explorer.sweeps.axes import Value, described, value_words
from explorer.sweeps.plan import Plan
from explorer.sweeps.results import Result

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Charted = tuple["Figure", dict[str, list[Any]]]
_HEIGHT = 380
_MOST_TICKS = 8
_DECADE = 10.0  # largest over smallest of an axis, from which on it is logarithmic


class Dot(NamedTuple):
    """What charts show of a trial: its number, what varies, validation total, nats an image and MSE."""

    number: int
    values: tuple[tuple[str, Value], ...]
    total: float
    nats: float | None
    mse: float | None


def dots(trials: Sequence[Result]) -> tuple[Dot, ...]:
    """Of trials that are done with all of their steps and were measured."""
    return tuple(
        Dot(each.number, tuple(each.values.items()), each.total, each.nats, each.mse)
        for each in trials
        if each.total is not None and each.status.state == "finished"
    )


def parallel(shown: Sequence[Dot], names: Sequence[str], compare: bool) -> Charted:
    """A line a trial, through what varies and what came of it.

    Lines are coloured by the validation total if totals `compare`, or else by the mean squared error.
    """
    import plotly.graph_objects as go

    columns: list[tuple[str, list[Any]]] = [
        (name.replace("_", " "), [dict(dot.values)[name] for dot in shown]) for name in names
    ]
    measured: list[tuple[str, list[Any]]] = [("validation total", [dot.total for dot in shown])]
    if all(dot.mse is not None and dot.nats is not None for dot in shown):
        measured = [("MSE", [dot.mse for dot in shown]), ("nats an image", [dot.nats for dot in shown]), *measured]
    of = measured[-1 if compare else 0]
    scale = [[i / (len(SCALE) - 1), colour] for i, colour in enumerate(SCALE)]
    figure = go.Figure(
        go.Parcoords(
            dimensions=[_dimension(name, values) for name, values in (*columns, *measured)],
            line={"color": of[1], "colorscale": scale, "showscale": len(set(of[1])) > 1,
                  "colorbar": {"title": {"text": of[0]}, "thickness": 12}},
            domain={"x": [0.05, 0.94], "y": [0.07, 0.82]},  # room for the outer axes' words, and for the title above
            labelangle=0,
        )
    )  # fmt: skip
    figure.update_layout(title="What varies, and what came of it", height=_HEIGHT)
    return figure, {"trial": [dot.number for dot in shown]} | dict((*columns, *measured))


def _dimension(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """An axis: words and few numbers at their places in a list, many numbers by what they are."""
    each = sorted(set(values), key=lambda value: (isinstance(value, str), value))
    if isinstance(values[0], str) or len(each) <= _MOST_TICKS:
        places = {value: i for i, value in enumerate(each)}
        return {
            "label": name, "values": [places[value] for value in values], "tickvals": list(places.values()),
            "ticktext": [value_words(value) if not isinstance(value, float) else f"{value:.3g}" for value in each],
            "range": [-0.2, len(each) - 0.8],
        }  # fmt: skip
    if each[0] > 0 and each[-1] / each[0] >= _DECADE:
        low, high = math.floor(math.log10(each[0])), math.ceil(math.log10(each[-1]))
        ticks = list(range(low, high + 1))
        return {
            "label": name, "values": [math.log10(value) for value in values], "tickvals": ticks,
            "ticktext": [f"{10.0**tick:g}" for tick in ticks],
        }  # fmt: skip
    return {"label": name, "values": list(values), "tickformat": ".3~g"}


def plane(shown: Sequence[Dot]) -> Charted:
    """Rate and distortion of each trial, and of those that differ in the seed alone the mean with its spread."""
    import plotly.graph_objects as go

    figure = go.Figure()
    found = [(dot, dot.nats, dot.mse) for dot in shown if dot.nats is not None and dot.mse is not None]
    groups: dict[tuple[tuple[str, Value], ...], list[tuple[float, float]]] = {}
    for dot, nats, mse in found:
        point = tuple((name, value) for name, value in dot.values if name != "seed")
        groups.setdefault(point, []).append((nats, mse))
    figure.add_scatter(
        x=[nats for _, nats, _ in found], y=[mse for *_, mse in found], mode="markers", name="a trial",
        marker={"color": TOTAL, "size": 7, "symbol": "circle-open"},
        customdata=[f"trial {dot.number}: {described(dict(dot.values))}" for dot, *_ in found],
        hovertemplate="%{customdata}<br>%{x:,.1f} nats, MSE %{y:.4g}<extra></extra>",
    )  # fmt: skip
    several = {point: rows for point, rows in groups.items() if len(rows) > 1}
    means = [[statistics.fmean(row[axis] for row in rows) for rows in several.values()] for axis in (0, 1)]
    spread = [[statistics.stdev(row[axis] for row in rows) for rows in several.values()] for axis in (0, 1)]
    if several:
        words = [f"{described(dict(point)) or 'all'}: {len(rows)} seeds" for point, rows in several.items()]
        figure.add_scatter(
            x=means[0], y=means[1], mode="markers", name="mean over seeds, ± a standard deviation", customdata=words,
            marker={"color": LATENT, "size": 10}, error_x={"array": spread[0], "color": LATENT},
            error_y={"array": spread[1], "color": LATENT},
            hovertemplate="%{customdata}<br>mean %{x:,.1f} nats, MSE %{y:.4g}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(title="Rate and distortion", height=_HEIGHT, hovermode="closest", showlegend=True)
    figure.update_xaxes(title="rate, nats an image")
    figure.update_yaxes(title="mean squared error", tickformat=".3~g")
    return figure, {
        "trial": [dot.number for dot, *_ in found],
        "what varies": [described(dict(dot.values)) for dot, *_ in found],
        "nats an image": [nats for _, nats, _ in found],
        "MSE": [mse for *_, mse in found],
    }


def compare(plan: Plan, trials: Sequence[Result]) -> bool:
    """Whether validation totals of all trials mean the same."""
    return len({each.objective for each in trials}) < 2

"""Trials of a sweep beside each other; each function returns a figure and its table, as `figures.drawn` takes them."""

from __future__ import annotations

import math
import statistics
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from streamlit.elements.lib.streamlit_plotly_theme import GRAY_90  # the browser puts the theme's colour there

from explorer.palette import LATENT, SCALE, TOTAL
from explorer.sweeps.axes import Value, described, value_words
from explorer.sweeps.results import Result

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Charted = tuple["Figure", dict[str, list[Any]]]
_HEIGHT = 380
_MOST_TICKS = 8
_LINE = 10  # characters of a line of an axis' name
_CHARACTER, _MOST_ROOM = 0.018, 0.3  # width of one before the first axis, and of all, in shares of a phone's figure
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

    varied = [(name.replace("_", " "), [dict(dot.values)[name] for dot in shown]) for name in names]
    measured: list[tuple[str, list[Any]]] = [("validation total", [dot.total for dot in shown])]
    if all(dot.mse is not None and dot.nats is not None for dot in shown):
        measured = [("MSE", [dot.mse for dot in shown]), ("nats an image", [dot.nats for dot in shown]), *measured]
    of = measured[-1 if compare else 0]
    axes = [*(_varied(*each) for each in varied), *(_measured(*each) for each in measured)]
    axes[-1 if compare else len(varied)]["label"] += "<br>(colour)"
    widest = max(map(len, axes[0]["ticktext"]))
    figure = go.Figure(
        go.Parcoords(
            dimensions=axes,
            line={"color": of[1], "colorscale": [[i / (len(SCALE) - 1), colour] for i, colour in enumerate(SCALE)]},
            domain={"x": [min(_MOST_ROOM, 0.03 + widest * _CHARACTER), 0.94], "y": [0.05, 0.8]},
            labelangle=0,
            labelfont={"size": 10, "color": GRAY_90},
            tickfont={"size": 10, "color": GRAY_90},
        )
    )
    figure.update_layout(title="What varies, and what came of it", height=_HEIGHT)
    return figure, {"trial": [dot.number for dot in shown]} | dict((*varied, *measured))


def _varied(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """An axis of a setting: words and few numbers at their places in a list, many numbers by what they are."""
    each = sorted(set(values), key=lambda value: (isinstance(value, str), value))
    if not isinstance(values[0], str) and len(each) > _MOST_TICKS:
        return _measured(name, values)
    words = [value_words(value) for value in each]
    if len(set(words)) < len(words):
        words = [str(value) for value in each]
    places = {value: i for i, value in enumerate(each)}
    return {
        "label": _broken(name), "values": [places[value] for value in values], "tickvals": list(places.values()),
        "ticktext": words, "range": [-0.2, len(each) - 0.8],
    }  # fmt: skip


def _measured(name: str, values: Sequence[float]) -> dict[str, Any]:
    """An axis of numbers, each at the height of its value: logarithmic from a `_DECADE` on."""
    low, high = min(values), max(values)
    if low > 0 and high / low >= _DECADE:
        heights, ends = [math.log10(value) for value in values], (math.log10(low), math.log10(high))
        decades = range(math.floor(ends[0]), math.ceil(ends[1]) + 1)
        parts = (1, 2, 5) if ends[1] - ends[0] < _MOST_TICKS / 3 else (1,)
        ticks = [f"{part}e{decade}" for decade in decades for part in parts]
        at = {f"{float(tick):g}": math.log10(float(tick)) for tick in ticks}
    else:
        if low == high:
            low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
        heights, ends, width = list(values), (low, high), high - low
        step = next(s for s in _steps(width) if width / s <= _MOST_TICKS)
        decimals = max(0, -math.floor(math.log10(step)))
        at = {f"{i * step:,.{decimals}f}": i * step for i in range(math.floor(low / step), math.ceil(high / step) + 1)}
    margin = 0.04 * (ends[1] - ends[0])
    span = [ends[0] - margin, ends[1] + margin]
    within = {words: height for words, height in at.items() if span[0] <= height <= span[1]}
    return {
        "label": _broken(name), "values": heights, "range": span,
        "tickvals": list(within.values()), "ticktext": list(within),
    }  # fmt: skip


def _steps(width: float) -> Iterator[float]:
    """1, 2 and 5 times powers of ten, ascending from a hundredth of a width or less."""
    decade = math.floor(math.log10(width)) - 2
    return (float(f"{part}e{power}") for power in range(decade, decade + 4) for part in (1, 2, 5))


def _broken(name: str) -> str:
    """On lines of a word or two, so that names stand beside each other on a phone."""
    return "<br>".join(textwrap.wrap(name, _LINE, break_long_words=False))


def plane(shown: Sequence[Dot]) -> Charted:
    """Rate and distortion of each trial, and of those that differ in the seed alone the mean with its spread."""
    import plotly.graph_objects as go

    figure = go.Figure()
    found = [(dot, dot.nats, dot.mse) for dot in shown if dot.nats is not None and dot.mse is not None]
    groups: dict[tuple[tuple[str, Value], ...], list[tuple[float, float]]] = {}
    for dot, nats, mse in found:
        point = tuple((name, value) for name, value in dot.values if name != "seed")
        groups.setdefault(point, []).append((nats, mse))
    several = {point: rows for point, rows in groups.items() if len(rows) > 1}
    means = [[statistics.fmean(row[axis] for row in rows) for rows in several.values()] for axis in (0, 1)]
    spread = [[statistics.stdev(row[axis] for row in rows) for rows in several.values()] for axis in (0, 1)]
    if several:
        counts = [len(rows) for rows in several.values()]
        seeds = f"{min(counts)}" if len(set(counts)) == 1 else f"{min(counts)} to {max(counts)}"
        figure.add_scatter(
            x=means[0], y=means[1], mode="markers", name=f"mean of {seeds} seeds ± a standard deviation",
            marker={"color": LATENT, "size": 15, "symbol": "circle-open", "line": {"width": 1.5}},
            error_x={"array": spread[0], "color": LATENT, "thickness": 1.5, "width": 5},
            error_y={"array": spread[1], "color": LATENT, "thickness": 1.5, "width": 5},
            customdata=[
                (f"{described(dict(point)) or 'all'}: {len(rows)} seeds", *of)
                for (point, rows), *of in zip(several.items(), *spread, strict=True)
            ],
            hovertemplate="%{customdata[0]}<br>mean %{x:,.1f} ± %{customdata[1]:,.1f} nats, "
            "MSE %{y:.4g} ± %{customdata[2]:.2g}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=[nats for _, nats, _ in found], y=[mse for *_, mse in found], mode="markers", name="a trial",
        marker={"color": TOTAL, "size": 6},
        customdata=[f"trial {dot.number}: {described(dict(dot.values))}" for dot, *_ in found],
        hovertemplate="%{customdata}<br>%{x:,.1f} nats, MSE %{y:.4g}<extra></extra>",
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

"""Charts that stand still, with Plotly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer import schedules
from explorer.config import TrainConfig
from explorer.ui.palette import BETA, KL, LATENT, LINEAR, TOTAL

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from explorer.analysis.frontier import Frontier

_PREVIEW_POINTS = 400


@dataclass(frozen=True)
class RatePoint:
    """A model in the plane of rate and distortion.

    Parameters
    ----------
    label : str
        Its beta.
    own : bool
        Whether the person trained it.
    whole : (float, float) or None
        Rate in nats an image, and mean squared error, on the split that it was measured on.
    split : str
        Name of that split.
    nats, mse : float arrays (N,)
        The same of each image shown.
    """

    label: str
    own: bool
    whole: tuple[float, float] | None
    split: str
    nats: np.ndarray
    mse: np.ndarray


def rate_distortion(points: Sequence[RatePoint], linear: Frontier | None = None) -> Figure:
    """Distortion over rate: a dot a model for its whole split, and a thin line an image shown, from beta to beta.

    Behind them, if given, the frontier of the linear VAE; it runs on beyond the axes, which the points span.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    if linear:
        figure.add_scatter(
            x=linear.nats,
            y=linear.mse,
            text=[f"{beta:.2g}" for beta in linear.beta],
            name="linear VAE",
            mode="lines",
            line={"color": LINEAR, "width": 1.5},
            hovertemplate="linear VAE at beta %{text}<br>rate %{x:,.0f} nats<br>MSE %{y:.4f}<extra></extra>",
        )
    shipped = [point for point in points if not point.own]
    for own, size in ((False, 5), (True, 6)):
        kind = [point for point in points if point.own is own]
        if not kind:
            continue
        # one trace for all: a NaN ends a line
        gap = np.full((len(kind[0].nats), 1), np.nan)
        nats, mse = (
            np.hstack([np.stack(values, axis=1), gap]).ravel()
            for values in ([point.nats for point in kind], [point.mse for point in kind])
        )
        names = [point.label for point in kind]
        text = [f"image {i + 1}, beta {name}" for i in range(len(gap)) for name in [*names, ""]]
        figure.add_scatter(
            x=nats,
            y=mse,
            text=text,
            name="each image above",
            showlegend=not own,
            mode="markers" if own else "lines+markers",
            marker={"size": size, "color": LATENT if own else TOTAL, "symbol": "diamond-open" if own else "circle"},
            line={"color": TOTAL, "width": 0.7},
            opacity=0.6,
            hovertemplate="%{text}<br>rate %{x:,.0f} nats<br>MSE %{y:.4f}<extra></extra>",
        )
    for name, kind, colour, symbol in (
        ("shipped, whole split", shipped, BETA, "circle"),
        ("yours, whole split", [point for point in points if point.own], LATENT, "diamond"),
    ):
        measured = sorted(((point.whole, point) for point in kind if point.whole), key=lambda pair: pair[0])
        if measured:
            figure.add_scatter(
                x=[whole[0] for whole, _ in measured],
                y=[whole[1] for whole, _ in measured],
                text=[point.label for _, point in measured],
                customdata=[point.split for _, point in measured],
                name=name,
                mode="lines+markers+text",
                marker={"size": 13, "color": colour, "symbol": symbol},
                line={"color": colour, "width": 1.5, "dash": "dot"},
                textposition="top right" if kind is shipped else "bottom left",
                hovertemplate="beta %{text}, %{customdata} split<br>rate %{x:,.0f} nats<br>MSE %{y:.4f}<extra></extra>",
            )
    figure.update_layout(
        height=360,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis=_log_axis("rate, nats an image", [whole[0] for p in points for whole in _all(p)], ",~r"),
        yaxis=_log_axis("distortion, MSE", [whole[1] for p in points for whole in _all(p)], "~r"),
        dragmode=False,
    )
    return figure


def schedules_preview(config: TrainConfig, total_steps: int) -> Figure:
    """How beta (or the capacity, in nats an image) and the learning rate will move over a run's steps, side by side."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    steps = np.unique(np.linspace(0, total_steps - 1, _PREVIEW_POINTS).astype(int))
    panels = [_beta_preview(config, total_steps, steps)] if config.beta_schedule not in schedules.MEASURED else []
    rates = [config.learning_rate * _rate_factor(config, int(step), total_steps) for step in steps]
    panels.append(("learning rate", TOTAL, rates))
    figure = make_subplots(rows=1, cols=len(panels), subplot_titles=[title for title, _, _ in panels])
    for column, (title, colour, values) in enumerate(panels, 1):
        line = go.Scatter(
            x=steps, y=values, mode="lines", line={"color": colour, "width": 2},
            hovertemplate=f"step %{{x:,}}<br>{title} %{{y:.3g}}<extra></extra>",
        )  # fmt: skip
        figure.add_trace(line, row=1, col=column)
    figure.update_layout(height=150, margin={"l": 0, "r": 8, "t": 24, "b": 0}, showlegend=False, dragmode=False)
    figure.update_xaxes(tickformat="~s", nticks=5)
    figure.update_yaxes(rangemode="tozero", tickformat="~g", nticks=4)
    figure.update_annotations(font_size=12)
    return figure


def _rate_factor(config: TrainConfig, step: int, total_steps: int) -> float:
    rise = schedules.warmup(step, config.warmup_steps)
    return rise * schedules.decay(step, total_steps, config.learning_rate_schedule)


def _beta_preview(config: TrainConfig, total_steps: int, steps: np.ndarray) -> tuple[str, str, list[float]]:
    if config.beta_schedule == "capacity":
        nats = [schedules.capacity(int(s), total_steps, config.beta_steps, config.target_nats) for s in steps]
        return "KL drawn to, nats an image", KL, nats
    factors = [schedules.beta_factor(config.beta_schedule, int(s), total_steps, config.beta_steps) for s in steps]
    return "beta", BETA, [config.beta * factor for factor in factors]


def _all(point: RatePoint) -> list[tuple[float, float]]:
    """(rate, distortion) of the whole split and of each image."""
    return [*([point.whole] if point.whole else []), *zip(point.nats.tolist(), point.mse.tolist(), strict=True)]


def _log_axis(title: str, values: Sequence[float], tickformat: str) -> dict[str, Any]:
    """An axis with ticks at 1, 2, 5, 10 and so on, a little wider than the values."""
    logs = [math.log10(value) for value in values if value > 0]
    low, high = min(logs) - 0.12, max(logs) + 0.12
    ticks = [digit * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for digit in (1, 2, 5)]
    return {
        "type": "log",
        "title": {"text": title},
        "range": [low, high],
        "tickvals": [tick for tick in ticks if low <= math.log10(tick) <= high],
        "tickformat": tickformat,
    }

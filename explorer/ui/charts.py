"""Charts that stand still, with Plotly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer import schedules
from explorer.config import TrainConfig
from explorer.palette import BETA, KL, TOTAL

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_PREVIEW_POINTS = 400


def schedules_preview(config: TrainConfig, total_steps: int) -> Figure:
    """How beta (or the capacity, in nats an image) and the learning rate will move over a run's steps, side by side."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    steps = np.unique(np.linspace(0, total_steps - 1, _PREVIEW_POINTS).astype(int))
    known = config.weighs_beta and config.beta_schedule not in schedules.MEASURED
    panels = [_beta_preview(config, total_steps, steps)] if known else []
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

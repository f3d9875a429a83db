"""Charts that stand still, with Plotly."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from explorer.config import TrainConfig
from explorer.palette import BETA, KL, TOTAL
from explorer.schedules import BetaSchedule

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_PREVIEW_POINTS = 400


@lru_cache(maxsize=64)
def schedules_preview(config: TrainConfig, total_steps: int) -> Figure:
    """How beta (or the capacity, in nats an image) and the learning rate will move over a run's steps, side by side.

    Drawn once for all who see the same, and so not to be changed.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    steps = np.unique(np.linspace(0, total_steps - 1, _PREVIEW_POINTS).astype(int))
    beta, learning_rate = config.schedules(total_steps)
    panels = [_beta_preview(beta, steps)] if config.weighs_beta and beta.foreseeable else []
    panels.append(("learning rate", TOTAL, [learning_rate.at(int(step)) for step in steps]))
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


def _beta_preview(schedule: BetaSchedule, steps: np.ndarray) -> tuple[str, str, list[float]]:
    nats = [schedule.allowance(int(step)).capacity for step in steps]
    drawn_to = [value for value in nats if value is not None]
    if drawn_to:
        return "KL drawn to, nats an image", KL, drawn_to
    return "beta", BETA, [schedule.beta(int(step)) for step in steps]

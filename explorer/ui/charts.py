"""Charts that stand still, with Plotly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.ui.palette import BETA, LATENT, TOTAL

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


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


def rate_distortion(points: Sequence[RatePoint]) -> Figure:
    """Distortion over rate: a dot a model for its whole split, and small ones for the images shown."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=np.concatenate([point.nats for point in points]),
        y=np.concatenate([point.mse for point in points]),
        text=[f"beta {point.label}, image {i + 1}" for point in points for i in range(len(point.nats))],
        name="the images shown",
        mode="markers",
        marker={"size": 5, "color": TOTAL, "opacity": 0.55},
        hovertemplate="%{text}<br>rate %{x:,.0f} nats<br>MSE %{y:.4f}<extra></extra>",
    )
    for name, own, symbol, colour in (("whole split", False, "circle", BETA), ("yours", True, "diamond", LATENT)):
        kind = [(point, point.whole) for point in points if point.own is own]
        measured = sorted(((point, whole) for point, whole in kind if whole), key=lambda pair: pair[1])
        if not measured:
            continue
        figure.add_scatter(
            x=[rate for _, (rate, _) in measured],
            y=[mse for _, (_, mse) in measured],
            text=[point.label for point, _ in measured],
            customdata=[point.split for point, _ in measured],
            name=name,
            mode="markers+text" if own else "lines+markers+text",
            marker={"size": 13, "color": colour, "symbol": symbol},
            line={"color": colour, "width": 1, "dash": "dot"},
            textposition="top right",
            hovertemplate="beta %{text}, %{customdata} split<br>rate %{x:,.0f} nats<br>MSE %{y:.4f}<extra></extra>",
        )
    figure.update_layout(
        height=330,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis={"type": "log", "title": {"text": "rate, nats an image"}, "dtick": "D2"},
        yaxis={"type": "log", "title": {"text": "distortion, MSE"}, "dtick": "D2", "tickformat": "~r"},
        dragmode=False,
    )
    return figure

"""Charts of an aggregate posterior beside the prior.

Each function returns a figure and its table, as `figures.drawn` takes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.palette import LATENT, TOTAL

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Charted = tuple["Figure", dict[str, list[Any]]]
_BINS = 48
_HEIGHT = 300
_IMAGES, _PRIOR = "images' z", "N(0, 1)"


def binned(values: np.ndarray, low: float, high: float) -> tuple[list[float], list[float]]:
    """Edges (B + 1,) and densities (B,) of values (N,): all of them lie between, at the ends if need be."""
    low, high = min(low, float(values.min())), max(high, float(values.max()))
    density, edges = np.histogram(values, np.linspace(low, high, _BINS + 1), density=True)
    return edges.round(6).tolist(), density.round(6).tolist()


def lengths(edges: Sequence[float], density: Sequence[float], latent_dim: int) -> Charted:
    """How long z is, beside the shell."""
    from explorer.analysis import prior_gap

    return _beside("Length of z", "|z|", edges, density, lambda at: prior_gap.shell_density(at, latent_dim))


def dimension(number: int, edges: Sequence[float], density: Sequence[float]) -> Charted:
    """One dimension of z, beside N(0, 1)."""
    from scipy.stats import norm

    return _beside(f"Dimension {number} of z", f"dimension {number}", edges, density, norm.pdf)


def _beside(title: str, axis: str, edges: Sequence[float], density: Sequence[float], prior: Any) -> Charted:
    left, right = np.array(edges[:-1]), np.array(edges[1:])
    middle = (left + right) / 2
    at = np.linspace(edges[0], edges[-1], 241)
    figure = _figure(title, axis, "density")
    figure.add_bar(
        x=middle, y=density, width=right - left, name=_IMAGES, marker={"color": LATENT, "line": {"width": 0}},
        hovertemplate=f"{_IMAGES}: %{{y:.3f}} at %{{x:.2f}}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=at, y=prior(at), mode="lines", name=_PRIOR, line={"color": TOTAL, "width": 3},
        hovertemplate=f"{_PRIOR}: %{{y:.3f}} at %{{x:.2f}}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(bargap=0)
    return figure, {
        f"{axis}, from": left.tolist(),
        f"{axis}, to": right.tolist(),
        f"{_IMAGES}, density": list(density),
        f"{_PRIOR}, density in the middle": prior(middle).tolist(),
    }


def eigenvalues(here: Sequence[float], by_chance: Sequence[float]) -> Charted:
    """Of the covariance of z, beside those of as many draws of N(0, 1)."""
    order = list(range(1, len(here) + 1))
    figure = _figure("Eigenvalues of z's covariance", "largest first", "variance")
    for name, values, colour in ((_PRIOR, by_chance, TOTAL), (_IMAGES, here, LATENT)):
        figure.add_scatter(
            x=order, y=list(values), mode="lines+markers" if len(order) < 12 else "lines", name=name,
            line={"color": colour, "width": 3}, hovertemplate=f"{name}: no. %{{x}}, %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(rangemode="tozero")
    return figure, {"number": order, f"{_IMAGES}, variance": list(here), f"{_PRIOR}, variance": list(by_chance)}


def _figure(title: str, x: str, y: str) -> Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.update_layout(title=title, height=_HEIGHT, hovermode="closest", showlegend=True)
    figure.update_xaxes(title=x, showgrid=False)
    figure.update_yaxes(title=y)
    return figure

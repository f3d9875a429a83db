"""A claim's figure in Plotly: the page Claims and the pictures of docs/claims are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.claims.figure import Axis, Figure, Mark

if TYPE_CHECKING:
    import plotly.graph_objects as go


def to_plotly(figure: Figure) -> go.Figure:
    """The panels beside each other, with a title, a height and a legend."""
    from plotly.subplots import make_subplots

    drawn = make_subplots(
        1, len(figure.panels), shared_yaxes=figure.shared_y, horizontal_spacing=0.06 if figure.shared_y else 0.18,
        subplot_titles=[panel.title for panel in figure.panels],
    )  # fmt: skip
    for column, panel in enumerate(figure.panels, 1):
        for mark in panel.marks:
            drawn.add_scatter(**_trace(mark), row=1, col=column)
        drawn.update_xaxes(**_axis(panel.x), col=column)
        drawn.update_yaxes(**_axis(panel.y), exponentformat="none", col=column)
    drawn.update_annotations(font_size=14)  # as axes' titles have it
    return drawn.update_layout(title=figure.title, height=figure.height, hovermode="closest", showlegend=True)


def _trace(mark: Mark) -> dict[str, Any]:
    outline = 2 if mark.symbol.startswith("line-") else None  # these symbols are all outline
    return {
        "x": mark.x,
        "y": mark.y,
        "name": mark.name,
        "legendgroup": mark.name,
        "showlegend": mark.legend,
        "mode": "+".join(filter(None, ("lines" if mark.line else "", "markers" if mark.symbol else ""))),
        "line": {"color": mark.colour, "dash": mark.line or None, "width": mark.width},
        "marker": {"color": mark.colour, "symbol": mark.symbol or None, "size": mark.size, "line": {"width": outline}},
        "opacity": 0.4 if mark.faint else None,
        "text": mark.labels or None,
        "hovertemplate": "%{text}<extra></extra>" if mark.labels else None,
        "hoverinfo": None if mark.labels else "skip",
    }


def _axis(axis: Axis) -> dict[str, Any]:
    found: dict[str, Any] = {"title": axis.title, "rangemode": "tozero" if axis.from_zero else "normal"}
    if axis.log:
        found["type"] = "log"
    if axis.ticks:
        found |= {"tickvals": list(axis.ticks), "ticktext": list(axis.ticks.values())}
    if axis.most_ticks:
        found |= {"nticks": axis.most_ticks, "tickangle": 0}
    return found

"""The chart of what an image's KL is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.palette import KL, LATENT, TOTAL, shade

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Charted = tuple["Figure", dict[str, list[Any]]]
HEIGHT = 300


def parts(information: float, ceiling: float, total_correlation: float, marginal: float) -> Charted:
    """What an image's KL is made of, nats, and where the information ends at the latest; for `figures.drawn`."""
    import plotly.graph_objects as go

    named = (
        ("information", information, LATENT, ""),
        ("total correlation", total_correlation, KL, ""),
        ("single dimensions", marginal, shade(KL, 1), "/"),
    )
    figure = go.Figure()
    figure.update_layout(title="What of the KL is mismatch", height=HEIGHT, hovermode="closest", showlegend=True)
    figure.update_xaxes(title="nats an image", showgrid=False)
    for name, nats, colour, pattern in named:
        figure.add_bar(
            y=[""], x=[max(0.0, nats)], orientation="h", name=name,
            marker={"color": colour, "line": {"width": 0}, "pattern": {"shape": pattern}},
            hovertemplate=f"{name}: %{{x:,.2f}} nats<extra></extra>",
        )  # fmt: skip
    figure.add_vline(ceiling, line={"color": TOTAL, "width": 2, "dash": "dash"})
    figure.add_scatter(
        x=[None], y=[None], mode="lines", name=f"most that information can be, {ceiling:.1f}",
        line={"color": TOTAL, "width": 2, "dash": "dash"},
    )  # fmt: skip
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    figure.update_yaxes(showticklabels=False)
    rows = [*((name, nats) for name, nats, *_ in named), ("ceiling of information", ceiling)]
    return figure, {"part": [name for name, _ in rows], "nats an image": [nats for _, nats in rows]}

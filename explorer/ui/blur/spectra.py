"""Charts of blur, with their numbers: what is kept at each frequency, what averaging does, what a nat buys.

Each function returns a figure and its table, as `figures.drawn` takes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.analysis.blur import Averaged, Blur
from explorer.analysis.coding.codecs import CODECS
from explorer.analysis.measures import MEASURES, Measure
from explorer.analysis.spectrum import FREQUENCIES, OCTAVES, SIDE
from explorer.measured_codecs import CodecRow
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.palette import CODEC, LATENT, RECONSTRUCTION, TOTAL
from explorer.ui.blur.styles import Style, told_apart
from explorer.units import beta_text, nats_to_bytes

if TYPE_CHECKING:
    from plotly.graph_objects import Figure, Scatter

Charted = tuple["Figure", dict[str, list[Any]]]
_OCTAVES = (("#A9D2EE", "circle"), ("#6FB1DF", "square"), ("#3D8FC7", "diamond"), ("#1F6FA8", "triangle-up"))
_CYCLES = "cycles a pixel"


@dataclass(frozen=True)
class Line:
    """A model among others in a chart."""

    model: Model
    blur: Blur
    style: Style


def lines(models: Sequence[Model], blurs: Sequence[Blur]) -> list[Line]:
    """Models with their blurs, told apart."""
    return [Line(*each) for each in zip(models, blurs, told_apart(models), strict=True)]


def kept(shown: Sequence[Line]) -> Charted:
    """Power of reconstructions over that of the originals, and where it is half."""
    figure = _figure("Power kept at each frequency", _CYCLES, "of the originals' power", height=380)
    for line in shown:
        figure.add_trace(_curve(line, line.blur.kept, "%{y:.1%} of the power at %{x:.3f} cycles a pixel"))
    marks = [line for line in shown if line.blur["half_power"] is not None]
    half = MEASURES["half_power"].write_with_unit
    if marks:
        figure.add_scatter(
            x=[line.blur["half_power"] for line in marks], y=[0.5] * len(marks), mode="markers", showlegend=False,
            marker={
                "size": 10, "color": [line.style.colour for line in marks],
                "symbol": [line.style.symbol for line in marks], "line": {"width": 1.5, "color": "white"},
            },
            text=[f"{line.model.title}: half the power at {half(line.blur['half_power'])}" for line in marks],
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    figure.add_hline(0.5, line={"color": TOTAL, "width": 1, "dash": "dot"})
    top = max([1.05, *(float(line.blur.kept.max()) for line in shown)])
    figure.update_yaxes(range=[0, min(top, 2) * 1.02], tickformat=".0%")
    _frequencies(figure)
    table = {_CYCLES: FREQUENCIES.tolist()}
    return figure, table | {f"{line.model.title}, of the originals' power": line.blur.kept.tolist() for line in shown}


def spectrum(shown: Sequence[Line], priors: Sequence[tuple[Line, np.ndarray]]) -> Charted:
    """Power of originals, reconstructions, and samples, (16,) each."""
    figure = _figure("Power spectrum", f"{_CYCLES}, logarithmic", "power, logarithmic", height=380)
    originals = np.array(shown[0].blur.original)
    figure.add_scatter(
        x=FREQUENCIES, y=originals, mode="lines", name="originals", line={"color": TOTAL, "width": 4},
        hovertemplate="originals: %{y:.2e} at %{x:.3f} cycles a pixel<extra></extra>",
    )  # fmt: skip
    table = {_CYCLES: FREQUENCIES.tolist(), "originals, power": originals.tolist()}
    for line in shown:
        figure.add_trace(_curve(line, line.blur.spectrum, "%{y:.2e} at %{x:.3f} cycles a pixel"))
        table[f"{line.model.title}, power"] = list(line.blur.spectrum)
    for line, power in priors:
        trace = _curve(line, power, "samples, %{y:.2e} at %{x:.3f} cycles a pixel")
        trace.update(mode="markers", showlegend=False, marker={"size": 6, "symbol": f"{line.style.symbol}-open"})
        figure.add_trace(trace.update(marker_color=line.style.colour))
        table[f"{line.model.title}, samples, power"] = power.tolist()
    if priors:
        mark = {"size": 6, "symbol": "circle-open", "color": TOTAL}
        figure.add_scatter(x=[None], y=[None], mode="markers", name="samples", marker=mark)
    figure.update_yaxes(type="log", exponentformat="power", dtick=1)
    figure.update_xaxes(type="log")
    _frequencies(figure, [f for f in FREQUENCIES if SIDE * f in (1, 2, 4, 8, 16)])
    return figure, table


def averages(found: Sequence[tuple[str, Averaged]]) -> Charted:
    """Sharpness of means of ever more pictures, of those named "samples" and "nearest images"."""
    figure = _figure("Sharpness of the mean of n pictures", "n, logarithmic", "of the original's", height=300)
    colours = {"samples": LATENT, "nearest images": RECONSTRUCTION}
    table: dict[str, list[Any]] = {"n": found[0][1].counts.tolist()}
    for name, averaged in found:
        figure.add_scatter(
            x=averaged.counts, y=averaged.sharpness, name=name, mode="lines+markers", line={"color": colours[name]},
            customdata=averaged.mse,
            hovertemplate=f"mean of %{{x}} {name}: sharpness %{{y:{MEASURES['sharpness'].digits}}} of the original's, "
            f"MSE %{{customdata:{MEASURES['mse'].digits}}}<extra></extra>",
        )  # fmt: skip
        table[f"{name}, sharpness of the original's"] = averaged.sharpness.tolist()
        table[f"{name}, MSE"] = averaged.mse.tolist()
    figure.update_xaxes(type="log", tickvals=table["n"])
    figure.update_yaxes(rangemode="tozero")
    return figure, table


def octaves(betas: Sequence[float], blurs: Sequence[Blur], title: str) -> Charted:
    """Error of one model in each octave of frequencies, against beta."""
    figure = _figure(f"Error by octave, {_CYCLES}: {title}", "beta, logarithmic", "of the originals' power", height=300)
    errors = np.stack([blur.error_by_octave for blur in blurs])
    table: dict[str, list[Any]] = {"beta": list(betas)}
    for (low, high), (colour, symbol), values in zip(OCTAVES, _OCTAVES, errors.T, strict=True):
        name = f"{low / SIDE:.3g} to {high / SIDE:.3g}"
        figure.add_scatter(
            x=list(betas), y=values, name=name, mode="lines+markers", line={"color": colour, "width": 2.5},
            marker={"symbol": symbol, "size": 8},
            text=[beta_text(beta) for beta in betas],
            hovertemplate=f"beta %{{text}}: error %{{y:.0%}} of the power at {name} {_CYCLES}<extra></extra>",
        )  # fmt: skip
        table[f"error at {name} {_CYCLES}, of the originals' power"] = values.tolist()
    figure.update_xaxes(type="log", tickvals=list(betas)[::2], ticktext=[beta_text(b) for b in list(betas)[::2]])
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    return figure, table


def by_rate(measured: Sequence[tuple[Model, Blur]], measure: Measure, codecs: Sequence[CodecRow] = ()) -> Charted:
    """A measure against the rate: conditional models as lines through their betas, all others as markers.

    Models without a rate are lines across. Those that it wasn't measured of are left out. Codecs that lose something
    are broken lines through their qualities, with how many of these have none of it, if any; those that lose nothing
    are beyond the right end, and in the table.
    """
    figure = _figure(f"{measure.title} by rate", "nats an image, logarithmic", measure.axis, height=420)
    by_family: dict[str, list[tuple[Model, Blur]]] = {}
    for model, blur in measured:
        by_family.setdefault(model.family, []).append((model, blur))
    for family, members in by_family.items():
        colour, symbol = FAMILIES[family].colour, FAMILIES[family].marker
        known = [(model, blur, value) for model, blur in members if (value := blur[measure.key]) is not None]
        rated = [(model, blur.nats, value) for model, blur, value in known if blur.nats is not None]
        for model, blur, value in known:
            if blur.nats is None:
                name = f"{model.title}, which has no rate"
                figure.add_hline(value, line={"color": colour, "dash": "dash", "width": 2})
                figure.add_scatter(x=[None], y=[None], mode="lines", name=name, line={"color": colour, "dash": "dash"})
        if not rated:
            continue
        figure.add_scatter(
            x=[nats for _, nats, _ in rated], y=[value for *_, value in rated], name=FAMILIES[family].title,
            mode="lines+markers" if FAMILIES[family].conditional else "markers",
            line={"color": colour, "width": 2}, marker={"symbol": symbol, "size": 10, "color": colour},
            text=[
                f"{model.title}: {measure.title} {measure.write_with_unit(value)}<br>{nats:,.0f} nats, "
                f"{nats_to_bytes(nats):,.1f} bytes an image"
                for model, nats, value in rated
            ],
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    for key, codec in CODECS.items():
        asked = [row for row in codecs if row.codec == key]
        rows = [(row, value) for row in asked if (value := row.values.get(measure.key))]
        if rows and not codec.lossless:
            left_out = len(asked) - len(rows)
            without = f" ({measure.none} for {left_out} of {len(asked)})" if left_out else ""
            figure.add_scatter(
                x=[row.nats for row, _ in rows], y=[value for _, value in rows], mode="lines+markers",
                name=f"{codec.title}{without}",
                line={"color": CODEC, "width": 1.5, "dash": codec.dash},
                marker={"symbol": codec.marker, "size": 8, "color": CODEC},
                text=[
                    f"{row.title}: {measure.title} {measure.write_with_unit(value)}<br>{row.nats:,.0f} nats<br>"
                    f"{row.sizes.replace('; ', '<br>')}"
                    for row, value in rows
                ],
                hovertemplate="%{text}<extra></extra>",
            )  # fmt: skip
    figure.update_xaxes(type="log", tickvals=[10, 30, 100, 300, 1000, 3000])
    return figure, rate_table(measured, codecs)


def rate_table(measured: Sequence[tuple[Model, Blur]], codecs: Sequence[CodecRow] = ()) -> dict[str, list[Any]]:
    """All numbers of models and codecs, a row each; a measure that none of them has is left out."""
    values = [blur.values for _, blur in measured] + [row.values for row in codecs]
    listed = [measure for key, measure in MEASURES.items() if any(each.get(key) is not None for each in values)]
    nats = [each.get("nats") for each in values]
    none = [None] * len(codecs)
    betas = [model.beta if FAMILIES[model.family].posterior == "gaussian" else None for model, _ in measured]
    return {
        "model": [model.title for model, _ in measured] + [row.title for row in codecs],
        "family": [FAMILIES[model.family].title for model, _ in measured] + none,
        "beta": betas + none,
        **{measure.column: [each.get(measure.key) for each in values] for measure in listed},
        "Rate, bytes": [None if each is None else float(f"{nats_to_bytes(each):.5g}") for each in nats],
        "bytes in a file of its own": [None] * len(measured) + [row.alone for row in codecs],
        "of them head": [None] * len(measured) + [row.head for row in codecs],
        "images": [blur.images for _, blur in measured] + [row.images for row in codecs],
    }


def _curve(line: Line, values: Sequence[float] | np.ndarray, says: str) -> Scatter:
    import plotly.graph_objects as go

    return go.Scatter(
        x=FREQUENCIES, y=values, mode="lines", name=line.model.title,
        line={"color": line.style.colour, "width": 2, "dash": line.style.dash},
        hovertemplate=f"{line.model.title}: {says}<extra></extra>",
    )  # fmt: skip


def _frequencies(figure: Figure, ticks: Sequence[float] = (0, 0.1, 0.2, 0.3, 0.4, 0.5)) -> None:
    figure.update_xaxes(tickvals=list(ticks), ticktext=[f"{f:.3g}" for f in ticks])


def _figure(title: str, x: str, y: str, height: int) -> Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.update_layout(title=title, height=height, hovermode="closest", showlegend=True)
    figure.update_xaxes(title=x, showgrid=False)
    figure.update_yaxes(title=y)
    return figure

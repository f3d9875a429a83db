"""The claims' figures, and all of them at a glance; the page Claims and the pictures of docs/claims show the same.

Each figure comes with its table, as `saved.show_figure` takes them.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer import models, palette
from explorer.analysis import claims
from explorer.analysis.claims import Claim, Evidence, Finding, Sharpness, Trial
from explorer.nets import FAMILIES

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Table = dict[str, list[Any]]

_NO_RATE = 2_000.0  # where models without a rate stand, on the axis of nats
_LOOKS = {  # measures of `Trial.looks` to columns
    "step": "step",
    "epoch": "epoch",
    "seconds": "seconds of training steps",
    "train_recon": "training MSE, pixels 0 to 1",
    "validation_recon": "validation MSE, pixels 0 to 1",
    "train_kl": "training KL, nats a dimension",
    "validation_kl": "validation KL, nats a dimension",
    "train_total": "training total",
    "validation_total": "validation total",
}


def evidence(files: Sequence[Path]) -> Evidence:
    """All that was measured: trials of these files, and what the shipped models' cards say of their blur."""
    cards = []
    for model in models.shipped():
        blurs = [model.card.get("blur")] if not model.conditional else model.card.get("blur_curve", [])
        for blur in filter(None, blurs):
            beta = blur.get("beta", model.beta)
            cards.append(Sharpness(model.title, model.family, beta, blur["nats"], blur["sharpness"]))
    return Evidence(claims.read(files), cards)


# -- at a glance -----------------------------------------------------------------------------------------------------

_TICKS = (-1.0, -0.1, 0.0, 0.1, 1.0)
_END = 3.0  # of the axis, either side


def overview(found: Mapping[Claim, Finding], linked: Sequence[str]) -> str:
    """HTML: a row a claim with its verdict, each seed's effect as a dot, and the band that decides.

    Parameters
    ----------
    found : mapping of Claim to Finding
    linked : sequence of str
        Keys of claims whose cards are on the page: their rows lead there.
    """
    ticks = "".join(f'<span style="left:{_place(t):.1f}%">{_percent(t)}</span>' for t in _TICKS)
    rows = [
        '<div class="claim-axis"><span class="against">against the claim</span>'
        f'<span class="ticks">{ticks}</span><span class="for">for it</span></div>'
    ]
    for claim, finding in found.items():
        question = html.escape(claim.question)
        if claim.key in linked:
            question = f'<a href="#claim-{claim.key}">{question}</a>'
        rows.append(
            f'<div class="claim-row">{badge(finding)}<b>{question}</b>{_strip(finding)}'
            f"<span>{effect_words(finding)}</span></div>"
        )
    return f'<div class="claims-overview" role="list">{"".join(rows)}</div>'


def badge(finding: Finding) -> str:
    """HTML: the verdict as a label."""
    return f'<span class="verdict" data-verdict="{finding.verdict}">{finding.verdict}</span>'


def effect_words(finding: Finding) -> str:
    """ "+12.1 % ± 0.8 %": mean and twice the standard deviation; empty where there is no effect yet."""
    if not finding.effects:
        return ""
    low, high = finding.band
    spread = f" ± {50 * (high - low):.1f} %" if len(finding.effects) > 1 else ""
    return f"{50 * (low + high):+.1f} %{spread}"


def _strip(finding: Finding) -> str:
    margin = f'<i class="margin" style="left:{_place(claims.MARGIN):.1f}%"></i>'
    if not finding.effects:
        return f'<span class="strip"><i class="zero"></i>{margin}</span>'
    low, high = map(_place, finding.band)
    dots = "".join(f'<i class="dot" style="left:{_place(effect):.1f}%"></i>' for effect in finding.effects)
    band = f'<i class="band" style="left:{low:.1f}%;width:{high - low:.1f}%"></i>'
    label = html.escape(f"Effects of {len(finding.effects)} seeds: {', '.join(map(_percent, finding.effects))}")
    return (
        f'<span class="strip" data-verdict="{finding.verdict}" role="img" aria-label="{label}" title="{label}">'
        f'<i class="zero"></i>{margin}{band}{dots}</span>'
    )


def _place(effect: float) -> float:
    """Percent of the axis' width, from the left: about straight within the margin, logarithmic beyond."""
    share = math.asinh(effect / claims.MARGIN) / math.asinh(_END / claims.MARGIN)
    return 50 + 50 * min(1.0, max(-1.0, share))


def _percent(share: float) -> str:
    return f"{100 * share:+.3g} %" if share else "0"


# -- figures ---------------------------------------------------------------------------------------------------------


def blur(of: Evidence) -> tuple[Figure, Table]:
    """Sharpness over rate: shipped models of all families, and each seed of the trials."""
    figure = _figure("Sharpness by rate", 1)
    for family, (colour, symbol) in palette.FAMILIES.items():
        these = sorted((m for m in of.models if m.family == family), key=lambda m: m.nats or _NO_RATE)
        if not these:
            continue
        figure.add_scatter(
            x=[m.nats or _NO_RATE for m in these], y=[m.sharpness for m in these], name=FAMILIES[family].title,
            mode="lines+markers" if FAMILIES[family].conditional else "markers",
            line={"color": colour, "width": 2}, marker={"color": colour, "symbol": symbol, "size": 10},
            text=[m.title for m in these],
            hovertemplate="%{text}: sharpness %{y:.3f}<br>%{x:,.0f} nats an image<extra></extra>",
        )  # fmt: skip
    trials = of.of("generalise", train_images=0)
    for family in ("autoencoder", "residual_vae"):
        seeds, colour = [t for t in trials if t["family"] == family], palette.FAMILIES[family][0]
        figure.add_scatter(
            x=[_NO_RATE if family == "autoencoder" else t.nats for t in seeds], y=[t.sharpness for t in seeds],
            name=f"{FAMILIES[family].title}, 300 steps, each seed",
            mode="markers", text=[str(t["seed"]) for t in seeds],
            marker={"color": colour, "symbol": "line-ew-open", "size": 14, "line": {"width": 2}},
            hovertemplate="seed %{text}: sharpness %{y:.3f}<extra></extra>",
        )  # fmt: skip
    ticks = [10, 20, 50, 100, 200, 500, 1000]
    figure.update_xaxes(
        title="rate, nats an image", type="log", tickvals=[*ticks, _NO_RATE], ticktext=[*map(str, ticks), "no rate"]
    )
    figure.update_yaxes(title="of the originals'", rangemode="tozero")
    figure.update_layout(height=460)  # its legend is long, on a phone a line each
    ended = _ended(trials)
    table: Table = {
        "model": [m.title for m in of.models] + ended["trial"],
        "family": [m.family for m in of.models] + ended["family"],
        "beta": [m.beta for m in of.models] + ended["beta"],
        "seed": [None] * len(of.models) + ended["seed"],
        "rate, nats an image": [m.nats for m in of.models] + ended["rate, nats an image"],
        "sharpness, of the originals'": [m.sharpness for m in of.models] + ended["sharpness, of the originals'"],
        "command": [None] * len(of.models) + ended["command"],
    }
    return figure, table


def generalise(of: Evidence) -> tuple[Figure, Table]:
    """Errors on training and unseen images over epochs: a panel a size of the training set."""
    figure = _figure("Error by epoch, training and unseen images", len(claims.SIZES), shared_yaxes=True)
    for column, size in enumerate(claims.SIZES, 1):
        for family, name in (("autoencoder", "autoencoder"), ("residual_vae", "VAE")):
            these, colour = of.of("generalise", family=family, train_images=size), palette.FAMILIES[family][0]
            for split, says, dash in (("validation", "unseen", "solid"), ("train", "training", "dot")):
                _curves(figure, these, "epoch", f"{split}_recon", f"{name}, {says}", colour, dash, column)
        figure.update_xaxes(title=claims.size_words(size), nticks=4, tickangle=0, col=column)
    figure.update_yaxes(title="MSE", col=1)
    return figure, _looked(of.of("generalise"))


def time(of: Evidence) -> tuple[Figure, Table]:
    """Error on unseen images over seconds of training, with the mark that was compared at."""
    figure = _figure("Error by training time", 1)
    trials = of.of("time")
    for settings, name, colour in (
        ({"family": "autoencoder"}, "autoencoder", palette.FAMILIES["autoencoder"][0]),
        ({"family": "conv_vae", "beta": 1e-4}, "VAE, beta 0.0001", palette.SPATIAL),
        ({"family": "conv_vae", "beta": 1e-3}, "VAE, beta 0.001", palette.FAMILIES["residual_vae"][0]),
    ):
        _curves(figure, of.of("time", **settings), "seconds", "validation_recon", name, colour, "solid", 1)
    compared = of.of("time", family="autoencoder") + of.of("time", family="conv_vae", beta=1e-3)
    if mark := claims.common_threshold(compared):
        figure.add_scatter(
            x=[0, max(t.looks["seconds"][-1] for t in compared)], y=[mark, mark], name=f"MSE {mark:g}", mode="lines",
            line={"color": palette.TOTAL, "dash": "dash", "width": 1}, hoverinfo="skip",
        )  # fmt: skip
    figure.update_xaxes(title="seconds of training steps")
    figure.update_yaxes(
        title="MSE on unseen images", type="log", tickvals=_MSE_TICKS, ticktext=list(map(str, _MSE_TICKS))
    )
    return figure, _looked(trials)


def spatial(of: Evidence) -> tuple[Figure, Table]:
    """Error over rate: the flat latent's curve and the spatial one's, a line a seed."""
    figure = _figure("Error by rate, flat latent and spatial", 1)
    for family, name in (("residual_vae", "flat latent"), ("spatial_vae", "spatial latent")):
        _planes(figure, of.of("spatial", family=family), name, *palette.FAMILIES[family])
    _plane_axes(figure)
    return figure, _ended(of.of("spatial"))


def longer(of: Evidence) -> tuple[Figure, Table]:
    """Totals over epochs of runs of several lengths, and sharpness and gap at their ends."""
    figure = _figure("Total, sharpness and gap over epochs", 3)
    for epochs, colour in zip(claims.LENGTHS, (palette.LINEAR, palette.LATENT, palette.RECONSTRUCTION), strict=True):
        these, name = of.of("longer", epochs=epochs), f"{epochs} epochs"
        _curves(figure, these, "epoch", "train_total", name, colour, "dot", 1, legend=False)
        _curves(figure, these, "epoch", "validation_total", name, colour, "solid", 1)
        for column, values in ((2, [t.sharpness for t in these]), (3, [t.gap for t in these])):
            figure.add_scatter(
                x=[epochs] * len(these), y=values, mode="markers", marker={"color": colour, "size": 10},
                showlegend=False, text=[str(t["seed"]) for t in these], row=1, col=column,
                hovertemplate=f"{name}, seed %{{text}}: %{{y:.4g}}<extra></extra>",
            )  # fmt: skip
    dotted = {"color": palette.TOTAL, "dash": "dot"}
    figure.add_scatter(x=[None], y=[None], name="total on training images", mode="lines", line=dotted, row=1, col=1)
    for column, title in enumerate(("total", "sharpness", "gap in MSE"), 1):
        figure.update_xaxes(title=title, rangemode="tozero", col=column)
        figure.update_yaxes(rangemode="normal" if column == 1 else "tozero", nticks=5, col=column)
    return figure, _looked(of.of("longer"))


def schedule(of: Evidence) -> tuple[Figure, Table]:
    """Error over rate: where runs with a schedule ended, beside the curve of constant betas, a line a seed."""
    figure = _figure("Error by rate, with schedules of beta and without", 1)
    for kind, name, colour, symbol in (
        ("constant", "constant", palette.TOTAL, "circle"),
        ("linear", "warm-up", palette.KL, "diamond"),
        ("cyclical", "four cycles", palette.LATENT, "star"),
    ):
        _planes(figure, of.of("schedule", beta_schedule=kind), name, colour, symbol)
    _plane_axes(figure)
    return figure, _ended(of.of("schedule"))


FIGURES: dict[str, Callable[[Evidence], tuple[Figure, Table]]] = {
    "blur": blur,
    "generalise": generalise,
    "time": time,
    "spatial": spatial,
    "longer": longer,
    "schedule": schedule,
}
_MSE_TICKS = [0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1]


def _figure(title: str, panels: int, shared_yaxes: bool = False) -> Figure:
    from plotly.subplots import make_subplots

    figure = make_subplots(1, panels, shared_yaxes=shared_yaxes, horizontal_spacing=0.06 if shared_yaxes else 0.1)
    figure.update_yaxes(exponentformat="none")
    return figure.update_layout(title=title, height=380, hovermode="closest", showlegend=True)


def _curves(
    figure: Figure,
    trials: Sequence[Trial],
    x: str,
    y: str,
    name: str,
    colour: str,
    dash: str,
    column: int,
    legend: bool = True,
) -> None:
    """Each seed as a thin line, and their mean."""
    style = {"color": colour, "dash": dash}
    shared = {"mode": "lines", "legendgroup": name, "name": name}
    for trial in trials:
        figure.add_scatter(
            x=trial.looks[x], y=trial.looks[y], line={**style, "width": 1}, opacity=0.4, showlegend=False,
            hovertemplate=f"{name}, seed {trial['seed']}: %{{y:.5f}} after %{{x:.3g}}<extra></extra>",
            row=1, col=column, **shared,
        )  # fmt: skip
    steps = {tuple(trial.looks["step"]) for trial in trials}
    if len(steps) == 1:
        over, values = (np.mean([trial.looks[each] for trial in trials], axis=0) for each in (x, y))
        figure.add_scatter(
            x=over, y=values, line={**style, "width": 2.5}, showlegend=legend and column == 1, hoverinfo="skip",
            row=1, col=column, **shared,
        )  # fmt: skip


def _planes(figure: Figure, trials: Sequence[Trial], name: str, colour: str, symbol: str) -> None:
    """Where trials ended in the plane of rate and error: those of a seed, which differ in beta, joined by a line."""
    for i, seed in enumerate(sorted({t["seed"] for t in trials})):
        these = sorted((t for t in trials if t["seed"] == seed), key=lambda t: t.nats)
        figure.add_scatter(
            x=[t.nats for t in these], y=[t.mse for t in these], name=name, legendgroup=name, showlegend=i == 0,
            mode="lines+markers", line={"color": colour, "width": 1},
            marker={"color": colour, "symbol": symbol, "size": 9}, text=[f"beta {t['beta']:g}" for t in these],
            hovertemplate=f"{name}, %{{text}}, seed {seed}<br>MSE %{{y:.5f}} at %{{x:,.0f}} nats<extra></extra>",
        )  # fmt: skip


def _plane_axes(figure: Figure) -> None:
    figure.update_xaxes(title="rate, nats an image")
    figure.update_yaxes(title="MSE on unseen images")


def _ended(trials: Sequence[Trial]) -> Table:
    """What trials came to, a row each."""
    rated = [t.validation["kl"] is not None for t in trials]
    return {
        "trial": [t.name for t in trials],
        "family": [t["family"] for t in trials],
        "beta": [t["beta"] for t in trials],
        "seed": [t["seed"] for t in trials],
        "rate, nats an image": [t.nats if has else None for t, has in zip(trials, rated, strict=True)],
        "validation MSE, pixels 0 to 1": [t.mse for t in trials],
        "validation total": [t.validation["total"] for t in trials],
        "sharpness, of the originals'": [t.sharpness for t in trials],
        "command": [t.command for t in trials],
    }


def _looked(trials: Sequence[Trial]) -> Table:
    """What was seen of trials as they trained, a row a look."""
    looks = [(trial, i) for trial in trials for i in range(len(trial.looks["step"]))]
    return {
        "trial": [trial.name for trial, _ in looks],
        "seed": [trial["seed"] for trial, _ in looks],
        **{column: [trial.looks[name][i] for trial, i in looks] for name, column in _LOOKS.items()},
        "command": [trial.command for trial, _ in looks],
    }

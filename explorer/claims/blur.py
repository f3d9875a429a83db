"""Is a VAE blurrier than an autoencoder? By the trials of `explorer.claims.generalise` on all training images."""

from __future__ import annotations

from explorer.analysis.measures.same_rate import at_rate
from explorer.claims.comparison import average, listed, paired
from explorer.claims.evidence import Evidence, Sharpness
from explorer.claims.figure import Axis, Figure, Line, Mark, Panel, Table, table_of_ends
from explorer.claims.generalise import TRIALS
from explorer.claims.verdict import Case, Claim, Finding
from explorer.nets import FAMILIES

SHOWN_BETAS = (1e-3, 1e-2, 1e-1)  # betas of shipped models whose sharpness the verdict names

_TICKS = (10, 20, 50, 100, 200, 500, 1000)  # labels of the axis of rates, nats an image
_NO_RATE = 2_000.0  # nats an image at which the figure places models without a rate, right of all others


def judge(evidence: Evidence) -> Finding:
    """Sharpness that the VAE loses, of the autoencoder's."""
    pairs = paired(evidence.of(family="autoencoder"), evidence.of(family="residual_vae"))
    effects = [1 - vae.sharp / auto.sharp for auto, vae in pairs]
    sentence, more = "", ""
    if pairs:
        sentence = (
            f"At beta 0.001, a rate of {average(vae.nats for _, vae in pairs):,.0f} nats an image, the VAE keeps "
            f"{average(vae.sharp for _, vae in pairs):.3f} of the originals' sharpness, the autoencoder "
            f"{average(auto.sharp for auto, _ in pairs):.3f}."
        )
    auto = [m for m in evidence.models if m.family == "autoencoder"]
    # of several at one beta the first, which is at one glance
    vaes = {m.beta: m for m in reversed(evidence.models) if m.family == "residual_vae"}
    if auto and all(beta in vaes for beta in SHOWN_BETAS):
        parts = [f"{_kept(vaes[beta])} at beta {beta:g}" for beta in SHOWN_BETAS]
        more += (
            f"Of the shipped models, trained for as many steps as stand in brackets, the autoencoder keeps "
            f"{_kept(auto[0])}, VAEs {listed(parts)}."
        )
    curve = [(m.nats, m.sharpness) for m in evidence.models if m.family == "conditional_vae" and m.nats]
    for coded in sorted((m for m in evidence.models if m.family == "vq_vae" and m.nats), key=lambda m: m.nats or 0):
        if there := at_rate(curve, coded.nats or 0):
            more += f" At {coded.nats:,.0f} nats an image a VQ-VAE keeps {coded.sharpness:.3f}, a VAE {there:.3f}."
    return Finding(sentence, more.strip(), [Case(effects)] if effects else [])


def _kept(model: Sharpness) -> str:
    return f"{model.sharpness:.3f} ({model.steps:,})"


def draw(evidence: Evidence) -> Figure:
    """Sharpness over rate: shipped models of all families, and each seed of the trials."""
    marks = []
    for key, family in FAMILIES.items():
        these = sorted((m for m in evidence.models if m.family == key), key=lambda m: m.nats or _NO_RATE)
        if these:
            rates, values = [m.nats or _NO_RATE for m in these], [m.sharpness for m in these]
            labels = [
                f"{m.title}: sharpness {m.sharpness:.3f}<br>{rate:,.0f} nats an image"
                for m, rate in zip(these, rates, strict=True)
            ]
            line: Line = "solid" if family.conditional else ""
            marks.append(Mark(family.title, rates, values, family.colour, line, family.marker, labels=labels))
    for key in ("autoencoder", "residual_vae"):
        seeds, family = evidence.of(family=key), FAMILIES[key]
        marks.append(
            Mark(
                f"{family.title}, 300 steps, each seed",
                [_NO_RATE if key == "autoencoder" else t.nats for t in seeds], [t.sharpness for t in seeds],
                family.colour, symbol="line-ew-open", size=14,
                labels=[f"seed {t['seed']}: sharpness {t.sharpness:.3f}" for t in seeds],
            )
        )  # fmt: skip
    ticks = {float(nats): str(nats) for nats in _TICKS} | {_NO_RATE: "no rate"}
    panel = Panel(
        marks, Axis("rate, nats an image", log=True, ticks=ticks), Axis("of the originals'", from_zero=True)
    )  # fmt: skip
    # The height has room for the legend, which takes a line a model on a phone.
    return Figure("Sharpness by rate", [panel], _table(evidence), height=460)


def _table(evidence: Evidence) -> Table:
    ended, models = table_of_ends(evidence.trials), evidence.models
    return {
        "model": [m.title for m in models] + ended["trial"],
        "family": [m.family for m in models] + ended["family"],
        "beta": [m.beta for m in models] + ended["beta"],
        "seed": [None] * len(models) + ended["seed"],
        "rate, nats an image": [m.nats for m in models] + ended["rate, nats an image"],
        "sharpness, of the originals'": [m.sharpness for m in models] + ended["sharpness, of the originals'"],
        "command": [None] * len(models) + ended["command"],
    }


CLAIM = Claim(
    key="blur",
    question="Is a VAE blurrier than an autoencoder?",
    quote="We can see the smoothness problem that led to the introduction of VQ-VAEs",
    experiment="Autoencoder and VAE (beta 0.001) with the same layers, 300 steps on all training images, three "
    "seeds; beside them the shipped models. Sharpness is the variance of the Laplacian over the originals', "
    "from one sample of z.",
    effect="Sharpness that the VAE loses, of the autoencoder's",
    trials={name: config for name, config in TRIALS.items() if config.train_images == 0},
    judge=judge,
    draw=draw,
)

"""Does a spatial latent keep more of the picture? At betas whose rates overlap with those of a flat one."""

from __future__ import annotations

from explorer.analysis.measures.same_rate import at_rate
from explorer.claims.comparison import average
from explorer.claims.evidence import Evidence, planned
from explorer.claims.figure import Figure, Mark, ends, rate_distortion_panel, table_of_ends
from explorer.claims.verdict import Case, Claim, Finding
from explorer.nets import FAMILIES
from explorer.presets import PRESETS

# Of each latent: its name in trials, the preset whose settings it has, and the betas that it is trained at.
_BETAS = (("flat", "standard", (1e-3, 3e-3, 3e-4)), ("spatial", "spatial", (1e-3, 2.5e-3)))


def judge(evidence: Evidence) -> Finding:
    """Error that the spatial latent saves at the same rate, of the flat one's."""
    effects, errors = [], []
    flat = evidence.of(family="residual_vae")
    kept = evidence.of(family="spatial_vae")
    for seed in sorted({t["seed"] for t in kept}):
        curve = [(t.nats, t.mse) for t in flat if t["seed"] == seed]
        there = [(t, at_rate(curve, t.nats)) for t in kept if t["seed"] == seed]
        found = [(t, mse) for t, mse in there if mse is not None]
        errors += found
        if found:
            effects.append(average(1 - t.mse / mse for t, mse in found))
    if not errors:
        return Finding("The rates of the two don't overlap yet." if flat and kept else "")
    words = []
    for beta in sorted({t["beta"] for t, _ in errors}):
        these = [(t, mse) for t, mse in errors if t["beta"] == beta]
        words.append(
            f"at {average(t.nats for t, _ in these):,.0f} nats an image MSE {average(t.mse for t, _ in these):.5f} "
            f"with the layout, {average(mse for _, mse in these):.5f} without"
        )
    numbers = errors[0][0]["latent_dim"]
    return Finding(f"With {numbers} numbers each, {'; '.join(words)}.", cases=[Case(effects)])


def draw(evidence: Evidence) -> Figure:
    """Error over rate: the flat latent's curve and the spatial one's, a line a seed."""
    marks: list[Mark] = []
    for family, name in (("residual_vae", "flat latent"), ("spatial_vae", "spatial latent")):
        marks += ends(evidence.of(family=family), name, FAMILIES[family].colour, FAMILIES[family].marker)
    return Figure(
        "Error by rate, flat latent and spatial", [rate_distortion_panel(marks)], table_of_ends(evidence.of())
    )


CLAIM = Claim(
    key="spatial",
    question="Does a spatial latent keep more of the picture?",
    quote="Instead of a linear layer […] a conv layer to better represent spatial information",
    experiment="A latent of 2 x 8 x 8 and a flat one of 128, 1.51 million parameters each, 250 steps on all "
    "training images, three seeds. The flat one is trained at three betas, and its error read at the rate of "
    "the spatial one.",
    effect="Error that the spatial latent saves at the same rate, of the flat one's",
    trials=planned(
        "spatial",
        {
            f"{name}, beta {beta:g}": PRESETS[preset].with_(beta=beta, max_steps=250)
            for name, preset, betas in _BETAS
            for beta in betas
        },
    ),
    judge=judge,
    draw=draw,
)

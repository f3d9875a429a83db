"""Does training for longer help, on 4,000 images? A run each, since the step size falls to each run's end."""

from __future__ import annotations

from explorer import palette
from explorer.claims.comparison import average, paired
from explorer.claims.evidence import Evidence, planned
from explorer.claims.figure import Axis, Figure, Mark, Panel, curves, table_of_looks
from explorer.claims.verdict import Case, Claim, Finding
from explorer.presets import PRESETS

LENGTHS = (5, 20, 60)  # epochs of the runs that are compared


def judge(evidence: Evidence) -> Finding:
    """How much lower the total on unseen images is after the longest run than after the shortest."""
    runs = {epochs: evidence.of(epochs=epochs) for epochs in LENGTHS}
    pairs = paired(runs[LENGTHS[0]], runs[LENGTHS[-1]])
    effects = [1 - long.validation["total"] / short.validation["total"] for short, long in pairs]
    there = {epochs: trials for epochs, trials in runs.items() if trials}
    if not there:
        return Finding()
    totals = ", ".join(f"{average(t.validation['total'] for t in v):.5f} after {e}" for e, v in there.items())
    sharp = ", ".join(f"{average(t.sharp for t in v):.3f}" for v in there.values())
    gaps = ", ".join(f"{average(t.gap for t in v):.5f}" for v in there.values())
    sentence = f"The total on unseen images comes to {totals} epochs."
    more = f"After as many, sharpness is {sharp}, and the gap in MSE from training images to unseen ones {gaps}."
    return Finding(sentence, more, [Case(effects)])


def draw(evidence: Evidence) -> Figure:
    """Totals over epochs of runs of several lengths, and sharpness and gap at their ends."""
    totals, sharp, gaps = list[Mark](), list[Mark](), list[Mark]()
    for epochs, colour in zip(LENGTHS, (palette.LINEAR, palette.LATENT, palette.RECONSTRUCTION), strict=True):
        these, name = evidence.of(epochs=epochs), f"{epochs} epochs"
        totals += curves(these, "epoch", "train_total", name, colour, "dot", legend=False)
        totals += curves(these, "epoch", "validation_total", name, colour)
        for marks, values in ((sharp, [t.sharp for t in these]), (gaps, [t.gap for t in these])):
            labels = [f"{name}, seed {t['seed']}: {v:.4g}" for t, v in zip(these, values, strict=True)]
            marks.append(
                Mark(name, [epochs] * len(these), values, colour, symbol="circle", legend=False, labels=labels)
            )  # fmt: skip
    totals.append(Mark("total on training images", [None], [None], palette.TOTAL, "dot"))
    across = Axis("epochs", from_zero=True, ticks={0.0: "0", 30.0: "30", 60.0: "60"}, most_ticks=3)
    panels = [
        Panel(totals, across, Axis(most_ticks=5), "total"),
        Panel(sharp, across, Axis(from_zero=True, most_ticks=5), "sharpness"),
        Panel(gaps, across, Axis(from_zero=True, most_ticks=5), "gap in MSE"),
    ]
    return Figure("Total, sharpness and gap over epochs", panels, table_of_looks(evidence.of()))


CLAIM = Claim(
    key="longer",
    question="Does training for longer help, on 4,000 images?",
    quote="Train for longer",
    experiment="The residual VAE at beta 0.001 on 4,000 images for 5, 20 and 60 epochs, three seeds: a run each, "
    "since step sizes fall to the end of a run.",
    effect="How much lower the total on unseen images is after 60 epochs than after 5",
    trials=planned(
        "longer",
        {f"{epochs} epochs": PRESETS["standard"].with_(train_images=4000, epochs=epochs) for epochs in LENGTHS},
    ),
    judge=judge,
    draw=draw,
)

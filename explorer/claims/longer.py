"""Does training for longer help, on few and on all training images? A run each, since step sizes fall to its end."""

from __future__ import annotations

from explorer import palette
from explorer.claims.comparison import average, paired
from explorer.claims.evidence import Evidence, planned
from explorer.claims.figure import Axis, Figure, Mark, Panel, curves, table_of_looks
from explorer.claims.verdict import Case, Claim, Finding
from explorer.presets import PRESETS

LENGTHS = {4000: (5, 20, 60), 0: (1, 2, 8)}  # epochs of the runs that are compared, by training images; 0 is all
TRIALS = planned(
    "longer",
    {f"{epochs} epochs": PRESETS["standard"].with_(train_images=4000, epochs=epochs) for epochs in LENGTHS[4000]},
) | planned(
    "longer",
    {f"all images, epochs {epochs}": PRESETS["standard"].with_(epochs=epochs) for epochs in LENGTHS[0]},
    precision="float32",  # processors without bfloat16, as that of these trials, take several times as long
)

_COLOURS = (palette.LINEAR, palette.LATENT, palette.RECONSTRUCTION)  # from the shortest run to the longest


def judge(evidence: Evidence) -> Finding:
    """How much lower the total on unseen images is after the longest run than after the shortest, on few and on all."""
    cases, totals, sharp, gaps = [], [], [], []
    for size, lengths in LENGTHS.items():
        runs = {epochs: evidence.of(train_images=size, epochs=epochs) for epochs in lengths}
        there = {epochs: trials for epochs, trials in runs.items() if trials}
        if not there:
            continue
        pairs = paired(runs[lengths[0]], runs[lengths[-1]])
        cases.append(
            Case([1 - long.validation["total"] / short.validation["total"] for short, long in pairs], _on(size))
        )
        of = ", ".join(f"{average(t.validation['total'] for t in v):.5f} after {e}" for e, v in there.items())
        totals.append(f"{of} {'epoch' if list(there) == [1] else 'epochs'} {_on(size)}")
        sharp.append(f"{', '.join(f'{average(t.sharp for t in v):.3f}' for v in there.values())} {_on(size)}")
        gaps.append(f"{', '.join(f'{average(t.gap for t in v):.5f}' for v in there.values())} {_on(size)}")
    if not cases:
        return Finding()
    return Finding(
        f"The total on unseen images comes to {'; '.join(totals)}.",
        f"After as many, sharpness is {'; '.join(sharp)}. The gap in MSE from training images to unseen ones is "
        f"{'; '.join(gaps)}.",
        cases,
    )


def draw(evidence: Evidence) -> Figure:
    """Totals over epochs of runs of several lengths, by training images, and the gaps at their ends."""
    panels = list[Panel]()
    for size, lengths in LENGTHS.items():
        marks = list[Mark]()
        for epochs, colour, of in zip(lengths, _COLOURS, ("shortest", "middle", "longest"), strict=True):
            these = evidence.of(train_images=size, epochs=epochs)
            marks += curves(these, "epoch", "train_total", f"{of} run", colour, "dot", legend=False)
            marks += curves(these, "epoch", "validation_total", f"{of} run", colour, legend=not panels)
        if not panels:
            marks.append(Mark("training images", [None], [None], palette.TOTAL, "dot"))
        across = Axis("epochs", from_zero=True, ticks={float(e): f"{e}" for e in (0, *lengths[1:])}, most_ticks=3)
        panels.append(
            Panel(marks, across, Axis("total" if not panels else "", most_ticks=5), f"{size:,}" if size else "all")
        )
    gaps = list[Mark]()
    for size, symbol in zip(LENGTHS, ("circle", "square"), strict=True):
        for epochs, colour in zip(LENGTHS[size], _COLOURS, strict=True):
            these = evidence.of(train_images=size, epochs=epochs)
            labels = [f"{epochs} epochs {_on(size)}, seed {t['seed']}: {t.gap:.4g}" for t in these]
            at, found = [epochs] * len(these), [t.gap for t in these]
            gaps.append(Mark(_on(size), at, found, colour, symbol=symbol, legend=False, labels=labels))
    across = Axis("epochs", log=True, ticks={float(e): f"{e}" for e in (1, 8, 60)})
    panels.append(Panel(gaps, across, Axis(from_zero=True, most_ticks=5), "gap (\u25a0 all)"))
    return Figure("Total, and gap in MSE, by training images", panels, table_of_looks(evidence.of()))


def _on(size: int) -> str:
    return f"on {size:,} images" if size else "on all 40,000 images"


CLAIM = Claim(
    key="longer",
    question="Does training for longer help?",
    quote="Train for longer",
    experiment="The residual VAE at beta 0.001 for 5, 20 and 60 epochs of 4,000 images, and for 1, 2 and 8 of all "
    "40,000, three seeds: a run each, since step sizes fall to the end of a run.",
    effect="How much lower the total on unseen images is after the longest run than after the shortest",
    trials=TRIALS,
    judge=judge,
    draw=draw,
)

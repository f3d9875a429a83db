"""Does a VAE generalise better than an autoencoder? On few, more and all training images, as many steps each."""

from __future__ import annotations

from statistics import mean

from explorer.claims.comparison import average, listed, more, paired
from explorer.claims.evidence import Evidence, planned
from explorer.claims.figure import Axis, Figure, Line, Mark, Panel, curves, table_of_looks
from explorer.claims.verdict import Claim, decide
from explorer.nets import FAMILIES
from explorer.presets import PRESETS

SIZES = (500, 4000, 0)  # numbers of training images that are compared; 0 stands for all
TRIALS = planned(
    "generalise",
    {
        f"{net}, {size or 'all'} images": PRESETS[preset].with_(train_images=size, epochs=1000, max_steps=300)
        for size in SIZES
        for net, preset in (("autoencoder", "autoencoder"), ("VAE", "standard"))
    },
)

_SPLITS: tuple[tuple[str, str, Line], ...] = (("validation", "unseen", "solid"), ("train", "training", "dot"))


def judge(evidence: Evidence) -> tuple[str, list[float]]:
    """How much smaller the VAE's gap is, of the autoencoder's error on unseen images, mean of all sizes."""
    by_seed: dict[int, list[float]] = {}
    gaps, at_end, at_best = [], [], []
    for size in SIZES:
        auto, vae = (evidence.of(family=f, train_images=size) for f in ("autoencoder", "residual_vae"))
        pairs = paired(auto, vae)
        if not pairs:
            continue
        effects = [(a.gap - v.gap) / a.mse for a, v in pairs]
        for (a, _), effect in zip(pairs, effects, strict=True):
            by_seed.setdefault(a["seed"], []).append(effect)
        gap = f"{average(a.gap for a, _ in pairs):.5f} against {average(v.gap for _, v in pairs):.5f}"
        gaps.append(f"{gap} on {_images(size)} ({decide(effects)})")
        at_end.append(more(average(v.mse for _, v in pairs) / average(a.mse for a, _ in pairs) - 1))
        at_best.append(more(average(v.best for _, v in pairs) / average(a.best for a, _ in pairs) - 1))
    if not gaps:
        return "", []
    words = (
        f"Gap in MSE, autoencoder against VAE: {', '.join(gaps)}. On unseen images the VAE's error ends "
        f"{listed(at_end)}; each at its best, {listed(at_best)}."
    )
    return words, [mean(v) for v in by_seed.values()]


def draw(evidence: Evidence) -> Figure:
    """Errors on training and unseen images over epochs: a panel a size of the training set."""
    panels = []
    for i, size in enumerate(SIZES):
        marks: list[Mark] = []
        for family, name in (("autoencoder", "autoencoder"), ("residual_vae", "VAE")):
            these, colour = evidence.of(family=family, train_images=size), FAMILIES[family].colour
            for split, says, line in _SPLITS:
                marks += curves(these, "epoch", f"{split}_recon", f"{name}, {says}", colour, line, legend=i == 0)
        panels.append(Panel(marks, Axis(_images(size), most_ticks=4), Axis("MSE" if i == 0 else "")))
    title = "Error by epoch, training and unseen images"
    return Figure(title, panels, table_of_looks(evidence.of()), shared_y=True)


def _images(size: int) -> str:
    return f"{size:,} images" if size else "all images"


CLAIM = Claim(
    key="generalise",
    question="Does a VAE generalise better than an autoencoder?",
    quote="VAEs are regularized and therefore generalize in distribution better than AEs",
    experiment="The same layers with noise and KL (beta 0.001) and without, 300 steps on 500, 4,000 and 40,000 "
    "images, three seeds. The gap is the MSE on 1,000 unseen images less that on up to 1,000 training images, "
    "both in eval mode. Of all 40,000 each is seen once at most.",
    effect="How much smaller the VAE's gap is, of the autoencoder's error on unseen images, mean of all sizes",
    trials=TRIALS,
    judge=judge,
    draw=draw,
)

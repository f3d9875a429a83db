"""Does a VAE generalise better than an autoencoder? On few, more and all training images, as many steps each.

To generalise is to do well on images that one was not trained on, so what is judged is the error on those, size by
size: a net that learns less of its training images has a smaller gap between the two, and may still be worse on both.
"""

from __future__ import annotations

from explorer.claims.comparison import average, listed, more, paired
from explorer.claims.evidence import Evidence, Trial, planned
from explorer.claims.figure import Axis, Figure, Line, Mark, Panel, curves, table_of_looks
from explorer.claims.verdict import Case, Claim, Finding
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


def judge(evidence: Evidence) -> Finding:
    """How much lower the VAE's error on unseen images ends than the autoencoder's, at each size of the training set."""
    cases, ended, at_best, gaps = [], [], [], []
    for size in SIZES:
        auto, vae = (evidence.of(family=f, train_images=size) for f in ("autoencoder", "residual_vae"))
        pairs = paired(auto, vae)
        if not pairs:
            continue
        cases.append(Case([1 - v.mse / a.mse for a, v in pairs], f"with {_images(size)}"))
        higher = average(v.mse for _, v in pairs) / average(a.mse for a, _ in pairs) - 1
        ended.append(f"{more(higher)} with {_images(size)}")
        at_best.append(more(average(v.best for _, v in pairs) / average(a.best for a, _ in pairs) - 1))
        gaps.append(f"{average(v.gap for _, v in pairs):.5f} against {average(a.gap for a, _ in pairs):.5f}")
    if not cases:
        return Finding()
    return Finding(
        f"Beside the autoencoder's, the VAE's error on unseen images ends {listed(ended)}.",
        f"Each at its best, the VAE's is {listed(at_best)}. Its gap, the MSE on unseen images less "
        f"that on training images, ends at {listed(gaps)}.",
        cases,
    )


def draw(evidence: Evidence) -> Figure:
    """Errors on training and unseen images over epochs: a panel a size of the training set."""
    panels = []
    for i, size in enumerate(SIZES):
        marks: list[Mark] = []
        for family, name in (("autoencoder", "autoencoder"), ("residual_vae", "VAE")):
            these, colour = evidence.of(family=family, train_images=size), FAMILIES[family].colour
            for split, says, line in _SPLITS:
                marks += curves(these, "epoch", f"{split}_recon", f"{name}, {says}", colour, line, legend=i == 0)
            marks += [_ended(trial, name, colour) for trial in these]
        said = _images(size) if i == 0 else _images(size).removesuffix(" images")
        panels.append(Panel(marks, Axis("epochs", most_ticks=4), Axis("MSE" if i == 0 else ""), said))
    title = "Error by epoch, training and unseen images"
    return Figure(title, panels, table_of_looks(evidence.of()), shared_y=True)


def _ended(trial: Trial, name: str, colour: str) -> Mark:
    """What is judged: where the error on unseen images ended."""
    at, error = trial.looks["epoch"][-1], trial.looks["validation_recon"][-1]
    label = f"{name}, seed {trial['seed']}: ended at {error:.5f}"
    return Mark(name, [at], [error], colour, symbol="circle", size=8, legend=False, labels=[label])


def _images(size: int) -> str:
    return f"{size:,} images" if size else "all 40,000 images"


CLAIM = Claim(
    key="generalise",
    question="Does a VAE generalise better than an autoencoder?",
    quote="VAEs are regularized and therefore generalize in distribution better than AEs",
    experiment="The same layers with noise and KL (beta 0.001) and without, 300 steps on 500, 4,000 and 40,000 "
    "images, three seeds. Judged is the MSE on the 10,000 unseen images of the validation split at the end, for each "
    "size by itself; curves and gaps are of 1,000 of them and up to 1,000 training images, in eval mode. Of all 40,000 "
    "each is seen once at most.",
    effect="How much lower the VAE's error on unseen images ends, of the autoencoder's",
    trials=TRIALS,
    judge=judge,
    draw=draw,
)

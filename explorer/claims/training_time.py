"""Does a VAE take longer to train? The notebook's layers, optimiser and step size, with noise and KL and without."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer import palette
from explorer.claims.comparison import average, more, paired
from explorer.claims.evidence import Evidence, Trial, planned
from explorer.claims.figure import Axis, Figure, Mark, Panel, curves, table_of_looks
from explorer.claims.verdict import Case, Claim, Finding
from explorer.nets import FAMILIES
from explorer.presets import PRESETS

# Mean squared errors, on a pixel scale of 0..1; how long a net takes to reach each of them is compared.
THRESHOLDS = (0.03, 0.025, 0.02, 0.018, 0.016, 0.014, 0.012, 0.011, 0.01, 0.009, 0.008, 0.007, 0.006)

_NOTEBOOK, _LENGTH = PRESETS["notebook"], {"epochs": 1, "max_steps": 310, "batch_size": 128}
# Labels of the axis of mean squared errors.
_TICKS = (0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1)


def judge(evidence: Evidence) -> Finding:
    """Additional seconds that the VAE at beta 0.001 takes, of the autoencoder's with the same seed."""
    pairs = paired(evidence.of(family="autoencoder"), evidence.of(family="conv_vae", beta=1e-3))
    mse = common_threshold([t for pair in pairs for t in pair])
    if mse is None:
        return Finding()
    times = [(_seconds(auto, mse), _seconds(vae, mse)) for auto, vae in pairs]
    step = average(_step_s(vae) for _, vae in pairs) / average(_step_s(auto) for auto, _ in pairs) - 1
    lowest = [average(t.best for t in side) for side in zip(*pairs, strict=True)]
    effects = [vae / auto - 1 for auto, vae in times]
    sentence = (
        f"To an MSE of {mse:g} on unseen images the autoencoder takes {average(a for a, _ in times):.1f} s, "
        f"the VAE at beta 0.001 {average(v for _, v in times):.1f} s, both means over seeds; "
        f"the mean of each seed's difference is {more(average(effects), 'more')}."
    )
    more_words = (
        f"A step of the VAE takes {more(step, 'more')} time. In as many steps they came down to {lowest[0]:.5f} and "
        f"{lowest[1]:.5f}."
    )
    return Finding(sentence, more_words, [Case(effects)])


def seconds_to(trial: Trial, mse: float) -> float | None:
    """Seconds of training after which the validation error first came down to `mse`; None if it never did.

    Between two looks on a straight line of log error over time.
    """
    seconds, errors = trial.looks["seconds"], trial.looks["validation_recon"]
    for i, error in enumerate(errors):
        if error > mse:
            continue
        if i == 0:
            return seconds[0]
        share = math.log(errors[i - 1] / mse) / math.log(errors[i - 1] / error)
        return seconds[i - 1] + share * (seconds[i] - seconds[i - 1])
    return None


def common_threshold(trials: Sequence[Trial]) -> float | None:
    """The lowest of `THRESHOLDS` that all of these trials came down to."""
    reached = [mse for mse in THRESHOLDS if all(seconds_to(t, mse) is not None for t in trials)]
    return min(reached) if reached and trials else None


def draw(evidence: Evidence) -> Figure:
    """Error on unseen images over seconds of training, with the mark that was compared at."""
    marks: list[Mark] = []
    for settings, name, colour in (
        ({"family": "autoencoder"}, "autoencoder", FAMILIES["autoencoder"].colour),
        ({"family": "conv_vae", "beta": 1e-4}, "VAE, beta 0.0001", palette.SPATIAL),
        ({"family": "conv_vae", "beta": 1e-3}, "VAE, beta 0.001", FAMILIES["residual_vae"].colour),
    ):
        marks += curves(evidence.of(**settings), "seconds", "validation_recon", name, colour)
    compared = evidence.of(family="autoencoder") + evidence.of(family="conv_vae", beta=1e-3)
    if mse := common_threshold(compared):
        end = max(t.looks["seconds"][-1] for t in compared)
        marks.append(Mark(f"MSE {mse:g}", [0, end], [mse, mse], palette.TOTAL, "dash", width=1))
    ticks = {mse: str(mse) for mse in _TICKS}
    panel = Panel(marks, Axis("seconds of training steps"), Axis("MSE on unseen images", log=True, ticks=ticks))
    return Figure("Error by training time", [panel], table_of_looks(evidence.of()))


def _seconds(trial: Trial, mse: float) -> float:
    found = seconds_to(trial, mse)
    return math.nan if found is None else found


def _step_s(trial: Trial) -> float:
    return trial.looks["seconds"][-1] / trial.looks["step"][-1]


CLAIM = Claim(
    key="time",
    question="Does a VAE take longer to train?",
    quote="VAEs take a lot more time to train",
    experiment="The notebook's layers, AdamW at 0.001, batches of 128, three seeds that take turns on a quiet "
    "machine. Time is that of training steps alone, until the MSE on 1,000 unseen images first comes down to "
    "the lowest mark that all runs reach.",
    effect="Additional seconds that the VAE at beta 0.001 takes, of the autoencoder's with the same seed",
    trials=planned(
        "time",
        {
            "autoencoder": _NOTEBOOK.with_(family="autoencoder", trunk="conv_vae", **_LENGTH),
            "VAE, beta 0.001": _NOTEBOOK.with_(**_LENGTH),
            "VAE, beta 0.0001": _NOTEBOOK.with_(beta=1e-4, **_LENGTH),
        },
    ),
    judge=judge,
    draw=draw,
    looks=24,
)

"""The seed notebook's claims, judged: from the trials of studies/ to verdicts; pure functions.

All are judged by one rule (`decide`). Each seed gives one effect: what the claim says is better or worse, as a share of
what it is compared with, positive where the claim is right.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev
from typing import Any, Literal

from explorer.analysis.measures.same_rate import at_rate
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.units import nats_per_image

STUDIES = Path(__file__).parent.parent.parent / "studies"
MEASURED = (STUDIES / "claims.json", STUDIES / "schedules.json")

MARGIN = 0.01  # an effect smaller than this helps nobody
SIZES = (500, 4000, 0)  # training images; 0 is all
LENGTHS = (5, 20, 60)  # epochs
SHOWN_BETAS = (1e-3, 1e-2, 1e-1)  # of shipped models, in words
THRESHOLDS = (0.03, 0.025, 0.02, 0.018, 0.016, 0.014, 0.012, 0.011, 0.01, 0.009, 0.008, 0.007, 0.006)  # MSE

Verdict = Literal["holds", "fails", "undecided", "not measured"]


@dataclass(frozen=True)
class Trial:
    """A training run, as studies/trials.py writes it.

    Parameters
    ----------
    claim, name, command : str
    settings : dict
        Of `TrainConfig`, those that are not its defaults.
    looks : dict of str to list of float
        At always the same images of either split, in eval mode: step, epoch, seconds (of training steps alone), and
        recon, kl, total after "train_" or "validation_"; empty for a trial that was not watched.
    validation : dict
        On the whole validation split, at the end: recon (MSE, pixels 0 to 1), kl (nats a dimension; None for a point),
        total.
    sharpness : float or None
        At the end, on those validation images: variance of the Laplacian over the originals'.
    """

    claim: str
    name: str
    command: str
    settings: dict[str, Any]
    looks: dict[str, list[float]]
    validation: dict[str, float]
    sharpness: float | None = None

    def __getitem__(self, setting: str) -> Any:
        """A setting, or its default."""
        return self.settings.get(setting, getattr(TrainConfig, setting))

    @property
    def mse(self) -> float:
        """On the whole validation split."""
        return self.validation["recon"]

    @property
    def nats(self) -> float:
        """Rate of an image of the validation split."""
        return nats_per_image(self.validation["kl"], self["latent_dim"])

    @property
    def best(self) -> float:
        """The lowest validation MSE of all looks."""
        return min(self.looks["validation_recon"])

    @property
    def gap(self) -> float:
        """Validation MSE less training MSE, at the end."""
        return self.looks["validation_recon"][-1] - self.looks["train_recon"][-1]


@dataclass(frozen=True)
class Sharpness:
    """What a shipped model's card says of its blur, over a thousand test images: `explorer.analysis.blur.Blur`."""

    title: str
    family: str
    beta: float
    nats: float | None
    sharpness: float


@dataclass(frozen=True)
class Evidence:
    """All that was measured."""

    trials: Sequence[Trial] = ()
    models: Sequence[Sharpness] = ()

    def of(self, claim: str, **settings: Any) -> list[Trial]:
        """Trials of a claim, with these settings, by seed."""
        found = [t for t in self.trials if t.claim == claim and all(t[name] == v for name, v in settings.items())]
        return sorted(found, key=lambda t: t["seed"])


@dataclass(frozen=True)
class Finding:
    """What became of a claim.

    Parameters
    ----------
    verdict : str
    words : str
        What was measured; empty where nothing was.
    effects : tuple of float
        A seed each, as shares; positive where the claim is right.
    measured : int
        Trials that there are, of `Claim.trials`.
    """

    verdict: Verdict
    words: str
    effects: tuple[float, ...]
    measured: int

    @property
    def band(self) -> tuple[float, float]:
        """Mean of the effects less and plus twice their standard deviation over seeds."""
        spread = 2 * stdev(self.effects) if len(self.effects) > 1 else 0.0
        return mean(self.effects) - spread, mean(self.effects) + spread


@dataclass(frozen=True)
class Claim:
    """A claim and how it is put to the test.

    Parameters
    ----------
    key : str
        In the URL, and the command's argument.
    question : str
    quote : str
        The notebook's words.
    experiment : str
    effect : str
        What a seed's effect is.
    trials : int
        How many the study makes.
    judge : callable
        Evidence -> its words and the effects.
    study, where : str, dict
        The claim and the settings whose trials it is judged by, if not all of its own.
    """

    key: str
    question: str
    quote: str
    experiment: str
    effect: str
    trials: int
    judge: Callable[[Evidence], tuple[str, list[float]]] = field(repr=False)
    study: str = ""
    where: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def command(self) -> str:
        """What repeats the trials."""
        return f"python -m studies.claims train {self.study or self.key}"

    def measured(self, evidence: Evidence) -> list[Trial]:
        """The trials that it is judged by, as far as there are any."""
        return evidence.of(self.study or self.key, **self.where)

    def find(self, evidence: Evidence) -> Finding:
        """Judge it by what there is."""
        words, effects = self.judge(evidence)
        return Finding(decide(effects), words, tuple(effects), len(self.measured(evidence)))


def decide(effects: Sequence[float]) -> Verdict:
    """Holds if mean less two standard deviations over seeds exceeds `MARGIN`; fails if mean plus two does not.

    One seed decides nothing.
    """
    if not effects:
        return "not measured"
    if len(effects) < 2:
        return "undecided"
    spread = 2 * stdev(effects)
    if mean(effects) - spread > MARGIN:
        return "holds"
    return "fails" if mean(effects) + spread < MARGIN else "undecided"


RULE = "A claim holds if all of its band lies above 1 % (dashed), fails if all of it lies below, and else is undecided."


def read(paths: Iterable[Path]) -> list[Trial]:
    """The trials of JSON files that studies/trials.py writes, in their order; files that aren't there have none.

    Trials whose objective became no number are left out: nothing was measured at their end.

    Raises
    ------
    ExplorerError
        If a file can't be read.
    """
    found = []
    for path in paths:
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))
            found += [_trial(row) for row in rows if "error" not in row]
        except FileNotFoundError:
            continue
        except (ValueError, KeyError, TypeError) as e:
            raise ExplorerError(f"{path.name} in {path.parent} can't be read", "Restore it, or delete it.") from e
    return found


def _trial(row: dict[str, Any]) -> Trial:
    if "claim" in row:
        return Trial(
            *(row[name] for name in ("claim", "name", "command", "settings", "looks", "validation", "sharpness"))
        )
    kind, seed = row["name"].split(", seed ")  # of studies/schedules.py
    settings = {"beta_schedule": kind, "seed": int(seed)}
    return Trial("schedule", row["name"], row["command"], settings, {}, row["validation"])


# -- measures --------------------------------------------------------------------------------------------------------


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


def paired(first: Sequence[Trial], second: Sequence[Trial]) -> list[tuple[Trial, Trial]]:
    """Trials that have the same seed."""
    others = {t["seed"]: t for t in second}
    return [(t, others[t["seed"]]) for t in first if t["seed"] in others]


# -- the claims ------------------------------------------------------------------------------------------------------


def _blur(evidence: Evidence) -> tuple[str, list[float]]:
    pairs = paired(*(evidence.of("generalise", family=f, train_images=0) for f in ("autoencoder", "residual_vae")))
    effects = [1 - _sharp(vae) / _sharp(auto) for auto, vae in pairs]
    words = ""
    if pairs:
        words = (
            f"At beta 0.001 the VAE keeps {_mean(_sharp(vae) for _, vae in pairs):.3f} of the originals' sharpness, "
            f"the autoencoder {_mean(_sharp(auto) for auto, _ in pairs):.3f}."
        )
    auto = [m.sharpness for m in evidence.models if m.family == "autoencoder"]
    vaes = {m.beta: m.sharpness for m in evidence.models if m.family == "residual_vae"}
    if auto and all(beta in vaes for beta in SHOWN_BETAS):
        parts = [f"{vaes[beta]:.3f} at beta {beta:g}" for beta in SHOWN_BETAS]
        words += f" Of the shipped models the autoencoder keeps {auto[0]:.3f}, VAEs {_listed(parts)}."
    curve = [(m.nats, m.sharpness) for m in evidence.models if m.family == "conditional_vae" and m.nats]
    for coded in sorted((m for m in evidence.models if m.family == "vq_vae" and m.nats), key=lambda m: m.nats or 0):
        if there := at_rate(curve, coded.nats or 0):
            words += f" At {coded.nats:,.0f} nats an image a VQ-VAE keeps {coded.sharpness:.3f}, a VAE {there:.3f}."
    return words.strip(), effects


def _generalise(evidence: Evidence) -> tuple[str, list[float]]:
    by_seed: dict[int, list[float]] = {}
    gaps, at_end, at_best = [], [], []
    for size in SIZES:
        auto, vae = (evidence.of("generalise", family=f, train_images=size) for f in ("autoencoder", "residual_vae"))
        pairs = paired(auto, vae)
        if not pairs:
            continue
        effects = [(a.gap - v.gap) / a.mse for a, v in pairs]
        for (a, _), effect in zip(pairs, effects, strict=True):
            by_seed.setdefault(a["seed"], []).append(effect)
        gap = f"{_mean(a.gap for a, _ in pairs):.5f} against {_mean(v.gap for _, v in pairs):.5f}"
        gaps.append(f"{gap} on {size_words(size)} ({decide(effects)})")
        at_end.append(more_words(_mean(v.mse for _, v in pairs) / _mean(a.mse for a, _ in pairs) - 1))
        at_best.append(more_words(_mean(v.best for _, v in pairs) / _mean(a.best for a, _ in pairs) - 1))
    if not gaps:
        return "", []
    words = (
        f"Gap in MSE, autoencoder against VAE: {', '.join(gaps)}. On unseen images the VAE's error ends "
        f"{_listed(at_end)}; each at its best, {_listed(at_best)}."
    )
    return words, [mean(v) for v in by_seed.values()]


def _longer(evidence: Evidence) -> tuple[str, list[float]]:
    runs = {epochs: evidence.of("longer", epochs=epochs) for epochs in LENGTHS}
    pairs = paired(runs[LENGTHS[0]], runs[LENGTHS[-1]])
    effects = [1 - long.validation["total"] / short.validation["total"] for short, long in pairs]
    there = {epochs: trials for epochs, trials in runs.items() if trials}
    if not there:
        return "", []
    totals = ", ".join(f"{_mean(t.validation['total'] for t in v):.5f} after {e}" for e, v in there.items())
    sharp = ", ".join(f"{_mean(map(_sharp, v)):.3f}" for v in there.values())
    gaps = ", ".join(f"{_mean(t.gap for t in v):.5f}" for v in there.values())
    return f"Validation total {totals} epochs; sharpness {sharp}; gap to training images in MSE {gaps}.", effects


def _spatial(evidence: Evidence) -> tuple[str, list[float]]:
    effects, errors = [], []
    flat = evidence.of("spatial", family="residual_vae")
    kept = evidence.of("spatial", family="spatial_vae")
    for seed in sorted({t["seed"] for t in kept}):
        curve = [(t.nats, t.mse) for t in flat if t["seed"] == seed]
        there = [(t, at_rate(curve, t.nats)) for t in kept if t["seed"] == seed]
        found = [(t, mse) for t, mse in there if mse is not None]
        errors += found
        if found:
            effects.append(_mean(1 - t.mse / mse for t, mse in found))
    if not errors:
        return "The rates of the two don't overlap yet." if flat and kept else "", []
    words = []
    for beta in sorted({t["beta"] for t, _ in errors}):
        these = [(t, mse) for t, mse in errors if t["beta"] == beta]
        words.append(
            f"at {_mean(t.nats for t, _ in these):,.0f} nats an image MSE {_mean(t.mse for t, _ in these):.5f} "
            f"with the layout, {_mean(mse for _, mse in these):.5f} without"
        )
    return f"{_sentence('; '.join(words))}.", effects


def _schedule(evidence: Evidence) -> tuple[str, list[float]]:
    effects, by_kind = [], dict[str, list[float]]()
    constant = evidence.of("schedule", beta_schedule="constant")
    for seed in sorted({t["seed"] for t in evidence.of("schedule")}):
        curve = [(t.nats, t.mse) for t in constant if t["seed"] == seed]
        found = []
        for kind in ("linear", "cyclical"):
            for trial in evidence.of("schedule", beta_schedule=kind, seed=seed):
                if mse := at_rate(curve, trial.nats):
                    found.append(1 - trial.mse / mse)
                    by_kind.setdefault(kind, []).append(found[-1])
        if found:
            effects.append(mean(found))
    if not effects:
        return "", []
    names = {"linear": "a warm-up", "cyclical": "four cycles"}
    parts = _listed([f"{more_words(-mean(v))} after {names[kind]}" for kind, v in by_kind.items()])
    return f"At the same rate the error is {parts} than with a constant beta.", effects


def _time(evidence: Evidence) -> tuple[str, list[float]]:
    pairs = paired(evidence.of("time", family="autoencoder"), evidence.of("time", family="conv_vae", beta=1e-3))
    mse = common_threshold([t for pair in pairs for t in pair])
    if mse is None:
        return "", []
    times = [(_seconds(auto, mse), _seconds(vae, mse)) for auto, vae in pairs]
    step = _mean(_step_s(vae) for _, vae in pairs) / _mean(_step_s(auto) for auto, _ in pairs) - 1
    lowest = [_mean(t.best for t in side) for side in zip(*pairs, strict=True)]
    words = (
        f"To a validation MSE of {mse:g}: {_mean(a for a, _ in times):.1f} s for the autoencoder, "
        f"{_mean(v for _, v in times):.1f} s for the VAE at beta 0.001, a step of which takes "
        f"{more_words(step, 'more')} time. In as many steps they came down to {lowest[0]:.5f} and {lowest[1]:.5f}."
    )
    return words, [vae / auto - 1 for auto, vae in times]


CLAIMS = {
    claim.key: claim
    for claim in (
        Claim(
            key="blur",
            question="Is a VAE blurrier than an autoencoder?",
            quote="We can see the smoothness problem that led to the introduction of VQ-VAEs",
            experiment="Autoencoder and VAE (beta 0.001) with the same layers, 300 steps on all training images, three "
            "seeds; beside them the shipped models. Sharpness is the variance of the Laplacian over the originals', "
            "from one sample of z.",
            effect="Sharpness that the VAE loses, of the autoencoder's",
            trials=6,
            judge=_blur,
            study="generalise",
            where={"train_images": 0},
        ),
        Claim(
            key="generalise",
            question="Does a VAE generalise better than an autoencoder?",
            quote="VAEs are regularized and therefore generalize in distribution better than AEs",
            experiment="The same layers with noise and KL (beta 0.001) and without, 300 steps on 500, 4,000 and 40,000 "
            "images, three seeds. The gap is the MSE on 1,000 unseen images less that on up to 1,000 training images, "
            "both in eval mode. Of all 40,000 each is seen once at most.",
            effect="How much smaller the VAE's gap is, of the autoencoder's error on unseen images, mean of all sizes",
            trials=18,
            judge=_generalise,
        ),
        Claim(
            key="time",
            question="Does a VAE take longer to train?",
            quote="VAEs take a lot more time to train",
            experiment="The notebook's layers, AdamW at 0.001, batches of 128, three seeds that take turns on a quiet "
            "machine. Time is that of training steps alone, until the MSE on 1,000 unseen images first comes down to "
            "the lowest mark that all runs reach.",
            effect="Additional seconds that the VAE at beta 0.001 takes, of the autoencoder's",
            trials=9,
            judge=_time,
        ),
        Claim(
            key="spatial",
            question="Does a spatial latent keep more of the picture?",
            quote="Instead of a linear layer […] a conv layer to better represent spatial information",
            experiment="A latent of 2 x 8 x 8 and a flat one of 128, 1.51 million parameters each, 250 steps on all "
            "training images, three seeds. The flat one is trained at three betas, and its error read at the rate of "
            "the spatial one.",
            effect="Error that the spatial latent saves at the same rate, of the flat one's",
            trials=15,
            judge=_spatial,
        ),
        Claim(
            key="longer",
            question="Does training for longer help, on 4,000 images?",
            quote="Train for longer",
            experiment="The residual VAE at beta 0.001 on 4,000 images for 5, 20 and 60 epochs, two seeds: a run each, "
            "since step sizes fall to the end of a run.",
            effect="How much lower the total on unseen images is after 60 epochs than after 5",
            trials=6,
            judge=_longer,
        ),
        Claim(
            key="schedule",
            question="Does a schedule of beta help?",
            quote="We might want to put our hparam beta on a schedule",
            experiment="The notebook's layers with group norm and Muon, 300 steps of 64 images, three seeds: beta "
            "0.001 after a warm-up or in four cycles, and constant at 0.0007, 0.001 and 0.0014. The error of constant "
            "betas is read at the rate that a schedule ended with.",
            effect="Error that a schedule saves at the same rate, mean of both schedules",
            trials=15,
            judge=_schedule,
        ),
    )
}


def size_words(size: int) -> str:
    """Training images in words."""
    return f"{size:,} images" if size else "all images"


def more_words(share: float, up: str = "higher") -> str:
    """A share more or less: "2.1 % higher", "0.4 % lower" or, beside `up` "more", "less"."""
    down = {"higher": "lower", "more": "less"}[up]
    return f"{abs(share):.1%} ".replace("%", " %") + (up if share > 0 else down)


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _sharp(trial: Trial) -> float:
    if trial.sharpness is None:
        raise ExplorerError(f"the trial {trial.name} has no sharpness", "Delete its row and measure it again.")
    return trial.sharpness


def _seconds(trial: Trial, mse: float) -> float:
    found = seconds_to(trial, mse)
    return math.nan if found is None else found


def _step_s(trial: Trial) -> float:
    return trial.looks["seconds"][-1] / trial.looks["step"][-1]


def _mean(values: Iterable[float]) -> float:
    return mean(list(values))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]

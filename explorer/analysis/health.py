"""How a run is doing, in plain words: a pure function of its metrics and status."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from statistics import fmean, median
from typing import Literal, TypeVar

from explorer.in_use import IN_USE_NATS
from explorer.runs import Status
from explorer.runs.metrics import ENOUGH, Metrics
from explorer.runs.rows import Change, Measured, Row, Train, TrainLoss, Validation
from explorer.units import beta_text, total

AnyMeasured = TypeVar("AnyMeasured", bound=Measured)
Level = Literal["good", "warn", "bad", "info"]

SPIKE = 3.0  # KL over its recent median that counts as a jump; in healthy runs they differ by a few tens of percent
# Rise of the validation total above its best, as a share of it, that counts as overfitting if the training total falls.
OVERFIT = 0.03
# Validation error over the training error from which on the images that were trained on are learnt by heart: where it
# was that times smaller at first, since a few validation images may be hard by themselves, or else by so much.
GAP, ANY_GAP = 2.0, 5.0
SAME_BETA = 0.05  # share by which beta may differ for totals to be compared: they then differ by less, from that alone
IMPROVING = 0.01  # fall of the validation total, from one window to the next, that counts as progress, as a share of it
WINDOW = ENOUGH // 2  # measurements in a window, whose mean is compared with that of the window before, at least
# Of a prior, as shares of all that its loss fell: a rise that counts as overfitting, a fall that counts as progress.
PRIOR_OVERFIT, PRIOR_IMPROVING = 0.05, 0.02
SETTLED = 100  # steps from which on a KL near zero is called collapsed: before, it may still rise by itself


@dataclass(frozen=True)
class Health:
    """A verdict: "good", "warn", "bad" or "info" (nothing to judge yet), and one or two sentences that say why."""

    level: Level
    sentence: str


def health(metrics: Metrics, status: Status) -> Health:
    """Judge a run by its metrics and its status.

    Measurements from before the last change of beta are left out, since their KL obeyed another bargain, and totals are
    compared within one beta only, which the words say. Only a run that took all of its steps can have converged.
    """
    if status.state == "failed":
        error = status.error
        return Health("bad", _sentences(error.what, error.advice) if error else "The run failed.")
    if status.state == "queued":
        return Health("info", f"Waiting in line behind {_count(status.ahead, 'run')}.")
    if status.state == "starting":
        if status.images_to_read:
            return Health("info", f"Reading pictures: {status.images_read:,} of {status.images_to_read:,}.")
        if status.images_read:
            return Health("info", f"Counting pictures: {status.images_read:,}.")
        return Health("info", "Getting ready: images and network are being loaded.")

    if metrics.train_loss:
        return _of_prior(metrics, status)
    changed, every = [change for change in metrics.changes if change.what == "beta"], metrics
    metrics = metrics.since_beta_change()
    train, validation = metrics.train, metrics.validation
    for row in (*train[-1:], *validation[-1:]):
        if not _is_measured(row):
            return Health("bad", f"The objective is not a number any more at step {row.step:,}. Stop the run.")
    validation = [row for row in validation if _is_measured(row)]
    if status.state == "finished" and not train and metrics.full:
        return Health("good", "Solved in closed form: on its training images no linear VAE does better at this beta.")
    if len(validation) < ENOUGH or len(train) < ENOUGH:
        if status.state == "stopped" and not status.step:
            return Health("info", "Stopped before its first step.")
        if changed:
            last = changed[-1]
            words = (
                f"beta became {beta_text(last.value)} at step {last.step:,}, and totals at two betas aren't compared"
            )
            return Health("info", f"{_begin(status, 'Too early to tell', ', too short to judge')}: {words}.")
        if status.active:
            return Health("info", f"Too early to tell: {_awaited(train, validation)}.")
        return Health("info", f"{_begin(status, '', ', too short to judge')}: it has its first few measurements only.")
    beta = train[-1].beta
    if found := _collapse(validation, beta) or _few_images(validation) or _spike(train, validation):
        return found
    known = len(validation)
    train, validation = _at_beta(train, beta), _at_beta(validation, beta)
    if len(validation) < ENOUGH or len(train) < ENOUGH:
        moves = f"beta moves, now {beta_text(beta)}, and totals at different betas aren't compared"
        return Health("info", f"{_begin(status, 'Not judged', ', not judged')}: {moves}.")
    if found := _overfit(train, validation, beta) or _gap(train, validation):
        return found
    found = _progress(validation, beta, status)
    if changed and found.level == "good":
        worse = _worse(every.of(type(validation[-1])), changed[-1], validation, status.active)
        found = Health("info", f"{worse} {found.sentence}") if worse else found
    if changed or len(validation) < known:
        since = f"Judged since step {validation[0].step:,}, all at beta {beta_text(beta)}."
        return replace(found, sentence=f"{found.sentence} {since}")
    return found


def _of_prior(metrics: Metrics, status: Status) -> Health:
    """Of a prior: whether its loss still falls, and on images that it does not train on, too."""
    train, validation = metrics.train_loss, metrics.validation_loss
    for row in (*train[-1:], *validation[-1:]):
        if not math.isfinite(row.loss):
            return Health("bad", f"The loss is not a number any more at step {row.step:,}. Stop the run.")
    validation = [row for row in validation if math.isfinite(row.loss)]
    if len(validation) < ENOUGH or len(train) < ENOUGH:
        if status.active:
            return Health("info", f"Too early to tell: {_awaited(train, validation)}.")
        return Health("info", f"{_begin(status, '', ', too short to judge')}: it has its first few measurements only.")
    losses, window = [row.loss for row in validation], _window(validation)
    smooth = _smooth(losses, window)
    best = min(range(len(smooth)), key=smooth.__getitem__)
    rise = smooth[-1] - smooth[best]
    gained = (
        max(smooth) - smooth[best]
    )  # a loss may have any sign, and a floor that nobody knows: how far it came counts
    turned_at = validation[best + window - 1].step
    learnt = [fmean(row.loss for row in rows) for rows in (_until(train, turned_at, window), train[-window:])]
    if len(smooth) - 1 - best >= window and rise > PRIOR_OVERFIT * gained and learnt[1] < learnt[0]:
        return Health(
            "warn",
            f"Overfitting: the validation loss has risen since step {turned_at:,}, from {smooth[best]:.4g} to "
            f"{smooth[-1]:.4g}, while the training loss fell. It learns its training images by heart; longer training "
            "will not help.",
        )
    before, recent = fmean(losses[-2 * window : -window]), fmean(losses[-window:])
    steps = validation[-1].step - validation[-2 * window].step
    done: Level = "info" if status.state == "stopped" else "good"
    words = f"the validation loss went from {before:.4g} to {recent:.4g} within {steps:,} steps"
    if before - recent > PRIOR_IMPROVING * gained:
        return Health(done, f"{_begin(status, 'Still improving', ' while improving')}: {words}.")
    if status.active:
        return Health(done, f"Flat: {words}. Nothing is wrong; it may be done.")
    return Health(done, f"Converged: {words}." if status.state == "finished" else f"{_begin(status, '', '')}: {words}.")


def _until(train: Sequence[TrainLoss], step: int, window: int) -> Sequence[TrainLoss]:
    return [row for row in train if row.step <= step][-window:] or train[:1]


def _collapse(validation: Sequence[Validation], beta: float) -> Health | None:
    last = validation[-1]
    if beta > 0 and last.step >= SETTLED and last.kl < IN_USE_NATS:  # on average over dimensions
        return Health(
            "bad",
            f"Collapsed: the latents carry {last.kl:.1g} nats a dimension, so every image comes out alike. "
            f"Lower beta (it is {beta_text(beta)}).",
        )
    return None


def _few_images(validation: Sequence[Validation]) -> Health | None:
    """A jump of the validation KL that most images have no part in: docs/kl-jumps."""
    last = validation[-1]
    usual = last.kl_median
    if usual is None or last.kl <= SPIKE * usual or last.kl <= 0.1:
        return None
    return Health(
        "warn",
        f"A few images take most of the validation KL: {last.kl:.3g} nats a dimension, {usual:.2g} for the median "
        "image. Batch norm's running statistics don't fit them; group norm knows no such jumps.",
    )


def _spike(train: Sequence[Train], validation: Sequence[Validation]) -> Health | None:
    if not math.isfinite(validation[-1].kl):
        return None  # latents are points, whose KL is infinite
    for name, measured in (("training", train), ("validation", validation)):  # type: str, Sequence[Measured]
        before = median(row.kl for row in measured[-2 * ENOUGH : -1])
        last = measured[-1]
        if last.beta < median(row.beta for row in measured[-2 * ENOUGH : -1]) / 2:
            continue  # its schedule asks for more nats
        if last.kl > SPIKE * before and last.kl > 0.1:
            return Health(
                "warn",
                f"KL spike: {name} KL jumped to {last.kl:.3g} nats a dimension from about {before:.2g}. "
                "Lower the learning rate if it comes again.",
            )
    return None


def _overfit(train: Sequence[Train], validation: Sequence[Validation], beta: float) -> Health | None:
    window = _window(validation)
    totals = _smooth(_totals(validation, beta), window)
    best = min(range(len(totals)), key=totals.__getitem__)
    if len(totals) - 1 - best < window or totals[-1] < (1 + OVERFIT) * totals[best]:
        return None
    turned_at = validation[best + window - 1].step
    earlier = [row for row in train if row.step <= turned_at][-window:]
    later = train[-window:]
    if not earlier or fmean(_totals(later, beta)) >= fmean(_totals(earlier, beta)):
        return None
    rise = 100 * (totals[-1] / totals[best] - 1)
    return Health(
        "warn",
        f"Overfitting: the validation total has risen {rise:.0f} % since step {turned_at:,} while the training total "
        f"fell ({_errors(train, validation)}). More images or a higher beta would help; longer training will not.",
    )


def _gap(train: Sequence[Train], validation: Sequence[Validation]) -> Health | None:
    seen, unseen = _recent_errors(train, validation)
    first = validation[: _window(validation)]
    before = [row.recon for row in train if row.step <= first[-1].step] or [train[0].recon]
    at_first = fmean(row.recon for row in first) / max(fmean(before), 1e-12)
    if unseen < ANY_GAP * seen and unseen < GAP * seen * max(1, at_first):
        return None
    return Health(
        "warn",
        f"Overfitting: {_errors(train, validation)}. It knows the images that it trains on by heart. More images would "
        "help; longer training will not.",
    )


def _errors(train: Sequence[Train], validation: Sequence[Validation]) -> str:
    seen, unseen = _recent_errors(train, validation)
    return f"MSE {seen:.2g} on training images, {unseen:.2g} on validation images"


def _recent_errors(train: Sequence[Train], validation: Sequence[Validation]) -> tuple[float, float]:
    """Mean squared errors over the last window of the validation curve."""
    recent = validation[-_window(validation) :]
    meanwhile = [row.recon for row in train if row.step >= recent[0].step] or [train[-1].recon]
    return fmean(meanwhile), fmean(row.recon for row in recent)


def _progress(validation: Sequence[Validation], beta: float, status: Status) -> Health:
    totals, window = _totals(validation, beta), _window(validation)
    recent, before = fmean(totals[-window:]), fmean(totals[-2 * window : -window])
    fall = 1 - recent / before if before else 0.0
    steps = validation[-1].step - validation[-2 * window].step
    errors = [fmean(row.recon for row in rows) for rows in (validation[-2 * window : -window], validation[-window:])]
    done: Level = "info" if status.state == "stopped" else "good"  # it has not shown what it comes to
    if fall > IMPROVING and errors[1] > (1 + IMPROVING) * errors[0]:
        words = (
            f"the validation total fell {100 * fall:.0f} % within {steps:,} steps, as beta {beta_text(beta)} asks, and "
            f"reconstructions got worse: MSE {errors[0]:.2g} to {errors[1]:.2g}"
        )
        return Health(
            "info", f"{_begin(status, 'Trading detail for nats', ' while trading detail for nats')}: {words}."
        )
    if fall > IMPROVING:
        words = f"the validation total fell {100 * fall:.0f} % within {steps:,} steps"
        return Health(done, f"{_begin(status, 'Still improving', ' while improving')}: {words}.")
    if fall < -OVERFIT:
        words = f"the validation total rose {-100 * fall:.0f} % within {steps:,} steps"
        return Health("warn", f"{_begin(status, 'Getting worse', ' while getting worse')}: {words}.")
    words = f"the validation total has moved by less than {100 * max(IMPROVING, abs(fall)):.0f} % in {steps:,} steps"
    if status.active:
        return Health(done, f"Flat: {words}. Nothing is wrong; it may be done.")
    return Health(done, f"Converged: {words}." if status.state == "finished" else f"{_begin(status, '', '')}: {words}.")


def _awaited(train: Sequence[Row], validation: Sequence[Row]) -> str:
    """How many of the measurements that a verdict takes there are yet, of the kind that is scarcer."""
    if not train:
        return "the first measurements are coming in"
    if len(validation) <= len(train):
        return f"{len(validation)} of the {ENOUGH} validation measurements that a verdict takes have come in"
    return f"{len(train)} of the {ENOUGH} training measurements that a verdict takes have come in"


def _worse(measured: Sequence[Validation], last: Change, validation: Sequence[Validation], active: bool) -> str:
    """What a change of beta has cost in reconstruction, in words; empty if nothing. Errors compare at any two betas."""
    before = [row.recon for row in measured if row.step <= last.step and math.isfinite(row.recon)][-WINDOW:]
    if not before:
        return ""
    error, now = fmean(before), fmean(row.recon for row in validation[-_window(validation) :])
    if now <= (1 + OVERFIT) * error:
        return ""
    return (
        f"Reconstructions are worse than before beta became {beta_text(last.value)} at step {last.step:,}: "
        f"MSE {error:.2g} then, {now:.2g} {'now' if active else 'at the end'}."
    )


def _begin(status: Status, active: str, over: str) -> str:
    """How a sentence begins: of a run that goes on, or of one that has ended, and how, with what is said of that."""
    if status.active:
        return active
    how = f"Stopped at step {status.step:,} of {status.total_steps:,}" if status.state == "stopped" else "Ended"
    return how + over


def _at_beta(rows: Sequence[AnyMeasured], beta: float) -> list[AnyMeasured]:
    """The last ones of those whose beta is the same."""
    others = [i for i, row in enumerate(rows) if abs(row.beta - beta) > SAME_BETA * beta]
    return list(rows[others[-1] + 1 :] if others else rows)


def _totals(rows: Sequence[Measured], beta: float) -> list[float]:
    return [total(row.recon, row.kl, beta) for row in rows]


def _window(measured: Sequence[Row]) -> int:
    """Measurements to average: a quarter of the run, since late progress is slow."""
    return max(WINDOW, len(measured) // 4)


def _smooth(values: list[float], window: int) -> list[float]:
    sums = [0.0, *accumulate(values)]
    return [(sums[i + window] - sums[i]) / window for i in range(len(values) - window + 1)]


def _is_measured(row: Measured) -> bool:
    """Whether all that counts is a number: at beta 0 the KL does not."""
    return math.isfinite(row.recon) and (math.isfinite(row.kl) or row.beta == 0)


def _sentences(*parts: str) -> str:
    return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"

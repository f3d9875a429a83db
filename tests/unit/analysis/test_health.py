"""The health line: one story in metrics, one verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from explorer.analysis.health import Health, health
from explorer.runs import RunError, State, Status
from explorer.runs.metrics import Metrics
from explorer.runs.rows import Full, Measured, Row, Subset, Train
from tests.rows import change, measured

Curve = Callable[[float], float]


def story(train: Curve, validation: Curve, kl: Curve = lambda t: 1.5, beta: float = 1e-3, n: int = 40) -> list[Row]:
    """Rows of a run of 1,000 steps: `train` and `validation` are totals as functions of the progress, 0..1."""
    rows: list[Row] = []
    for i in range(n):
        t, step = i / (n - 1), 10 + 990 * i // (n - 1)
        for kind, curve in ((Train, train), (Subset, validation)):
            rows.append(measured(kind, step, curve(t) - beta * kl(t), kl=kl(t), beta=beta))
    return rows


def judged(rows: Sequence[Row], status: Status) -> Health:
    return health(Metrics(rows), status)


def with_last(rows: list[Row], **changes: Any) -> list[Row]:
    """The same with other values in the last row."""
    return [*rows[:-1], replace(rows[-1], **changes)]


def falling(t: float) -> float:
    return 0.007 + 0.02 * math.exp(-3 * t)


def fallen(t: float) -> float:
    return 0.007 + 0.02 * math.exp(-30 * t)


RUNNING = Status("running", step=1000, total_steps=2000)
OVERFIT = story(falling, lambda t: 0.008 + 0.01 * (t - 0.4) ** 2)
SPIKING = story(falling, falling, kl=lambda t: 40.0 if t == 1 else 1.5)
COLLAPSED = story(fallen, fallen, kl=lambda t: 0.3 * math.exp(-20 * t))


@pytest.mark.parametrize(
    ("rows", "level", "words"),
    [
        (story(falling, falling), "good", "Still improving"),
        (story(fallen, fallen), "good", "Flat"),
        (OVERFIT, "warn", "Overfitting"),
        (story(lambda t: 0.01, lambda t: 0.008 + 0.01 * max(0, t - 0.5)), "warn", "Getting worse"),
        (SPIKING, "warn", "KL spike"),
        (COLLAPSED, "bad", "Collapsed"),
        (story(falling, falling)[:6], "info", "Too early"),
        ([], "info", "Too early"),
    ],
)
def test_running(rows: list[Row], level: str, words: str):
    found = judged(rows, RUNNING)
    assert found.level == level
    assert found.sentence.startswith(words)
    assert found.sentence.endswith(".")


@pytest.mark.parametrize(("curve", "words"), [(falling, "Ended while improving"), (fallen, "Converged")])
def test_finished(curve: Curve, words: str):
    assert judged(story(curve, curve), Status("finished")).sentence.startswith(words)


def test_noise_is_no_overfitting():
    """The notebook's own validation totals jump by 10 % from epoch to epoch early on."""
    rows = story(falling, lambda t: falling(t) * (1.05 if int(t * 39) % 2 else 0.95))
    assert judged(rows, RUNNING).sentence.startswith("Still improving")


def test_an_autoencoder_does_not_collapse():
    rows = story(fallen, fallen, kl=lambda t: 0.0, beta=0.0)
    assert judged(rows, RUNNING).level == "good"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_not_a_number(value: float):
    assert judged(with_last(story(falling, falling), recon=value), RUNNING).level == "bad"


def test_failed_repeats_the_reason():
    status = Status("failed", error=RunError("Training broke at step 31", "Lower the learning rate."))
    assert judged([], status) == judged(story(falling, falling), status)
    assert judged([], status).sentence == "Training broke at step 31. Lower the learning rate."


@pytest.mark.parametrize(("state", "words"), [("queued", "behind 1 run."), ("starting", "Getting ready")])
def test_before_the_first_step(state: State, words: str):
    found = judged([], Status(state, ahead=1))
    assert found.level == "info"
    assert words in found.sentence


def test_a_change_of_beta_starts_afresh():
    """Lower beta lets the KL rise: that is no spike, and totals at two betas can't be compared."""
    before = story(fallen, fallen, kl=lambda t: 0.05, beta=1e-2)
    lower = change(1000, "beta", 1e-4)
    after = [replace(row, step=1000 + row.step) for row in story(fallen, fallen, kl=lambda t: 6.0, beta=1e-4)]
    assert judged([*before, lower], RUNNING).sentence.startswith("Too early")
    assert judged([*before, lower, *after], RUNNING).sentence.startswith("Flat")


def test_what_it_waits_for_is_said():
    rows = story(falling, falling)
    assert "6 of the 8 validation measurements" in judged(rows[:12], RUNNING).sentence
    assert "7 of the 8 training measurements" in judged([*rows[1:16:2], *rows[:14:2]], RUNNING).sentence


def test_reconstructions_worse_than_before_a_change_of_beta_are_not_good():
    """The new total may fall all the same: it is the new bargain's."""
    before = story(falling, falling, beta=1e-3)
    after = [replace(row, step=1000 + row.step) for row in story(falling, falling, kl=lambda t: 0.03, beta=0.1)]
    worse = [replace(row, recon=row.recon + 0.05) if isinstance(row, Measured) else row for row in after]
    finished = Status("finished", step=2000, total_steps=2000)
    found = judged([*before, change(1000, "beta", 0.1), *worse], finished)
    assert found.level == "info"
    assert found.sentence.startswith(
        "Reconstructions are worse than before beta became 0.1 at step 1,000: MSE 0.0066 then"
    )
    assert judged([*before, change(1000, "beta", 0.1), *after], finished).level == "good"


def test_the_whole_split_counts_once_there_is_enough_of_it():
    rows = story(falling, falling)
    full: list[Row] = [measured(Full, row.step, 0.02) for row in rows if isinstance(row, Subset)]
    assert judged(rows + full[:7], RUNNING).sentence.startswith("Still improving")
    assert judged(rows + full[:8], RUNNING).sentence.startswith("Flat")


def test_a_closed_form_has_nothing_left_to_gain():
    rows: list[Row] = [measured(Full, step, 0.05, kl=0.0) for step in (0, 78)]
    found = judged(rows, Status("finished"))
    assert (found.level, found.sentence[:22]) == ("good", "Solved in closed form:")
    assert "Too early" in judged(rows[:1], Status("running")).sentence


def test_a_few_images_that_take_most_of_the_kl_are_told_from_a_spike():
    """As batch norm's running statistics make them: docs/kl-jumps."""
    rows = story(falling, falling)
    found = judged(with_last(rows, kl=19.5, kl_median=1.76), RUNNING)
    assert (found.level, found.sentence[:54]) == ("warn", "A few images take most of the validation KL: 19.5 nats")
    assert judged(with_last(rows, kl=19.5, kl_median=19.0), RUNNING).sentence.startswith("KL spike")


def test_a_run_stopped_in_line_has_taken_no_step():
    assert "before its first step" in judged([], Status("stopped", step=0, total_steps=10)).sentence


@pytest.mark.parametrize(
    ("curve", "words"),
    [(falling, "Stopped at step 28 of 300 while improving"), (lambda t: 0.01, "Stopped at step 28 of 300: the")],
)
def test_a_stopped_run_has_not_converged(curve: Curve, words: str):
    found = judged(story(curve, curve), Status("stopped", step=28, total_steps=300))
    assert found.level == "info"
    assert found.sentence.startswith(words)
    assert "onverged" not in found.sentence
    few = judged(story(curve, curve)[:6], Status("stopped", step=28, total_steps=300)).sentence
    assert few.startswith("Stopped at step 28 of 300, too short to judge")


def test_what_is_learnt_by_heart_is_named_with_both_errors():
    rows = story(lambda t: 0.0001 + 1e-3 * 1.5, lambda t: 0.006 + 1e-3 * 1.5)
    for status in (RUNNING, Status("finished", step=1000, total_steps=1000)):
        found = judged(rows, status)
        assert found.level == "warn"
        assert found.sentence.startswith("Overfitting: MSE 0.0001 on training images, 0.006 on validation images.")
    assert "MSE 0.0" in judged(OVERFIT, RUNNING).sentence
    assert "Overfitting" not in judged(story(lambda t: 0.006, lambda t: 0.009), RUNNING).sentence
    hard = story(lambda t: 0.008, lambda t: 0.016)  # from the start: these images are hard by themselves
    assert "Overfitting" not in judged(hard, RUNNING).sentence
    grown = story(lambda t: 0.012 - 0.007 * t, lambda t: 0.014)
    assert judged(grown, RUNNING).sentence.startswith("Overfitting: MSE 0.00")


def after_a_rise(n: int = 40) -> list[Row]:
    """At beta 0.001 to step 1,000, then at 0.02: the KL falls, reconstructions get worse, and so the total falls."""
    before = story(falling, falling)
    after: list[Row] = [change(1000, "beta", 0.02)]
    for i in range(n):
        recon, kl = 0.0055 + 0.003 * i / n, 1.5 - i / n
        after += [measured(kind, 1010 + 10 * i, recon, kl=kl, beta=0.02) for kind in (Train, Subset)]
    return before + after


def test_worse_reconstructions_are_no_improvement():
    found = judged(after_a_rise(), RUNNING)
    assert found.level == "info"
    assert found.sentence.startswith("Trading detail for nats: the validation total fell")
    assert "as beta 0.02 asks, and reconstructions got worse: MSE 0.0" in found.sentence
    assert found.sentence.endswith("Judged since step 1,010, all at beta 0.02.")


def test_too_few_steps_since_a_change_are_not_judged_and_it_says_why():
    words = "beta became 0.02 at step 1,000, and totals at two betas aren't compared."
    assert judged(after_a_rise(3), RUNNING).sentence == f"Too early to tell: {words}"
    stopped = Status("stopped", step=1040, total_steps=2000)
    assert judged(after_a_rise(3), stopped).sentence == f"Stopped at step 1,040 of 2,000, too short to judge: {words}"


def moving(betas: Curve) -> list[Measured]:
    """A schedule's, with a total that falls if it is taken at any one beta."""
    return [replace(row, beta=betas(row.step / 1000)) for row in story(falling, falling) if isinstance(row, Measured)]


def test_totals_are_compared_within_one_beta():
    found = judged(moving(lambda t: 1e-3 * t), RUNNING)
    assert (found.level, found.sentence) == (
        "info",
        "Not judged: beta moves, now 0.001, and totals at different betas aren't compared.",
    )
    found = judged(moving(lambda t: 1e-3 * min(1, 3 * t)), RUNNING)
    assert found.sentence.startswith("Still improving")
    assert found.sentence.endswith("all at beta 0.001.")
    assert int(found.sentence.split("since step ")[1].split(",")[0]) > 300


def test_a_kl_that_a_falling_beta_lets_rise_is_no_spike():
    rows = moving(lambda t: 1e-3 if t < 1 else 1e-5)
    risen: list[Row] = [replace(row, kl=9.0) for row in rows[-2:]]
    found = judged([*rows[:-2], *risen], RUNNING)
    assert "spike" not in found.sentence

"""What every schedule of beta promises, and the numbers that all of them have always given."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.schedules import BETA_SCHEDULES, DECAYS, Allowance, BetaSchedule, state_in

TOTAL = 60
CHANGED_AT = 30  # step at which a person changes beta and learning rate
NUMBERS = json.loads((Path(__file__).parent / "numbers.json").read_text())


@dataclass(frozen=True)
class Terms:
    recon: float
    kl: float


def answer(step: int, beta: float) -> Terms:
    """What a batch comes to: a KL that falls as beta rises, an error that falls with time, and both waver."""
    kl = 2.0 / (1.0 + 300 * beta) * (1 + 0.3 * math.sin(step * 1.7)) + 0.01
    recon = 0.02 / (1 + step / 20) * (1 + 0.2 * math.cos(step * 0.9)) + 0.004
    return Terms(recon, kl)


def make(key: str, target_nats: float = 150.0, steps: int = 0) -> BetaSchedule:
    settings = TrainConfig(beta=0.003, beta_schedule=key, beta_steps=steps, target_nats=target_nats)
    return settings.schedules(TOTAL)[0]


def run(schedule: BetaSchedule, first: int = 0, last: int = TOTAL) -> Iterator[tuple[int, float, Allowance]]:
    """Steps of a run, each with its beta and its allowance."""
    for step in range(first, last):
        beta = schedule.beta(step)
        yield step, beta, schedule.allowance(step)
        schedule.after(answer(step, beta))


every = pytest.mark.parametrize("key", BETA_SCHEDULES)


@every
def test_its_record(key: str):
    schedule = BETA_SCHEDULES[key]
    assert schedule.key == key
    assert schedule.help.endswith(".")
    cited = "et al." in schedule.help
    assert cited == bool(schedule.source), "the sentence names the paper, and the source says where in it"


@pytest.mark.parametrize("case", NUMBERS["beta"])
def test_betas_are_what_they_were(case: str):
    """By the former functions of the step, on the same answers; beta is changed to 0.0007 at step 30."""
    key, steps = case.split(", ")
    schedule, found = make(key, steps=int(steps)), {}
    for step, beta, allowance in run(schedule):
        found[step] = beta, allowance
        if step == CHANGED_AT - 1:
            schedule.base = 0.0007
    for step, beta, free_nats, capacity in NUMBERS["beta"][case]:  # nats a dimension, of 128
        assert found[step][0] == pytest.approx(beta, rel=1e-12, abs=0)  # libraries differ in the last digit of exp
        assert found[step][1].free_nats / 128 == free_nats
        assert found[step][1].capacity == (None if capacity is None else pytest.approx(capacity * 128, rel=1e-12))


@every
def test_it_goes_on_where_it_was(key: str):
    whole, before, after = make(key), make(key), make(key)
    expected = list(run(whole))
    first = list(run(before, 0, 20))
    after.restore(json.loads(json.dumps(before.state)))
    assert first + list(run(after, 20)) == expected
    assert after.state == whole.state


@every
def test_nothing_to_restore_is_a_beginning(key: str):
    schedule = make(key)
    schedule.restore({})
    assert list(run(schedule)) == list(run(make(key)))


@every
def test_what_is_foreseen_does_not_listen(key: str):
    """`foreseeable` is what lets a form draw it before the run."""
    deaf = make(key)
    foreseen = [(step, deaf.beta(step), deaf.allowance(step)) for step in range(TOTAL)]
    assert (list(run(make(key))) == foreseen) == BETA_SCHEDULES[key].foreseeable
    assert bool(deaf.state) != BETA_SCHEDULES[key].foreseeable


@every
def test_the_target_matters_to_those_that_say_so(key: str):
    near, far = list(run(make(key, 50.0))), list(run(make(key, 500.0)))
    assert (near != far) == BETA_SCHEDULES[key].targeted


@every
def test_a_change_in_flight_is_the_new_base(key: str):
    schedule = make(key)
    for _ in run(schedule, 0, 20):
        pass
    before = schedule.beta(20)
    schedule.base *= 2
    assert schedule.beta(20) == pytest.approx(2 * before)


@every
def test_a_beta_of_zero(key: str):
    if not BETA_SCHEDULES[key].allows_zero:
        with pytest.raises(ExplorerError, match="beta is 0 and the schedule is"):
            TrainConfig(beta=0.0, beta_schedule=key)
        return
    schedule, _ = TrainConfig(beta=0.0, beta_schedule=key).schedules(TOTAL)
    assert {beta for _, beta, _ in run(schedule)} == {0.0}


def test_states_of_former_checkpoints():
    """They held those of both schedules that listen, whichever the run had."""
    former = {"step": 3, "controller": {"integral": 0.1, "output": 0.2, "smoothed": 0.3}, "calibration": {"mse": 0.02}}
    controller, calibrated = make("controller"), make("calibrated")
    for schedule in (controller, calibrated):
        schedule.restore(state_in(former, schedule.key))
    assert controller.state == former["controller"]
    assert controller.beta(3) == 0.003 * math.exp(0.2)
    assert calibrated.state == former["calibration"]
    assert state_in(former, "linear") == {}
    assert state_in({"schedule": {"mse": 1.0}, **former}, "calibrated") == {"mse": 1.0}


@pytest.mark.parametrize("decay", DECAYS)
def test_learning_rates_are_what_they_were(decay: str):
    settings = TrainConfig(learning_rate=1e-3, learning_rate_schedule=decay, warmup_steps=5)
    rate = settings.schedules(TOTAL)[1]
    for step, factor in NUMBERS["learning_rate"][decay]:
        rate.base = 3e-4 if step >= CHANGED_AT else 1e-3
        assert rate.factor(step) == pytest.approx(factor, rel=1e-12)

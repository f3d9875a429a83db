"""Schedules that go by the step alone: ends, middle, cycles."""

from __future__ import annotations

import pytest

from explorer.schedules.base import warmup
from explorer.schedules.capacity import Capacity
from explorer.schedules.cosine import Cosine
from explorer.schedules.cyclical import CYCLES, Cyclical
from explorer.schedules.free_bits import FreeBits
from explorer.schedules.linear import Linear


def test_warmup_rises_to_one_and_stays():
    assert [warmup(step, 4) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
    assert warmup(0, 0) == 1


@pytest.mark.parametrize("schedule", [Linear, Cosine])
def test_beta_rises_and_stays(schedule: type[Linear | Cosine]):
    factors = [schedule(1.0, 100, steps=20).beta(step) for step in range(100)]
    assert 0 < factors[0] <= 0.05
    assert factors == sorted(factors)
    assert factors[19:] == [1.0] * 81
    assert factors[9] == pytest.approx(0.5)
    whole = [schedule(1.0, 100).beta(step) for step in range(100)]
    assert whole[-1] == 1 > whole[-2]


def test_cycles_rise_for_half_and_stay_for_half():
    factors = [Cyclical(1.0, 80).beta(step) for step in range(80)]
    cycle = factors[:20]
    assert factors == cycle * CYCLES
    assert cycle[:10] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert cycle[10:] == [1.0] * 10
    of_ten = Cyclical(1.0, 80, steps=10)
    assert of_ten.beta(15) == of_ten.beta(5) == 1.0


@pytest.mark.parametrize("total", [150, 37, 4])
def test_a_run_of_cycles_ends_at_the_top(total: int):
    assert Cyclical(1.0, total).beta(total - 1) == 1


def test_capacity_rises_to_the_target():
    schedule = Capacity(1.0, 100, steps=4, target_nats=200.0)
    assert [schedule.allowance(step).capacity for step in range(6)] == [50, 100, 150, 200, 200, 200]


def test_free_bits_are_free_from_the_first_step_on():
    schedule = FreeBits(1.0, 100, target_nats=200.0)
    assert {schedule.allowance(step).free_nats for step in range(100)} == {200.0}

"""Schedules: ends, middle, agreement with torch's own, and controllers that hold what they are told to."""

from __future__ import annotations

import math

import pytest
import torch

from explorer import units
from explorer.schedules import (
    BETA_SCHEDULES,
    CYCLES,
    DECAYS,
    Calibration,
    KLController,
    beta_factor,
    capacity,
    decay,
    warmup,
)


def test_warmup_rises_to_one_and_stays():
    assert [warmup(step, 4) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
    assert warmup(0, 0) == 1


@pytest.mark.parametrize("shape", DECAYS)
def test_decays_start_at_one_and_never_rise(shape: str):
    factors = [decay(step, 50, shape) for step in range(60)]
    assert factors[0] == 1
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] == pytest.approx(1 if shape == "constant" else 0)


def test_cosine_and_linear_are_torchs():
    def of_torch(make) -> list[float]:
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        scheduler, rates = make(optimiser), []
        for _ in range(20):
            rates.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            scheduler.step()
        return rates

    schedulers = torch.optim.lr_scheduler
    cosine = of_torch(lambda o: schedulers.CosineAnnealingLR(o, T_max=20))
    linear = of_torch(lambda o: schedulers.LinearLR(o, start_factor=1.0, end_factor=0.0, total_iters=20))
    assert [decay(step, 20, "cosine") for step in range(20)] == pytest.approx(cosine)
    assert [decay(step, 20, "linear") for step in range(20)] == pytest.approx(linear)


def test_wsd_falls_in_its_last_fifth():
    assert [decay(step, 100, "wsd") for step in (0, 80, 90)] == pytest.approx([1, 1, 0.5])


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_beta_rises_and_stays(schedule: str):
    factors = [beta_factor(schedule, step, 100, 20) for step in range(100)]
    assert 0 < factors[0] <= 0.05
    assert factors == sorted(factors)
    assert factors[19:] == [1.0] * 81
    assert beta_factor(schedule, 9, 100, 20) == pytest.approx(0.5)
    whole = [beta_factor(schedule, step, 100) for step in range(100)]
    assert whole[-1] == 1 > whole[-2]


def test_cycles_rise_for_half_and_stay_for_half():
    factors = [beta_factor("cyclical", step, 80) for step in range(80)]
    cycle = factors[:20]
    assert factors == cycle * CYCLES
    assert cycle[:10] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert cycle[10:] == [1.0] * 10
    assert beta_factor("cyclical", 15, 80, 10) == beta_factor("cyclical", 5, 80, 10) == 1.0


def test_other_schedules_leave_beta_alone():
    others = BETA_SCHEDULES.keys() - {"linear", "cosine", "cyclical"}
    assert {beta_factor(schedule, step, 10) for schedule in others for step in range(10)} == {1.0}


@pytest.mark.parametrize("total", [150, 37, 4])
def test_a_run_of_cycles_ends_at_the_top(total: int):
    assert beta_factor("cyclical", total - 1, total) == 1


def test_capacity_rises_to_the_target():
    assert [capacity(step, 100, 4, 200) for step in range(6)] == [50, 100, 150, 200, 200, 200]


def run_controller(target: float, steps: int, kl_at, controller: KLController) -> tuple[list[float], KLController]:
    """KL a step when it answers beta with a delay, as a network does."""
    kl, seen = kl_at(controller.factor), []
    for _ in range(steps):
        kl += 0.05 * (kl_at(controller.factor) - kl)
        seen.append(kl)
        controller = controller.after(kl, target)
    return seen, controller


def gaussian_rate(factor: float) -> float:
    """Nats of 128 dimensions of variances 1..1/128 at a distortion that rises with beta: reverse water-filling."""
    return sum(max(0.0, 0.5 * math.log(1 / (i * 0.002 * factor))) for i in range(1, 129))


@pytest.mark.parametrize("target", [30.0, 150.0, 400.0])
def test_the_controller_comes_to_the_target_and_stays(target: float):
    seen, _ = run_controller(target, 3000, gaussian_rate, KLController())
    assert seen[-300:] == pytest.approx([target] * 300, rel=0.02)


def test_the_controller_does_not_wind_up():
    """Long at a bound, it leaves it as soon as the KL crosses the target; a plain integral would take as long again."""
    controller = KLController()
    for _ in range(20_000):
        controller = controller.after(1000.0, 100.0)
    assert controller.factor == pytest.approx(1e4)
    steps = 0
    while controller.output == KLController.BOUND:
        controller = controller.after(90.0, 100.0)
        steps += 1
        assert steps < 50


def test_calibration_is_where_sigma_is_the_error():
    calibration = Calibration()
    assert calibration.beta(128) is None
    calibration = calibration.after(0.02)
    assert calibration.mse == 0.02
    for _ in range(200):
        calibration = calibration.after(0.0054)
    beta = calibration.beta(128)
    assert beta is not None
    assert beta == pytest.approx(4.5e-4, rel=1e-3)
    assert units.beta_to_sigma(beta, 128) ** 2 == pytest.approx(0.0054, rel=1e-6)

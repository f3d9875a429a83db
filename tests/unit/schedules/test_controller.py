"""The controller holds the KL where it is told to, and leaves its bounds at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from explorer.schedules.controller import Controller


@dataclass(frozen=True)
class Terms:
    kl: float
    recon: float = 0.0


def controller(target: float) -> Controller:
    """Of one latent dimension, so that KL a dimension is KL an image; beta is the factor."""
    return Controller(1.0, 10, target_nats=target, latent_dim=1)


def gaussian_rate(factor: float) -> float:
    """Nats of 128 dimensions of variances 1..1/128 at a distortion that rises with beta: reverse water-filling."""
    return sum(max(0.0, 0.5 * math.log(1 / (i * 0.002 * factor))) for i in range(1, 129))


@pytest.mark.parametrize("target", [30.0, 150.0, 400.0])
def test_it_comes_to_the_target_and_stays(target: float):
    """The KL answers beta with a delay, as a network's does."""
    schedule, seen = controller(target), list[float]()
    kl = gaussian_rate(schedule.beta(0))
    for step in range(3000):
        kl += 0.05 * (gaussian_rate(schedule.beta(step)) - kl)
        seen.append(kl)
        schedule.after(Terms(kl))
    assert seen[-300:] == pytest.approx([target] * 300, rel=0.02)


def test_it_does_not_wind_up():
    """Long at a bound, it leaves it as soon as the KL crosses the target; a plain integral would take as long again."""
    schedule = controller(100.0)
    for _ in range(20_000):
        schedule.after(Terms(1000.0))
    assert schedule.beta(0) == pytest.approx(1e4)
    steps = 0
    while schedule.output == Controller.BOUND:
        schedule.after(Terms(90.0))
        steps += 1
        assert steps < 50

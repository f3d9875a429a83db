"""Schedules: ends, middle, and agreement with torch's own."""

from __future__ import annotations

import pytest
import torch

from explorer.schedules import DECAYS, decay, warmup


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

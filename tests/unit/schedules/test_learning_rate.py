"""Learning rates: ends, and agreement with torch's own."""

from __future__ import annotations

import pytest
import torch

from explorer.schedules.learning_rate import DECAYS, LearningRate


def factors(total: int, decay: str, steps: int | None = None) -> list[float]:
    rate = LearningRate(1e-3, total, decay=decay)
    return [rate.factor(step) for step in range(total if steps is None else steps)]


@pytest.mark.parametrize("decay", DECAYS)
def test_decays_start_at_one_and_never_rise(decay: str):
    found = factors(50, decay, 60)
    assert found[0] == 1
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(1 if decay == "constant" else 0)


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
    assert factors(20, "cosine") == pytest.approx(cosine)
    assert factors(20, "linear") == pytest.approx(linear)


def test_wsd_falls_in_its_last_fifth():
    found = factors(100, "wsd")
    assert [found[step] for step in (0, 80, 90)] == pytest.approx([1, 1, 0.5])


def test_the_rate_itself():
    rate = LearningRate(0.2, 10, warmup_steps=4)
    assert [rate.at(step) for step in (0, 3, 9)] == pytest.approx([0.05, 0.2, 0.2])
    rate.base = 0.1
    assert [rate.at(step) for step in (0, 3, 9)] == pytest.approx([0.025, 0.1, 0.1])

"""The calibrated beta is where sigma squared is the error made."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from explorer import units
from explorer.schedules.calibrated import Calibrated


@dataclass(frozen=True)
class Terms:
    recon: float
    kl: float = 0.0


def test_sigma_squared_is_the_error():
    schedule = Calibrated(1e-3, 300, latent_dim=128)
    assert schedule.beta(0) == 1e-3
    schedule.after(Terms(0.02))
    assert schedule.mse == 0.02
    for _ in range(200):
        schedule.after(Terms(0.0054))
    assert schedule.beta(201) == pytest.approx(4.5e-4, rel=1e-3)
    assert units.beta_to_sigma(schedule.beta(201), 128) ** 2 == pytest.approx(0.0054, rel=1e-6)

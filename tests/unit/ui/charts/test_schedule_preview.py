"""The preview of schedules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.config import TrainConfig
from explorer.ui.charts.schedule_preview import schedules_preview


def test_the_preview_is_beta_over_the_steps():
    figure = schedules_preview(TrainConfig(beta=0.002, beta_schedule="linear", beta_steps=50), 100)
    steps, betas = np.asarray(figure.data[0].x), np.asarray(figure.data[0].y)
    assert (steps[0], steps[-1]) == (0, 99)
    assert betas[0] < 0.001
    assert betas[-1] == pytest.approx(0.002)
    assert (np.diff(betas) >= 0).all()


def test_what_depends_on_measurements_is_not_foretold():
    constant = TrainConfig()
    measured = replace(constant, beta_schedule="calibrated")
    assert len(schedules_preview(constant, 100).data) == 2
    assert len(schedules_preview(measured, 100).data) == 1  # the learning rate

"""How far a run is, in words."""

from __future__ import annotations

import pytest

from explorer.config import TrainConfig
from explorer.runs import Status
from explorer.ui.train.run_view import duration, progress_facts, rate_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (59, "59 s"), (200, "3 min 20 s"), (3000, "50 min"), (7500, "2 h 5 min")],
)
def test_duration(seconds: float, words: str):
    assert duration(seconds) == words


def test_progress():
    status = Status("running", step=150, total_steps=1200, steps_per_epoch=100, images_per_s=1234.5, eta_s=61)
    assert progress_facts(status) == ["step 150 of 1,200", "epoch 1.5 of 12.0", "1,234 images/s", "1 min 1 s left"]
    assert progress_facts(Status("starting")) == []
    paused = Status("paused", step=1, total_steps=2, steps_per_epoch=1, images_per_s=5, eta_s=9)
    assert not any("left" in fact for fact in progress_facts(paused))


def test_a_rate_that_a_schedule_scales_is_called_its_peak():
    assert rate_words(TrainConfig(learning_rate_schedule="linear"))[0] == "Peak learning rate"
    assert rate_words(TrainConfig(learning_rate_schedule="constant", warmup_steps=20))[0] == "Peak learning rate"
    assert rate_words(TrainConfig(learning_rate_schedule="constant", warmup_steps=0))[0] == "Learning rate now"

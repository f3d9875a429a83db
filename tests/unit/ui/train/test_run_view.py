"""What the controls of a run are called."""

from __future__ import annotations

from explorer.config import TrainConfig
from explorer.ui.train.run_view import rate_words


def test_a_rate_that_a_schedule_scales_is_called_its_peak():
    assert rate_words(TrainConfig(learning_rate_schedule="linear"))[0] == "Peak learning rate"
    assert rate_words(TrainConfig(learning_rate_schedule="constant", warmup_steps=20))[0] == "Peak learning rate"
    assert rate_words(TrainConfig(learning_rate_schedule="constant", warmup_steps=0))[0] == "Learning rate now"

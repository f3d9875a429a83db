"""Runs whose decoder learns how sure it is of a pixel value."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer import models, runs
from explorer.analysis.likelihood import bits
from explorer.config import TrainConfig
from explorer.nets.base import Net
from explorer.training.loop import run_training
from explorer.training.setup import Training
from explorer.units import calibrated_beta


@pytest.mark.usefixtures("one_thread")
def test_a_run_with_a_logistic_decoder_learns_where_it_is_sure(pictures: Path):
    """Bits a dimension fall; beta is what its error stands for, and nobody may set another."""
    config = TrainConfig(
        source="folder", data_path=str(pictures), family="residual_vae", latent_dim=4, likelihood="logistic",
        batch_size=8, epochs=1000, max_steps=30, optimiser="muon", learning_rate=1e-4, muon_learning_rate=0.03,
        precision="float32",
    )  # fmt: skip
    assert (config.beta_schedule, config.learns_spread) == ("calibrated", True)
    seen = []

    def watch(training: Training) -> None:
        if training.step in (0, 30):
            net, images = training.net.eval(), training.images.images[training.train_indices]
            assert isinstance(net, Net)
            seen.append(bits.code(net, images, {}).bits("own").mean())
        assert set(training.changeable) == {"learning_rate"}

    run = runs.create(config, "Run")
    run_training(run, run.status(), watch=watch)
    assert seen[1] < seen[0] - 0.1
    last = run.metrics().train[-1]
    assert last.beta == pytest.approx(calibrated_beta(last.recon, 4), rel=0.5)
    net = models.load_model(models.get(run.id))
    assert (net.options["likelihood"], net.learns_spread) == ("logistic", True)

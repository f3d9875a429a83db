"""The trials of studies/, short of training for minutes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from explorer import nets, runs
from explorer.analysis.claims import CLAIMS, LENGTHS, SIZES
from explorer.config import TrainConfig
from explorer.training.loop import run_training
from explorer.units import total
from studies import claims as study
from studies import schedules, trials


def test_claims_have_as_many_trials_as_they_say():
    for name in study.CLAIMS:
        elsewhere = len(schedules.all_trials()) if name == "schedule" else 0
        assert len(study.all_trials(name)) + elsewhere == CLAIMS[name].trials
    blur = [config for config in study.all_trials("generalise").values() if config.train_images == 0]
    assert len(blur) == CLAIMS["blur"].trials
    assert {config.train_images for config in study.generalise().values()} == set(SIZES)
    assert {config.epochs for config in study.longer().values()} == set(LENGTHS)


def test_the_results_are_those_of_what_was_measured():
    """After new trials: `python -m studies.claims plot`."""
    assert study.results() in study.README.read_text(encoding="utf-8")


def test_a_spatial_latent_has_no_more_parameters():
    flat, spatial = (
        sum(p.numel() for p in nets.build(family, 128).parameters()) for family in ("residual_vae", "spatial_vae")
    )
    assert flat == pytest.approx(1.51e6, rel=0.01)
    assert spatial == pytest.approx(flat, rel=0.01)


def test_looks_measure_both_splits_as_training_goes_on(pictures: Path, tmp_path: Path):
    config = TrainConfig(
        source="folder", data_path=str(pictures), latent_dim=4, batch_size=4, epochs=3, max_steps=10, beta=0.01,
        precision="float32",
    )  # fmt: skip
    run, looks = runs.create(config, "Test", tmp_path / "run"), trials.Looks(3)
    run_training(run, run.status(), watch=looks)
    seen = looks.to_json()
    assert seen["step"] == [0, 2, 5, 10]  # 10 * (i / 3) ** 1.5
    assert seen["epoch"] == [0, 0.5, 1.25, 2.5]
    assert seen["seconds"][0] == 0 < seen["seconds"][1] < seen["seconds"][-1]
    end = run.metrics().full[-1]
    assert seen["validation_recon"][-1] == pytest.approx(end.recon, rel=1e-4)
    assert seen["train_total"][-1] == pytest.approx(
        total(seen["train_recon"][-1], seen["train_kl"][-1], 0.01), rel=1e-4
    )
    assert looks.sharpness is not None
    assert looks.sharpness > 0


def test_sharpness_of_what_is_the_same_and_what_is_flat():
    class Same(nn.Module):
        def forward(self, x: Tensor, generator: torch.Generator) -> tuple[Tensor, None]:
            return x, None

    class Flat(Same):
        def forward(self, x: Tensor, generator: torch.Generator) -> tuple[Tensor, None]:
            return 0 * x, None

    x = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert trials.sharpness(Same(), (x, x)) == 1.0
    assert trials.sharpness(Flat(), (x,)) == 0.0

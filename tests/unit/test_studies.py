"""The trials of studies/, short of training for minutes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from explorer import nets, runs
from explorer.claims import CLAIMS, evidence
from explorer.claims.verdict import Claim
from explorer.config import TrainConfig
from explorer.training.loop import run_training
from explorer.units import total
from studies import claims as study
from studies import schedules, trials

PROJECT = Path(__file__).parent.parent.parent


def test_every_claim_is_trained_by_the_command_that_its_card_shows():
    """One that is measured whole: there is nothing left to run, so the command ends at once."""
    claim, before = CLAIMS["schedule"], study.MEASURED.read_bytes()
    done = subprocess.run([sys.executable, *claim.command.split()[1:]], cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert study.MEASURED.read_bytes() == before


def test_a_claim_that_there_is_not():
    command = [sys.executable, "-m", "studies.claims", "train", "nonsense"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 2
    assert all(key in done.stderr for key in CLAIMS)


@pytest.mark.parametrize("path", evidence.MEASURED, ids=lambda path: path.stem)
def test_what_was_measured_was_planned(path: Path):
    planned = {name for claim in CLAIMS.values() for name in claim.trials}
    names = [row["name"] for row in trials.read(path)]
    assert len(names) == len(set(names))
    assert set(names) <= planned


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_what_was_planned_was_measured(claim: Claim):
    assert claim.find(evidence.collect(evidence.MEASURED)).measured == len(claim.trials)


def test_schedules_are_trials_of_the_claim():
    assert set(schedules.all_trials()) == {row["name"] for row in trials.read(schedules.MEASURED)}


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


def test_a_trial_is_a_row_that_claims_can_read(pictures: Path, tmp_path: Path):
    config = TrainConfig(
        source="folder", data_path=str(pictures), latent_dim=4, batch_size=4, epochs=3, max_steps=4, seed=2,
        precision="float32",
    )  # fmt: skip
    trials.write(tmp_path / "rows.json", [{"name": "a trial, seed 2", **trials.run(config, looks=2)}])
    (trial,) = evidence.read([tmp_path / "rows.json"])
    assert {name: trial[name] for name in ("latent_dim", "max_steps", "seed", "beta")} == {
        "latent_dim": 4, "max_steps": 4, "seed": 2, "beta": config.beta
    }  # fmt: skip
    assert "--latent-dim 4" in trial.command
    assert "data_path" not in trial.settings
    assert trial.looks["step"] == [0, 1, 4]
    assert trial.validation["total"] == pytest.approx(total(trial.mse, trial.validation["kl"], config.beta))
    assert trial.nats == pytest.approx(4 * trial.validation["kl"])
    assert trial.sharp > 0


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

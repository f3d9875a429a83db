"""A prior is trained as a run: on encodings of a model, watched by what it draws, the same bit for bit if cut off."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from explorer import checkpoints, devices, models, priors, runs, weights
from explorer.__main__ import main
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.priors.encodings import encode
from explorer.runs import Run
from explorer.runs.rows import FullLoss, SubsetLoss, TrainLoss
from explorer.training import process
from explorer.training.kinds import begin
from explorer.training.loop import run_training
from tests import trainer
from tests.unit.training.trained import train

STEPS = 6  # four steps make an epoch of 16 pictures
Make = Callable[..., Run]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of a few thousand weights."""
    monkeypatch.setattr(priors, "build", partial(priors.build, width=12, depth=1))


@pytest.fixture
def fit(run: Run, one_thread: None) -> Make:
    """A run of a flow over the two latents of a run's newest weights, not trained yet."""

    def make(**settings: Any) -> Run:
        alike: dict[str, Any] = {"batch_size": 4, "max_steps": STEPS, "epochs": 2, "precision": "float32"}
        config = TrainConfig(**{"prior": "flow", "prior_of": run.id, "flips": "horizontal"} | alike | settings)
        return process.create(config, "Fitted")

    return make


def test_a_device_is_tried_before_it_and_its_precision_are_chosen(fit: Make, monkeypatch: pytest.MonkeyPatch):
    """With a step, and with the pictures that it draws: an H200 was refused for the sake of these."""
    monkeypatch.setattr(devices, "ACCELERATORS", {"cpu": lambda: True})
    assert train(fit(precision="auto")).notes == []


def test_it_is_trained_on_encodings_and_watched_by_what_it_draws(fit: Make, run: Run):
    fitted = train(fit())
    assert fitted.status().state == "finished"
    metrics = fitted.metrics()
    assert {row.kind for row in metrics.rows} == {
        "train_loss",
        "full_loss",
        *(row.kind for row in metrics.of(SubsetLoss)),
    }
    (full,) = [row for row in metrics.of(FullLoss) if row.step == STEPS]
    assert fitted.summary().full_loss == full
    assert metrics.of(TrainLoss)[-1].step == STEPS
    assert fitted.originals_path.exists()
    shown = [np.asarray(Image.open(fitted.preview_path(step))) for step in (0, STEPS)]
    assert shown[0].shape == (32, 8 * 32, 3)
    assert not np.array_equal(shown[0], shown[1])
    assert (fitted.base and fitted.base.id, fitted.config.prior_of) == (run.id, f"{run.id}@2")
    assert fitted.base
    assert fitted.base.images == run.environment["digest"]


def test_the_validation_loss_is_of_the_weights_and_nothing_else(fit: Make):
    """What is kept of encodings is what the encoder makes of them, mirror images too; noise is the same each time."""
    training = begin(fit())
    again = begin(fit(seed=1))
    assert training.measure(training.validation_indices) == training.measure(training.validation_indices)
    again.net.load_state_dict(training.net.state_dict())
    assert training.measure(training.validation_indices) == again.measure(again.validation_indices)
    some = training.train_indices[:3]
    model = checkpoints.load_weights(training.run.model_path)[0]
    expected = encode(model, training.images.images[some], flipped=True)
    for flipped in (False, True):
        batch = training.batch_of(some, np.full(3, flipped))
        there = expected[slice(3, 6) if flipped else slice(3)]
        torch.testing.assert_close(batch.mean, there.mean, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(batch.std, there.std, rtol=1e-3, atol=1e-3)


def test_cut_off_anywhere_it_comes_to_the_same_to_the_bit(fit: Make, monkeypatch: pytest.MonkeyPatch):
    whole, cut = train(fit()), fit()
    for steps in (0, 3, 2):
        train(cut, stop_after=steps)
        assert cut.status().state == "stopped"
        process.ask_again(cut)
    assert 0 < cut.checkpoint_steps()[-1] < STEPS
    train(cut)
    assert len(trainer.tensors(whole)) > 50
    assert trainer.differing(whole, cut) == []
    assert [row.loss for row in cut.metrics().of(FullLoss)][-1] == whole.metrics().of(FullLoss)[-1].loss


def test_the_rate_is_changed_in_flight_and_single_steps_are_taken(fit: Make):
    fitted = fit()
    fitted.update_control(paused=True)

    def person() -> bool:
        status, wish = fitted.status(), fitted.control()
        if status.state == "paused" and wish.single_steps == status.step < 2:
            fitted.ask_single_step()
        elif status.state == "paused" and status.step == 2:
            fitted.update_control(learning_rate=1e-4, paused=False)
        return False

    run_training(fitted, fitted.status(), stop_asked=person)
    rates = {row.step: row.learning_rate for row in fitted.metrics().of(TrainLoss)}
    assert (rates[2], rates[STEPS]) == (fitted.config.learning_rate, 1e-4)
    assert {1, 2} <= set(fitted.preview_steps())


def test_it_is_no_model(fit: Make):
    before = [model.id for model in models.list_models()]
    fitted = train(fit(max_steps=1))
    assert models.from_run(fitted) is None
    assert [model.id for model in models.list_models()] == before
    with pytest.raises(ExplorerError, match="there is no model"):
        models.get(fitted.id)


def test_a_branch_begins_with_its_weights(fit: Make):
    fitted = train(fit(max_steps=1))
    branch = fit(start_from=fitted.id)
    assert (branch.branch and branch.branch.run_id) == fitted.id
    state = begin(branch).net.state_dict()
    for name, value in checkpoints.load_prior(fitted.weights_path(1))[0].state_dict().items():
        assert torch.equal(state[name], value), name


def test_it_outlives_the_run_that_its_model_is_of(fit: Make, run: Run):
    fitted = train(fit(), stop_after=2)
    run.delete()
    process.ask_again(fitted)
    train(fitted)
    assert fitted.status().state == "finished"


def test_images_that_are_others_than_its_models_are_refused(fit: Make):
    fitted = fit()
    stored = json.loads((fitted.path / "config.json").read_text())
    stored["prior_of"]["images"] = "0" * 64
    (fitted.path / "config.json").write_text(json.dumps(stored))
    with pytest.raises(ExplorerError, match="has changed since Trained"):
        train(fitted)
    assert fitted.status().state == "failed"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"prior_of": ""}, "Say of which"),
        ({"prior_of": "nothing"}, "there is no model 'nothing'"),
        ({"prior_of": "cifar10-conditional"}, "can't be fitted to"),
        ({"prior_of": "cifar10-vq-64"}, "can't be fitted to"),
        ({"start_from": "cifar10-beta-1e-3"}, "there is no run"),
    ],
)
def test_what_can_not_be_is_explained(fit: Make, settings: dict[str, str], words: str):
    with pytest.raises(ExplorerError, match=words):
        fit(**settings)
    assert len(runs.list_runs()) == 1


def test_a_prior_has_no_prior_and_no_network_starts_from_one(fit: Make, run: Run):
    fitted = train(fit(max_steps=1))
    with pytest.raises(ExplorerError, match="is a prior itself"):
        fit(prior_of=fitted.id)
    with pytest.raises(ExplorerError, match="is a prior, flow"):
        process.create(TrainConfig(start_from=f"{fitted.id}@1"), "No")
    with pytest.raises(ExplorerError, match="is no prior"):
        fit(start_from=run.id)


def test_from_a_terminal_it_says_what_its_loss_is(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """And the command that it shows makes the same run again."""
    folder = tmp_path / "fitted"
    asked = ["--prior", "flow", "--prior-of", run.id, "--max-steps", "2", "--batch-size", "8", "--precision", "float32"]
    assert main(["train", *asked, "--run-dir", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "(squared error of the velocity)" in printed
    assert "encodings/s" in printed
    assert not {"recon", "KL", "beta", "total"} & set(printed.split())
    fitted = Run(folder)
    words = fitted.command.split()[3:]
    assert "--source" not in words
    assert main([*words, "--run-dir", str(tmp_path / "again")]) == 0
    assert trainer.differing(fitted, Run(tmp_path / "again")) == []
    assert weights.digest(fitted.model_path) == weights.digest(run.weights_path(2))

"""The way from a run to a shipped model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from explorer import models, runs
from explorer.__main__ import main
from explorer.analysis import blur
from explorer.analysis.evaluation import evaluate_split
from explorer.config import TrainConfig
from explorer.data import load_image_set
from explorer.errors import ExplorerError
from explorer.export import CURVE_POINTS, export
from explorer.nets import BETA_RANGE
from explorer.runs import Run
from explorer.training.loop import run_training


def test_export_ships_what_was_trained(run: Run, shelf: Path, pictures: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["export", str(run.path), "tiny-one"]) == 0
    assert str(shelf / "tiny-one.json") in capsys.readouterr().out
    assert sorted(p.name for p in shelf.iterdir()) == ["tiny-one.json", "tiny-one.safetensors"]
    card = json.loads((shelf / "tiny-one.json").read_text())
    assert TrainConfig.from_json(card["config"]) == run.config
    assert card["command"] == run.command
    assert f"--precision {run.environment['precision']}" in run.command  # as it turned out, whatever it was asked for
    assert card["environment"]["digest"] == run.environment["digest"]
    assert {"wall_time_s", "versions", "licence", "measured_how"} <= card.keys()

    shipped, trained = models.list_models()
    assert (shipped.id, shipped.shipped, shipped.beta, shipped.step) == ("tiny-one", True, 0.02, 2)
    assert (trained.id, trained.shipped, trained.title) == (run.id, False, "Trained")
    assert models.get("tiny-one") == shipped
    assert models.get(run.id) == trained

    net = models.load_model(shipped)
    images = load_image_set("folder", str(pictures))
    assert card["blur"] == blur.measure(net, images.images[blur.some(images)]).to_json()
    assert shipped.measured["test"] == pytest.approx(evaluate_split(net, images, "test", 0.02))
    x = torch.rand(2, 3, 32, 32)
    z = models.load_model(trained).encode(x).mode()
    torch.testing.assert_close(net.encode(x).mode(), z, atol=0.02, rtol=0)

    with pytest.raises(ExplorerError, match="taken"):
        export(run, "tiny-one")


def test_a_conditional_models_card_has_its_curve(pictures: Path, shelf: Path):
    config = TrainConfig(source="folder", data_path=str(pictures), family="conditional_vae", latent_dim=2, max_steps=1)
    run = runs.create(config, "Every beta")
    run_training(run, run.status())
    export(run, "every-beta")
    (model,) = models.shipped()
    curve = model.card["curve"]
    assert [curve[0]["beta"], curve[-1]["beta"]] == list(BETA_RANGE)
    assert len(curve) == CURVE_POINTS
    images, net = load_image_set("folder", str(pictures)), models.load_model(model)
    there = net.at(curve[5]["beta"])
    assert [row["beta"] for row in model.card["blur_curve"]] == list(models.BLUR_BETAS)
    assert {"sharpness", "half_power", "nats"} <= model.card["blur_curve"][0].keys()
    assert curve[5] == pytest.approx({"beta": 1e-4} | evaluate_split(there, images, "test", 1e-4))
    assert model.version != replace(model, beta=0.1).version


@pytest.mark.parametrize("name", ["", "../up", "Capital", "20260101-000000-abcd", "a" * 65])
def test_unfit_names_are_refused(shelf: Path, name: str):
    run = runs.create(TrainConfig(), "New")
    with pytest.raises(ExplorerError, match="unfit"):
        export(run, name)
    assert not list(shelf.iterdir())

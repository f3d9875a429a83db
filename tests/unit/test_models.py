"""Models: shipped ones, those of runs, and the way from the second to the first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from explorer import checkpoints, models, runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.export import export
from explorer.runs import Run


def test_a_run_without_weights_is_no_model(shelf: Path):
    run = runs.create(TrainConfig(), "New")
    assert models.list_models() == []
    with pytest.raises(ExplorerError, match="no readable checkpoint"):
        export(run, "x")


@pytest.mark.parametrize("model_id", ["", "../models/x", "20260101-000000-abcd", "nothing"])
def test_unknown_models(shelf: Path, model_id: str):
    with pytest.raises(ExplorerError, match="no model"):
        models.get(model_id)


def test_a_run_that_trains_on_can_be_loaded_all_the_same(run: Run, shelf: Path):
    """Between a page's listing and its loading, the trainer may have thinned out the checkpoint."""
    listed = models.get(run.id)
    net, metadata = checkpoints.load_weights(listed.weights)
    rng = torch.Generator().get_state()
    checkpoints.save_checkpoint(run.path / "checkpoints", net, [], metadata | {"step": 3}, rng)
    shutil.rmtree(listed.weights.parent)
    assert models.load_model(listed)
    assert models.get(run.id).version != listed.version


def test_what_went_on_from_trained_weights_says_so(run: Run, shelf: Path):
    """Its steps are not all that it took."""
    export(run, "a")
    card = json.loads((shelf / "a.json").read_text())
    (shelf / "a.json").write_text(json.dumps(card | {"config": card["config"] | {"start_from": "other"}}))
    first, on = models.get(run.id).effort, models.get("a").effort
    assert first.endswith(" steps")
    assert on == f"{first} more, from trained weights"


def test_shipped_models_go_by_beta(run: Run, shelf: Path):
    for name in ("a", "b", "c"):
        export(run, name)
        card = json.loads((shelf / f"{name}.json").read_text())
        (shelf / f"{name}.json").write_text(json.dumps(card | {"beta": {"a": 0.0, "b": 1.0, "c": 0.1}[name]}))
    assert [m.id for m in models.shipped()] == ["b", "c", "a"]


@pytest.mark.parametrize("model", [m for m in models.shipped() if m.source == "cifar10"], ids=lambda model: model.id)
def test_no_picture_of_one_colour_comes_back_off_the_scale(model: models.Model):
    """People upload what no photograph is like. Nets that Muon moved for long made 1e15 of these, and no split told."""
    shades = torch.cartesian_prod(*[torch.linspace(0, 1, 3)] * 3)
    x = shades[:, :, None, None].expand(-1, 3, 32, 32).contiguous()
    net = models.load_model(model)
    with torch.no_grad():
        error = (net.decode(net.encode(x).mode()) - x).square().mean(dim=(1, 2, 3))
    assert error.max() < 1

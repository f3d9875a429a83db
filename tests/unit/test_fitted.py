"""Which trained priors a model has: shipped ones and runs', of its very weights; what is damaged takes nothing down."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
import torch

from explorer import checkpoints, fitted, models, priors, runs, weights
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.export import export
from explorer.models import Model
from explorer.runs import Run
from explorer.training import process
from explorer.training.loop import run_training
from tests.unit.training.trained import train


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of a few thousand weights."""
    monkeypatch.setattr(priors, "build", partial(priors.build, width=12, depth=1))


@pytest.fixture
def model(run: Run) -> Model:
    found = models.from_run(run)
    assert found
    return found


@pytest.fixture
def prior_run(model: Model) -> Run:
    """A flow over that model's latents, trained for a step."""
    config = TrainConfig(prior="flow", prior_of=model.id, batch_size=4, max_steps=1, precision="float32")
    return train(process.create(config, "A flow"))


@pytest.fixture
def shipped(prior_run: Run, shelf: Path) -> Path:
    """The same, exported: its card."""
    return export(prior_run, "my-flow")


def test_a_run_is_one_of_its_models_priors_while_it_trains(model: Model):
    config = TrainConfig(prior="flow", prior_of=model.id, batch_size=4, max_steps=2, precision="float32")
    run = process.create(config, "A flow")
    assert fitted.of(model) == []
    run_training(run, run.status(), stop_asked=lambda: bool(run.checkpoint_steps()) or run.status().step > 0)
    (found,) = fitted.of(model)
    assert (found.id, found.title, found.key, found.model_id, found.shipped) == (
        run.id,
        "A flow",
        "flow",
        model.id,
        False,
    )
    assert found.step == run.checkpoint_steps()[-1]
    z = fitted.load(found).sample(3)
    assert z.shape == (3, model.latent_dim)
    assert not fitted.load(found).training
    process.ask_again(run)
    train(run)
    assert torch.isfinite(fitted.load(found).sample(3)).all()  # though its checkpoint may be gone by now
    assert fitted.of(model)[0].step == 2
    assert fitted.runs_of(model.id) == [run]


def test_an_exported_one_names_the_weights_that_it_is_of(model: Model, prior_run: Run, shipped: Path):
    card = json.loads(shipped.read_text())
    assert shipped.parent.name == "priors"
    assert (card["prior"], card["step"], card["title"]) == ("flow", 1, "A flow")
    assert card["model"] == {
        "id": model.id, "title": "Trained", "step": 2, "weights": weights.digest(model.weights)
    }  # fmt: skip
    assert card["environment"]["digest"] == model.digest
    assert card["config"] == prior_run.config.to_json()
    assert " --prior flow --prior-of " in card["command"]
    assert card["loss_how"] == "squared error of the velocity, mean over encodings of the split"
    assert card["loss"]["validation"] == pytest.approx(prior_run.summary().full_loss.loss, rel=1e-2)  # type: ignore[union-attr]
    first, second = fitted.of(model)
    assert (first.id, first.shipped, second.id) == ("my-flow", True, prior_run.id)
    assert checkpoints.load_prior(first.weights)[0].settings == fitted.load(second).settings
    torch.testing.assert_close(fitted.load(first).sample(3), fitted.load(second).sample(3), rtol=1e-2, atol=1e-2)
    with pytest.raises(ExplorerError, match="is taken or unfit"):
        export(prior_run, "my-flow")


def test_what_is_measured_of_it_stands_in_its_card(model: Model, prior_run: Run, shipped: Path):
    first, second = fitted.of(model)
    fitted.add_to_card(first, {"frechet": 12.5})
    fitted.add_to_card(first, {"kernel": 0.5})
    assert fitted.of(model)[0].card["measured"] == {"frechet": 12.5, "kernel": 0.5}
    with pytest.raises(ExplorerError, match="has no card"):
        fitted.add_to_card(second, {})


def test_to_other_weights_of_its_model_it_is_refused(model: Model, run: Run, prior_run: Run, shipped: Path):
    """They were trained on, or anew: it says where other latents lie."""
    changed = checkpoints.load_weights(model.weights)[0]
    with torch.no_grad():
        next(changed.parameters()).add_(1e-3)
    model.weights.unlink()  # the run of the prior has the same file
    checkpoints.save_weights(model.weights, changed, {"step": 2})
    assert fitted.of(model) == []
    assert [str(wrong) for wrong in fitted.left_out(model)] == [
        "A flow was fitted to other weights of Trained than it has now. Fit one to these."
    ] * 2


def test_of_other_models_it_is_none(model: Model, prior_run: Run, pictures: Path):
    config = TrainConfig(source="folder", data_path=str(pictures), latent_dim=2, batch_size=4, max_steps=1)
    other = models.from_run(train(runs.create(config, "Other")))
    assert other
    assert fitted.of(other) == []
    assert fitted.left_out(other) == []


DAMAGES = {
    "no JSON": lambda card: "{",
    "a list": lambda card: "[]",
    "another prior": lambda card: json.dumps(card | {"prior": "normal"}),
    "no model": lambda card: json.dumps({**card, "model": None}),
    "a number for a title": lambda card: json.dumps(card | {"title": 3}),
    "a loss in words": lambda card: json.dumps(card | {"loss": {"validation": "low"}}),
    "settings in words": lambda card: json.dumps(card | {"config": "quick"}),
    "a step below zero": lambda card: json.dumps(card | {"step": -1}),
    "no environment": lambda card: json.dumps({k: v for k, v in card.items() if k != "environment"}),
}


def test_a_damaged_card_is_left_out_and_named(model: Model, prior_run: Run, shipped: Path):
    whole = json.loads(shipped.read_text())
    for name, damage in DAMAGES.items():
        shipped.write_text(damage(whole))
        assert [found.id for found in fitted.of(model)] == [prior_run.id], name
        (wrong,) = fitted.left_out(model)
        assert "my-flow.json" in wrong.what, name
    assert [other.id for other in models.list_models()] == [model.id]


def test_damaged_weights_are_left_out_or_explained(model: Model, prior_run: Run, shipped: Path):
    path = shipped.with_suffix(".safetensors")
    whole = path.read_bytes()
    damages = {
        "torn": whole[:-10],
        "empty": b"",
        "a model's": model.weights.read_bytes(),
        "another shape": whole.replace(b'\\"channels\\": 2', b'\\"channels\\": 3'),
        "bits": whole[:-10] + bytes(b ^ 255 for b in whole[-10:]),
        "gone": None,
    }
    assert len(set(damages.values())) == len(damages)
    for name, content in damages.items():
        path.unlink() if content is None else path.write_bytes(content)
        found = {each.id: each for each in fitted.of(model)}
        assert prior_run.id in found, name
        if "my-flow" in found:
            with pytest.raises(ExplorerError, match="my-flow"):
                fitted.load(found["my-flow"])
        else:
            assert "my-flow" in " ".join(str(wrong) for wrong in fitted.left_out(model)), name


def test_a_run_whose_newest_weights_are_damaged_gives_those_before(model: Model):
    config = TrainConfig(prior="flow", prior_of=model.id, batch_size=4, max_steps=2, precision="float32")
    run = train(process.create(config, "A flow"), stop_after=1)
    process.ask_again(run)
    train(run)
    assert run.checkpoint_steps()[-1] == 2
    run.weights_path(2).write_bytes(b"nothing")
    (found,) = fitted.of(model)
    assert found.step == run.checkpoint_steps()[0] < 2
    (run.path / "config.json").write_text("{")
    assert fitted.of(model) == []

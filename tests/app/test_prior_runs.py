"""A prior on Train, without a browser: how one is started, and what the view of its run shows and says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer import metrics_files, models, priors, runs
from explorer.config import TrainConfig
from explorer.runs import Run
from explorer.training import process
from explorer.ui.feeds import training
from tests.app.shown import captions, components, data_of, html
from tests.server import end_training
from tests.unit.training.trained import train

Opened = Callable[..., AppTest]
SHIPPED = "shapes-beta-5e-3"
SMALL = partial(priors.build, width=12, depth=1)


@pytest.fixture
def ended() -> Iterator[None]:
    """Trainers that the test starts are ended with it."""
    yield
    end_training(runs.runs_root())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs to be copied, both finished: of a network on Shapes, and of a small flow over its latents."""
    folder = tmp_path_factory.mktemp("trained")
    few: dict[str, Any] = {"train_images": 32, "batch_size": 8, "max_steps": 2, "precision": "float32"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_EXPLORER_RUNS", str(folder))
        patch.setattr(priors, "build", SMALL)
        base = train(runs.create(TrainConfig(source="shapes", latent_dim=2, **few), "Base"))
        train(process.create(TrainConfig(prior="flow", prior_of=base.id, **few), "A flow"))
    return folder


@pytest.fixture
def fitted(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The run of the flow; its network's is beside it."""
    monkeypatch.setattr(priors, "build", SMALL)
    shutil.copytree(trained, runs.runs_root(), dirs_exist_ok=True)
    (found,) = (run for run in runs.list_runs() if run.config.prior)
    return found


def test_the_form_asks_for_the_model_and_what_counts_for_a_prior(app: Opened, ended: None):
    test = app("train", source="Shapes", prior_of=SHIPPED, prior="flow")
    boxes = {box.label: box for box in test.selectbox}
    assert boxes["Model"].value == SHIPPED
    assert {"shapes-conditional"}.isdisjoint(boxes["Model"].options)
    assert "Flow matching" in boxes["Prior"].options
    labels = {widget.label for kind in (test.selectbox, test.number_input, test.text_input) for widget in kind}
    assert {"How long", "Learning rate", "Flips", "Average"} <= labels
    assert not labels & {"Beta", "Latent dim", "Norm", "Commitment", "Preset", "Prior of", "Patience (epochs)"}
    assert "squared error of the velocity" in captions(test)
    assert "known once a run of it has begun" in captions(test)
    test.button(key="train").click().run()
    assert not test.exception
    (run,) = runs.list_runs()
    assert (run.config.prior, run.config.prior_of, run.config.source) == ("flow", SHIPPED, "shapes")
    assert run.config == TrainConfig.from_json({**TrainConfig.of_prior("flow").to_json(), **{
        "prior_of": SHIPPED, "source": "shapes"}})  # fmt: skip
    assert run.title == f"Flow matching of {SHIPPED}"
    assert test.query_params["run"] == run.id
    assert "prior_of" not in test.query_params


def test_a_card_offers_the_models_of_these_images(app: Opened):
    test = app("train", source="Shapes")
    boxes = {box.label: box for box in test.selectbox}
    shapes = {model.id for model in models.shipped() if model.source == "shapes" and not model.conditional}
    titles = {model.title for model in models.shipped() if model.id in shapes}
    assert set(boxes["Model"].options) == titles
    assert test.button(key="fit-prior").label.startswith("Fit ")
    test.button(key="prior-settings").click().run()
    assert test.query_params["prior_of"] == boxes["Model"].value


def test_a_viewer_may_not_start_a_long_one(app: Opened):
    assert not [button for button in app("train", viewer="anne", source="Shapes").button if button.key == "fit-prior"]


def test_its_view_shows_samples_and_a_loss_with_its_unit(app: Opened, fitted: Run):
    """And nothing that only an autoencoder has."""
    test = app("train", run=fitted.id)
    found = {each.proto.component_name: data_of(each) for each in components(test)}
    lapse = next(data for data in found.values() if "originals" in data)
    assert (lapse["above"], lapse["rows"][0]["label"]) == ("Reconstructions, by its model", "Samples")
    assert lapse["names"] == ["Reconstruction", "Sample"]
    panels = next(data["panels"] for data in found.values() if "panels" in data)
    assert [(panel["title"], panel["unit"]) for panel in panels][:2] == [
        ("Loss", "squared error of the velocity"), ("Learning rate", "")
    ]  # fmt: skip
    assert len(panels) == 3
    assert not any("bars" in data for data in found.values())
    words = html(test)
    assert "A prior over the latents of Base, as of step 2" in words
    assert training.describe(fitted)[:4] == ["Shapes", "Flow matching", "finished", "step 2"]
    assert re.fullmatch(r"validation loss [0-9.]+", training.describe(fitted)[4])
    links = [link.proto.label for link in test.get("page_link")]
    assert "See its samples" in links
    assert "Compare its reconstructions" not in links


def test_the_list_draws_its_loss_apart(app: Opened, fitted: Run):
    test = app("train", run=fitted.id)
    base = fitted.base
    assert base
    for run_id in (fitted.id, base.id):
        test.checkbox(key=f"tick-{run_id}").check()
    test.run()
    panels = next(
        data["panels"] for each in components(test) if len((data := data_of(each)).get("panels", ())) == 4
    )  # fmt: skip
    assert {panel["title"]: [line["table"] for line in panel["lines"]] for panel in panels} == {
        "Total": [base.id], "Reconstruction": [base.id], "KL": [base.id], "Loss of priors": [fitted.id]
    }  # fmt: skip
    assert metrics_files.to_csv(fitted.metrics()).splitlines()[0].startswith(b"kind,step,time,epoch,learning_rate,loss")


def test_without_its_model_it_says_so(app: Opened, fitted: Run):
    base = fitted.base
    assert base
    test = app("train", run=base.id)
    test.button(key="delete").click().run()
    assert "1 run of a prior over its latents" in captions(test)
    runs.get(base.id).delete()
    test = app("train", run=fitted.id)
    assert "That model is gone" in html(test)
    assert "See its samples" not in [link.proto.label for link in test.get("page_link")]
    assert test.button(key="delete")

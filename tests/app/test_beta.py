"""Beta, without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer import checkpoints, models, nets, runs, units
from explorer.config import TrainConfig
from explorer.models import Model
from explorer.runs import Run
from tests.app.shown import captions, html, version

Opened = Callable[..., AppTest]


def chart(test: AppTest) -> dict[str, Any]:
    return {trace["name"]: trace for trace in json.loads(test.get("plotly_chart")[0].proto.spec)["data"]}


def make_run(title: str, beta: float, changed_to: float | None = None) -> Run:
    """A run with a checkpoint of an untrained net, after a validation, and perhaps a change of beta, at step 5."""
    run = runs.create(TrainConfig(source="shapes", latent_dim=4, beta=beta), title)
    folder = run.path / "checkpoints" / "step_00000010"
    folder.mkdir()
    torch.manual_seed(0)
    metadata = {"family": "conv_vae", "latent_dim": 4, "step": 10, "beta": beta}
    checkpoints.save_weights(folder / "weights.safetensors", nets.build("conv_vae", 4), metadata)
    run.append_metrics({"kind": "full", "step": 5, "recon": 0.05, "kl": 2.0, "total": 0.05})
    if changed_to is not None:
        run.append_metrics({"kind": "change", "step": 5, "what": "beta", "value": changed_to})
    return run


def trained() -> list[Model]:
    """Shipped models, but for the linear one."""
    return [model for model in models.shipped() if model.family == "conv_vae"]


def test_opens_with_the_default_model(app: Opened):
    test = app("beta", source="Shapes")
    default = models.get(models.DEFAULT)
    assert test.select_slider(key="at").value == default.beta
    assert "Trained at this beta" in captions(test)
    assert "not seen images like these, Shapes" in captions(test)
    assert "sigma 0.110" in html(test)
    assert not test.error


def test_every_stop_of_the_slider_is_a_shipped_model(app: Opened):
    test = app("beta", source="Shapes")
    sheet, seen = version(test, "beta-sheet"), set()
    for place, model in enumerate(reversed(trained()), 1):  # smallest beta first
        test.select_slider(key="at").set_value(model.beta).run()
        seen.add(version(test, "beta-reconstructions"))
        assert f"sigma {units.beta_to_sigma(model.beta, model.latent_dim):.3f}" in html(test)
        assert f'[data-picture="beta-sheet"] .row-{place} img' in html(test)
        assert version(test, "beta-sheet") == sheet
    assert len(seen) == len(trained()) >= 4


def test_the_chart_has_the_numbers_of_the_cards(app: Opened):
    shipped = chart(app("beta", source="Shapes"))["shipped, whole split"]
    assert len(shipped["text"]) == len(trained())
    assert {"0", "0.001"} < set(shipped["text"])


def test_the_linear_vae_is_a_line_in_the_chart_and_no_stop_of_the_slider(app: Opened):
    linear = next(model for model in models.shipped() if model.family == "linear_vae")
    test = app("beta", source="Shapes")
    assert linear.title not in html(test)
    assert html(test).count('class="row-label row-') == 1 + 1 + 1 + len(trained())  # large, and the sheet
    assert "the linear VAE on CIFAR-10's training images" in captions(test)
    assert {"linear VAE", "shipped, whole split"} < set(chart(test))


def test_a_link_reopens_the_view(app: Opened):
    test = app("beta", source="Shapes", at="0.01", seed="5", split="test", **{"class": "star"})
    assert test.select_slider(key="at").value == 0.01
    assert version(test, "beta-reconstructions") == version(
        app("beta", source="Shapes", at="0.01", seed="5", split="test", **{"class": "star"}), "beta-reconstructions"
    )
    assert version(test, "beta-reconstructions") != version(
        app("beta", source="Shapes", at="0.01", seed="6", split="test", **{"class": "star"}), "beta-reconstructions"
    )


@pytest.mark.parametrize("beta", ["-1", "nan", "<b>", ""])
def test_nonsense_in_the_link_falls_back(app: Opened, beta: str):
    test = app("beta", source="Shapes", at=beta, yours="no", seed="x")
    assert test.select_slider(key="at").value == models.get(models.DEFAULT).beta
    assert not test.error


def test_a_model_of_ones_own_stands_among_the_shipped_ones(app: Opened):
    make_run("Mine", beta=0.003)
    test = app("beta", source="Shapes", yours="Mine (yours)", at="0.003")
    assert test.select_slider(key="at").value == 0.003
    assert "Mine, beta 0.003" in html(test)
    assert "Trained at this beta" in captions(test)
    assert "not seen images like these" not in captions(test)
    assert chart(test)["yours, whole split"]["text"] == ["0.003"]
    test.selectbox(key="yours").select("none").run()
    assert test.select_slider(key="at").value == models.get(models.DEFAULT).beta


def test_it_says_so_where_beta_was_changed_on_the_way(app: Opened):
    make_run("Turned", beta=0.003, changed_to=0.0005)
    test = app("beta", source="Shapes", yours="Turned (yours)", at="0.0005")
    assert "Not trained at this beta alone" in captions(test)
    assert "(0.003, then 0.0005)" in captions(test)


def test_a_damaged_model_is_explained_and_left_out(app: Opened):
    run = make_run("Broken", beta=0.003)
    weights = run.path / "checkpoints" / "step_00000010" / "weights.safetensors"
    checkpoints.save_weights(weights, nets.build("conv_vae", 8), {"family": "conv_vae", "latent_dim": 4, "step": 10})
    test = app("beta", source="Shapes", yours="Broken (yours)")
    assert any("does not fit its architecture" in error.value for error in test.error)
    assert "Broken" not in html(test)
    assert version(test, "beta-reconstructions")


def test_train_at_this_beta_leads_to_train(app: Opened):
    test = app("beta", source="Shapes")
    test.select_slider(key="new-beta").set_value(0.002).run()
    link = next(element.proto for element in test.get("page_link") if "Train at" in element.proto.label)
    assert link.label == "Train at beta 0.002"
    assert "beta=0.002" in str(link)
    landed = app("train", source="Shapes", beta="0.002")
    assert "0.002" in [field.value for field in landed.text_input]

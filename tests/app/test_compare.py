"""Compare, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer import checkpoints, models, nets, runs
from explorer.config import TrainConfig
from explorer.data import ImageSet, Split
from explorer.runs import Run
from explorer.ui.shell import sidebar
from tests import every_beta
from tests.app.shown import captions, files, html, version

Opened = Callable[..., AppTest]


def row_labels(test: AppTest) -> list[str]:
    return re.findall(r'row-label row-\d+"><span>([^<]*)', html(test))


def rows_of(title: str) -> list[str]:
    """Labels of a model's rows."""
    return [title, f"Error of {title}"]


def make_run(title: str, step: int = 10, beta: float = 0.003) -> Run:
    """A run with a checkpoint of an untrained net."""
    config = TrainConfig(source="shapes", latent_dim=4, beta=beta)
    run = runs.create(config, title)
    folder = run.path / "checkpoints" / f"step_{step:08d}"
    folder.mkdir()
    torch.manual_seed(0)
    metadata = {"family": "conv_vae", "latent_dim": 4, "step": step, "beta": beta}
    checkpoints.save_weights(folder / "weights.safetensors", nets.build("conv_vae", 4), metadata)
    return run


def small_set() -> ImageSet:
    """14 images, of which two are of a rare class that stands in validation only; no test split."""
    pixels = np.random.default_rng(0).integers(0, 256, (14, 3, 32, 32), dtype=np.uint8)
    labels = np.array([0] * 12 + [1] * 2)
    splits: dict[Split, np.ndarray] = {"train": np.arange(10), "validation": np.arange(10, 14), "test": np.arange(0)}
    return ImageSet("folder", "Few", pixels, labels, ("common", "rare"), splits)


@pytest.mark.parametrize("source", ["Photos", "Shapes"])
def test_opens_with_a_picture(app: Opened, source: str):
    test = app("compare", source=source)
    assert row_labels(test) == ["Original", *rows_of(models.get(models.DEFAULT).title)]
    assert html(test).count("<figcaption>MSE ") == 8
    assert not test.error
    assert "not seen images like these" in captions(test)  # shipped models learnt from CIFAR-10


def test_a_point_has_no_noise_and_no_rate(app: Opened):
    """The page says what an autoencoder hasn't got, whatever is asked for."""
    title = models.get("cifar10-autoencoder").title
    test = app("compare", source="Shapes", model=title, **{"from": "one sample"})
    assert not test.exception
    assert row_labels(test) == ["Original", *rows_of(title)]
    assert "from its point: no noise" in html(test)
    assert "<td><b>none</b></td>" in html(test)
    assert "no rate: a point would take infinitely many nats" in captions(test)


def test_pictures_and_numbers_can_be_taken_away(app: Opened):
    test = app("compare", source="Shapes")
    assert files(test) == ["PNG", "CSV"]


def test_two_models_side_by_side(app: Opened):
    test = app("compare", source="Shapes")
    one = version(test, "reconstructions")
    second = test.selectbox(key="model2")
    assert models.get(models.DEFAULT).title not in second.options  # a model is not compared with itself
    other = next(model for model in models.shipped() if model.id != models.DEFAULT and not model.conditional)
    second.select(other.id).run()
    assert row_labels(test) == ["Original", *rows_of(models.get(models.DEFAULT).title), *rows_of(other.title)]
    assert version(test, "reconstructions") != one


def test_a_model_of_every_beta_moves_with_its_slider(app: Opened):
    every_beta.make_run("Mine")
    test = app("compare", source="Shapes", model="Mine (yours)")
    assert row_labels(test)[1] == "Mine, at 0.001"
    seen = [version(test, "reconstructions")]
    for beta in (1e-5, 1e-1):
        test.select_slider(key="model-beta").set_value(beta).run()
        seen.append(version(test, "reconstructions"))
    assert len(set(seen)) == 3
    assert row_labels(test)[1] == "Mine, at 0.1"
    test.selectbox(key="model2").select_index(test.selectbox(key="model2").options.index("Mine (yours)")).run()
    assert row_labels(test)[3] == "Mine, at 0.001"  # the same network, at two betas
    assert not test.exception


def test_beside_the_linear_vae(app: Opened):
    linear = next(model for model in models.shipped() if model.family == "linear_vae")
    test = app("compare", source="Shapes", model2=linear.title)
    assert row_labels(test)[3:] == rows_of(linear.title)
    assert "trained on CIFAR-10 in closed form" in captions(test)
    assert not test.error


def test_a_link_reopens_the_view(app: Opened):
    other = next(model for model in models.shipped() if model.id != models.DEFAULT and not model.conditional)
    query = {"model2": other.title, "split": "test", "class": "star", "seed": "7", "from": "one sample"}
    test = app("compare", source="Shapes", **query)
    assert [label.startswith("Spread of ") for label in row_labels(test)].count(True) == 2
    assert re.search(r"8 of \d+ test images of class star, drawn with seed 7", captions(test))
    again = app("compare", source="Shapes", **query)
    assert version(again, "reconstructions") == version(test, "reconstructions")
    assert version(app("compare", source="Shapes", **query | {"seed": "8"}), "reconstructions") != version(
        test, "reconstructions"
    )


def test_nonsense_in_the_link_falls_back(app: Opened):
    nonsense = {"model": "../x", "model2": "<b>", "split": "no", "class": "no", "seed": "-1e9", "order": "no"}
    test = app("compare", source="Shapes", **nonsense | {"from": "no", "error": "no"})
    assert not test.error
    assert version(test, "reconstructions") == version(app("compare", source="Shapes"), "reconstructions")


def test_worst_and_best_first(app: Opened):
    test = app("compare", source="Shapes", **{"class": "star"})

    def errors(order: str) -> list[float]:
        test.selectbox(key="order").select(order).run()
        assert re.search(r"of (all|a fixed) [\d,]+", captions(test))
        return [float(value) for value in re.findall(r"<figcaption>MSE ([\d.]+)", html(test))]

    worst, best = errors("worst first"), errors("best first")
    assert worst == sorted(worst, reverse=True)
    assert best == sorted(best)
    assert best[-1] < worst[-1]


def test_samples_differ_from_the_mean(app: Opened):
    test = app("compare", source="Shapes")
    mean = version(test, "reconstructions")
    test.segmented_control(key="from").set_value("one sample").run()
    assert f"Spread of {models.get(models.DEFAULT).title}" in row_labels(test)
    assert version(test, "reconstructions") != mean


def test_absolute_errors(app: Opened):
    test = app("compare", source="Shapes")
    signed = version(test, "reconstructions")
    test.segmented_control(key="error").set_value("absolute").run()
    assert version(test, "reconstructions") != signed
    assert "darker" not in html(test)


def test_runs_can_be_chosen_even_of_one_name(app: Opened):
    first, second = make_run("Mine", step=10), make_run("Mine", step=20)
    test = app("compare", source="Shapes")
    for run, step in ((first, 10), (second, 20)):
        test.selectbox(key="model").select(run.id).run()
        assert f"for {step} steps" in captions(test)
        assert test.selectbox(key="model").value == run.id
    assert "not seen images like these" not in captions(test)


def test_a_run_in_training_shows_its_newest_checkpoint(app: Opened):
    run = make_run("Mine", step=10)  # its state is "starting"
    test = app("compare", source="Shapes", model="Mine (yours)")
    old = version(test, "reconstructions")
    folder = run.path / "checkpoints" / "step_00000020"
    folder.mkdir()
    torch.manual_seed(1)
    metadata = {"family": "conv_vae", "latent_dim": 4, "step": 20, "beta": 0.003}
    checkpoints.save_weights(folder / "weights.safetensors", nets.build("conv_vae", 4), metadata)
    test.button(key=f"newest-{run.id}").click().run()
    assert "for 20 steps" in captions(test)
    assert version(test, "reconstructions") != old


def test_damaged_weights_are_explained_and_another_model_can_be_chosen(app: Opened):
    run = make_run("Broken")
    weights = run.path / "checkpoints" / "step_00000010" / "weights.safetensors"
    checkpoints.save_weights(weights, nets.build("conv_vae", 8), {"family": "conv_vae", "latent_dim": 4, "step": 10})
    test = app("compare", source="Shapes", model="Broken (yours)")
    assert any("does not fit its architecture" in error.value for error in test.error)
    assert row_labels(test) == ["Original"]
    test.selectbox(key="model").select(models.DEFAULT).run()
    assert not test.error
    assert version(test, "reconstructions")


def test_fewer_images_than_places_and_none(app: Opened, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sidebar, "chosen_images", lambda: small_set())
    test = app("compare", source="Shapes", **{"class": "rare"})
    assert html(test).count("<figcaption>MSE ") == 2
    assert "test" not in test.selectbox(key="split").options  # it is empty
    test.selectbox(key="split").select("train").run()
    assert "no images of this class" in test.info[0].value
    assert test.selectbox(key="class").options == ["all", "common", "rare"]


def test_links_name_models_by_their_ids_and_old_ones_by_titles(app: Opened):
    first, second = (make_run("Same title") for _ in range(2))
    test = app("compare", source="Shapes", model=first.id, model2=second.id)
    assert (test.selectbox(key="model").value, test.selectbox(key="model2").value) == (first.id, second.id)
    test.selectbox(key="model").select(second.id).run()
    assert test.query_params["model"] == second.id
    first.rename("Another")
    second.rename("Mine")
    test.selectbox(key="model").select(models.DEFAULT).run()
    assert "model" not in test.query_params  # what a link without it shows
    test = app("compare", source="Shapes", model="Mine (yours)")
    assert test.selectbox(key="model").value == second.id


def test_picked_images_are_those_of_the_address_until_others_are_asked_for(app: Opened):
    test = app("compare", source="Shapes", picked="7-0-1199")
    assert "3 picked of 1,200 validation images: 7, 0, 1,199." in captions(test)
    assert html(test).count("<figcaption>MSE ") == 3
    assert test.selectbox(key="class").disabled
    assert test.selectbox(key="order").disabled
    (others,) = (button for button in test.button if button.label == "Draw others")
    others.click().run()
    assert "picked" not in test.query_params
    assert "8 of 1,200 validation images, drawn with seed 0." in captions(test)


def test_of_more_than_are_shown_the_first_are_and_another_split_forgets_them(app: Opened):
    test = app("compare", source="Shapes", picked="-".join(map(str, range(20))))
    assert "The first 8 of 20 picked of 1,200 validation images: 0, 1, 2, 3, 4, 5, 6, 7." in captions(test)
    test.selectbox(key="split").set_value("test").run()
    assert "picked" not in test.query_params
    assert "8 of 1,200 test images" in captions(test)


@pytest.mark.parametrize("picked", ["1200", "1-x", "-", "9" * 40])
def test_picked_images_that_are_not_there_are_said(app: Opened, picked: str):
    test = app("compare", source="Shapes", split="validation", picked=picked)
    assert any("which are no images 0 to 1,199 of this split" in each.value for each in test.info)
    assert "drawn with seed 0" in captions(test)

"""Blur, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer import checkpoints, models, nets, runs
from explorer.analysis import blur_words, samples
from explorer.config import TrainConfig
from explorer.data import ImageSet, Split
from explorer.nets.base import Net
from explorer.priors.base import Prior
from explorer.ui.shell import sidebar
from tests import every_beta
from tests.app.shown import captions, components, data_of, html, read, version

Opened = Callable[..., AppTest]
pytestmark = pytest.mark.usefixtures("few")
SECTIONS = ("Sharpness and spectrum", "Where blur comes from", "Same rate", "Samples")


def make_run(family: str, title: str, latent_dim: int, **options: object) -> None:
    """A run with a checkpoint of an untrained net."""
    run = runs.create(TrainConfig(source="shapes", family=family, latent_dim=latent_dim, beta=0.0, **options), title)  # type: ignore[arg-type]
    torch.manual_seed(0)
    net = nets.build(family, latent_dim, **run.config.net_options)
    metadata = {
        "family": family, "latent_dim": latent_dim, "options": run.config.net_options, "step": 10, "beta": 0.0,
    }  # fmt: skip
    weights = run.weights_path(10)
    weights.parent.mkdir(parents=True)
    checkpoints.save_weights(weights, net, metadata)


def prose(test: AppTest) -> str:
    return " ".join(element.value for element in test.markdown)


def rows(test: AppTest) -> list[str]:
    return re.findall(r'row-label row-\d+"><span>([^<]*)', html(test))


def charts(test: AppTest) -> int:
    return len(test.get("plotly_chart"))


@pytest.mark.parametrize("source", ["Photos", "Shapes"])
def test_opens_with_families_side_by_side(app: Opened, source: str):
    test = app("blur", source=source)
    titles = test.multiselect(key="models").value
    assert models.DEFAULT in titles
    families = {models.get(i).family for i in titles}
    assert {"autoencoder", "residual_vae", "spatial_vae", "vq_vae"} <= families
    assert not test.error
    assert charts(test) == 2
    assert f"not on {source}" in captions(test)
    assert html(test).count('<th scope="row"><i') == len(titles)
    assert "Half the power is lost from" in prose(test)


def test_where_blur_comes_from(app: Opened):
    test = app("blur", source="Shapes", section=SECTIONS[1])
    assert rows(test) == ["Samples", "Their mean", "Nearest images", "Their mean"]
    assert charts(test) == 2
    assert re.search(r"of 128: 0\.\d\d", html(test))
    test.segmented_control(key="of").set_value("Autoencoder").run()
    assert rows(test) == ["Nearest images", "Their mean"]
    assert "Its latent is not drawn" in prose(test)
    assert not test.exception


def test_same_rate_is_there_without_the_data(app: Opened, monkeypatch: pytest.MonkeyPatch):
    test = app("blur", source="Shapes", models=models.get(models.DEFAULT).title, section=SECTIONS[2])
    assert charts(test) == 3
    assert "Over 1,000 images of CIFAR-10" in captions(test)
    beside = r"\*\*Linear VAE\*\* [\d.]+ against [\d.]+ at \d+ nats \(PSNR [\d.]+ against [\d.]+ dB\)"
    assert re.search(beside, prose(test))
    test.segmented_control(key="on").set_value("here").run()
    assert "Over 1,000 images of Shapes" in captions(test)
    test.segmented_control(key="beside").set_value("ssim").run()
    assert charts(test) == 3
    assert not test.exception


def test_priors_are_those_that_a_family_has(app: Opened):
    make_run("autoencoder", "A point", 4, trunk="conv_vae")
    make_run("vq_vae", "Codes", 64, codebook_size=8, code_dim=4)
    test = app("blur", source="Shapes", section=SECTIONS[3], models=["A point (yours)", "Codes (yours)", "beta 0.1"])
    assert rows(test) == ["A point (yours)", "Codes (yours)", "Codes (yours)", "beta 0.1", "beta 0.1"]
    assert "A point (yours)** has no prior" in captions(test)
    assert "each code as often as images use it" in html(test)
    before = html(test)
    test.number_input(key="draw").set_value(2).run()
    assert html(test) != before


def test_other_draws_are_shown_and_nothing_is_measured_again(app: Opened, monkeypatch: pytest.MonkeyPatch):
    """A thousand pictures of each model take seconds; the ten of another draw don't wait for them."""
    drawn: list[int] = []
    measure = samples.sample

    def counted(net: Net, prior: Prior, seed: int) -> samples.PriorSamples:
        drawn.append(seed)
        return measure(net, prior, seed)

    monkeypatch.setattr(samples, "sample", counted)
    make_run("conv_vae", "Fresh", 4)
    test = app("blur", source="Shapes", section=SECTIONS[3], models=["Fresh (yours)"])
    sharpness = re.findall(r"sharpness [\d.]+ of images", html(test))
    assert len(drawn) == len(sharpness) == 2
    before = version(test, "priors")
    test.number_input(key="draw").set_value(2).run()
    assert version(test, "priors") != before
    assert re.findall(r"sharpness [\d.]+ of images", html(test)) == sharpness
    assert len(drawn) == 2


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_is_a_sentence_and_pictures_and_the_rest_on_demand(app: Opened, section: str):
    make_run("conv_vae", "Fresh", 4)
    test = app("blur", source="Shapes", section=section, models=["Fresh (yours)"])
    first, *others = (element.value for element in test.main.markdown)
    assert read(first) in blur_words.FIRST.values()
    (rest,) = (each for each in test.main.expander if each.label == "In words, and how it was measured")
    assert not rest.proto.expanded
    assert others == [element.value for element in rest.markdown]
    assert rest.markdown or rest.caption


def test_every_family_goes_through_every_section(app: Opened):
    make_run("vq_vae", "Codes", 64, codebook_size=8, code_dim=4)
    make_run("spatial_vae", "Cells", 64)
    every_beta.make_run("Mine")
    shown = ["Codes (yours)", "Cells (yours)", "Mine, at 0.01 (yours)"]
    test = app("blur", source="Shapes", models=shown)
    for section in ("origin", "prior", "spectrum"):
        test.segmented_control(key="section").set_value(section).run()
        assert not test.exception
        assert not test.error
    assert "by use of codes" in html(test)  # the entropy of its codes


def test_near_or_real_shows_the_pictures_of_the_dot_that_the_link_names(app: Opened):
    test = app("blur", source="Shapes", models="beta 0.001", section="perception", dot="cifar10-beta-1e-1")
    assert charts(test) == 1
    assert rows(test)[-2:] == ["Original", "beta 0.1"]
    assert "Fréchet distance" in html(test)
    before = version(test, "perception")
    test.selectbox(key="dot").set_value(models.DEFAULT).run()
    assert rows(test)[-1] == models.get(models.DEFAULT).title
    assert version(test, "perception") != before
    assert not test.exception


def test_nonsense_in_the_link_falls_back(app: Opened):
    nonsense = {"models": "../x", "section": "no", "image": "-1", "view": "<b>", "loupe": "1,99", "split": "no"}
    test = app("blur", source="Shapes", **nonsense)
    assert not test.error
    assert models.DEFAULT in test.multiselect(key="models").value


def test_no_models_and_no_images(app: Opened, monkeypatch: pytest.MonkeyPatch):
    test = app("blur", source="Shapes")
    test.multiselect(key="models").set_value([]).run()
    assert "Choose a model" in test.info[0].value
    assert not charts(test)
    pixels = np.zeros((4, 3, 32, 32), dtype=np.uint8)
    splits: dict[Split, np.ndarray] = {"train": np.arange(2), "validation": np.arange(2, 4), "test": np.arange(0)}
    few = ImageSet("folder", "Few", pixels, np.array([0, 1, 0, 0]), ("here", "elsewhere"), splits)
    monkeypatch.setattr(sidebar, "chosen_images", lambda: few)
    test = app("blur", source="Shapes", **{"class": "elsewhere"})
    assert "no images of this class" in test.info[0].value
    assert not charts(test)


def test_damaged_weights_are_explained_beside_the_others(app: Opened):
    run = every_beta.make_single_run("Broken", beta=0.01)
    run.weights_path(every_beta.STEP).write_bytes(b"no weights")
    test = app("blur", source="Shapes", models=["Broken (yours)", "beta 0.1"])
    assert html(test).count('<th scope="row"><i') == 1


@pytest.mark.usefixtures("few")
def test_picked_images_stand_under_the_loupe(app: Opened):
    test = app("blur", source="Shapes", picked="7-0")
    (loupe,) = (each for each in components(test) if each.proto.component_name == "microscope")
    assert len(data_of(loupe)["names"]) == 2
    assert test.selectbox(key="class").disabled
    assert any(button.label == "Draw others" for button in test.button)

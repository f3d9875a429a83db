"""Beta, without a browser."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer import checkpoints, models, nets, runs
from explorer.analysis import prior_gap
from explorer.analysis.samples import PriorSamples
from explorer.data import ImageSet, load_image_set
from explorer.nets import BETA_STOPS
from explorer.pixels import to_uint8
from explorer.runs import Run
from explorer.ui.shell import cache, sidebar
from tests import every_beta
from tests.app.shown import captions, components, data_of, html, version

Opened = Callable[..., AppTest]
NOTEBOOK = BETA_STOPS.index(1e-3) / (len(BETA_STOPS) - 1)


@pytest.fixture
def no_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Shipped models without those that know every beta."""
    folder = tmp_path / "models"
    folder.mkdir()
    for model in models.shipped():
        if not model.conditional:
            for path in models.SHIPPED.glob(f"{model.id}.*"):
                (folder / path.name).symlink_to(path)
    monkeypatch.setattr(models, "SHIPPED", folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_EXPLORER_RUNS", str(tmp_path_factory.mktemp("made")))
        return every_beta.make_run("Mine").path


@pytest.fixture
def mine(no_shipped: None, made: Path) -> Run:
    """The only net for every beta is one's own; by the name of the same one, the app knows what it makes of images."""
    return Run(shutil.copytree(made, runs.runs_root() / made.name))


def given(test: AppTest) -> dict[str, Any]:
    """What the picture was given."""
    return next(sent for each in components(test) if "stops" in (sent := data_of(each)))


def beside(test: AppTest) -> dict[str, dict[str, Any]]:
    """What stands beside the picture, by its part."""
    sent = [json.loads(each.proto.json) for each in components(test)]
    return {each["part"]: each for each in sent if "part" in each}


def frame_notes(test: AppTest) -> str:
    return re.sub(r"\\(.)", r"\1", " ".join(info.value for info in test.info))


def dots(test: AppTest) -> dict[str, dict[str, Any]]:
    return {dot["id"]: dot for dot in beside(test)["dots"]["dots"]}


def test_without_a_net_for_every_beta_it_says_where_to_get_one(app: Opened, no_shipped: None):
    test = app("beta", source="Shapes")
    assert "No model here knows every beta yet" in test.info[0].value
    assert "Every beta" in test.info[0].value
    assert any(link.proto.label == "To Train" for link in test.get("page_link"))
    assert not components(test)
    assert not test.error


def test_opens_at_the_notebooks_beta(app: Opened, mine: Run):
    test = app("beta", source="Shapes")
    data = given(test)
    assert data["at"] == NOTEBOOK
    assert (len(data["names"]), len(data["stops"]), len(data["curve"])) == (8, 41, 41)
    assert data["names"][0].startswith("image 1, ")
    assert [lesson["name"] for lesson in data["lessons"]] == [
        "All detail", "Calibrated", "The notebook's", "Collapsed",
    ]  # fmt: skip
    assert "**Mine**, trained on Shapes" in captions(test)
    assert "not seen images like these" not in captions(test)
    assert not test.error


def test_lessons_say_what_is_measured(app: Opened, mine: Run):
    data = given(app("beta", source="Shapes"))
    lost = data["numbers"]["lost"]["words"]
    for lesson in data["lessons"]:
        for stop in {lesson["first"], lesson["stop"], lesson["last"]} if lesson["name"] != "Calibrated" else ():
            assert f"{lost[stop][0]} off" in data["stops"][stop]["words"]
    calibrated = next(lesson for lesson in data["lessons"] if lesson["name"] == "Calibrated")
    stop = data["stops"][calibrated["stop"]]
    assert f"stands for, is {stop['facts']['sigma']}, " in stop["words"]  # as written below the slider
    assert f"{data['curve'][calibrated['stop']][1] ** 0.5:.3f}: equal at the diamond" in stop["words"]
    collapsed = data["stops"][-1]
    assert collapsed["lit"].split(" dim")[0] in collapsed["words"]


def test_the_same_samples_stand_under_the_images_at_every_beta(app: Opened, mine: Run):
    data = given(app("beta", source="Shapes"))
    sprite = Image.open(io.BytesIO(base64.b64decode(data["sprite"].split(",", 1)[1])))
    assert data["samples"] == 8
    assert sprite.size == ((1 + len(BETA_STOPS)) * 32, (8 + 8) * 32)
    net, z = every_beta.prepared().eval(), every_beta.prepared().sample_prior(8, 1)
    with torch.inference_mode():
        painted = to_uint8(net.at(BETA_STOPS[-1]).decode(z))
    shown = np.asarray(sprite)[8 * 32 :, -32:].reshape(8, 32, 32, 3)
    assert np.abs(shown.astype(int) - painted).max() <= 2  # weights are stored in half precision


def test_latents_of_many_images_come_beside_the_picture(app: Opened, mine: Run):
    test = app("beta", source="Shapes")
    latents = beside(test)["latents"]
    assert latents["of"] == given(test)["latents_of"]
    assert latents["axes"]["count"] == 300
    assert len(latents["length"]["density"]) == len(BETA_STOPS)
    assert "300 validation images of Shapes" in latents["length"]["title"]
    assert "N(0, 1)" in latents["length"]["words"][0]


def test_without_a_measured_gap_it_is_unknown(app: Opened, mine: Run):
    test = app("beta", source="Shapes")
    assert {big for big, _ in given(test)["numbers"]["gap"]["words"]} == {"unknown"}
    assert beside(test)["gaps"]["gap"]["ask"] == "Measure it"


def test_a_card_says_how_often_a_judge_finds_a_sample_at_every_stop(app: Opened):
    gap = given(app("beta", source="Shapes"))["numbers"]["gap"]
    found = [int(big.split(" of ")[0]) for big, _ in gap["words"]]
    assert len(found) == len(BETA_STOPS)
    assert found[0] > 90 > 70 > found[-1]
    assert gap["of"] == "1,000 validation images of CIFAR-10"  # whatever images are shown


def test_other_images_are_said_to_be_new_to_it(app: Opened, mine: Run):
    assert "It has not seen images like these, Photos" in captions(app("beta", source="Photos"))


def test_a_link_reopens_the_view(app: Opened, mine: Run):
    query = {"source": "Shapes", "at": "0.01", "seed": "5", "split": "test", "class": "star", "section": "Side by side"}
    test = app("beta", **query, other="0.0001")
    assert given(test)["at"] == 0.75
    assert {name.split(", ")[1] for name in given(test)["names"]} == {"star"}
    assert "beta 0.01" in html(test)
    assert "beta 1e-4" in html(test) or "beta 0.0001" in html(test)
    again, others = app("beta", **query, other="0.0001"), app("beta", **{**query, "seed": "6"})
    assert version(test, "side-by-side") == version(again, "side-by-side")
    assert given(test)["version"] == given(again)["version"] != given(others)["version"]


@pytest.mark.parametrize("beta", ["-1", "nan", "<b>", "inf", "0"])
def test_nonsense_in_the_link_falls_back(app: Opened, mine: Run, beta: str):
    test = app("beta", source="Shapes", at=beta, dot="../x", model="no", seed="x", section="?", other="?")
    assert given(test)["at"] == NOTEBOOK
    assert f"the beta “{beta}”, which is none. Shown instead: 0.001." in frame_notes(test)
    assert beside(test)["dots"]["row"] is None
    assert not test.error


@pytest.mark.parametrize(("beta", "position"), [("7", 1.0), ("1e-9", 0.0), ("0.0011", NOTEBOOK)])
def test_a_beta_without_a_stop_becomes_the_nearest(app: Opened, mine: Run, beta: str, position: float):
    assert given(app("beta", source="Shapes", at=beta))["at"] == position


def test_other_models_are_dots_with_their_own_numbers(app: Opened, mine: Run):
    single = every_beta.make_single_run("Single", beta=0.003)
    found = dots(app("beta", source="Shapes"))
    assert found[single.id]["title"] == "Single"
    assert found[single.id]["rate"] == "16 nats (23 bits, 2.9 bytes) an image"
    assert found[single.id]["colour"] == "latent"
    assert not found[single.id]["elsewhere"]
    learnt = [model.id for model in models.shipped() if model.source == "shapes" and not model.conditional]
    assert not any(found[each]["elsewhere"] for each in learnt)
    assert models.DEFAULT not in found  # measured on other images than the curve
    assert f"{mine.id}@0.1" in found


def test_a_chosen_dot_shows_its_pictures_under_the_same_originals(app: Opened, mine: Run):
    single = every_beta.make_single_run("Single", beta=0.003)
    test = app("beta", source="Shapes", dot=single.id)
    row = beside(test)["dots"]["row"]
    assert row["label"] == "Single"
    assert row["note"].startswith("beta 0.003, a network of its own, ")
    watched = beside(app("beta", source="Shapes", dot=f"{mine.id}@0.1"))["dots"]["row"]
    assert watched["note"].startswith("beta 0.1, from the mean of z")
    assert watched["strip"] != row["strip"]
    assert beside(app("beta", source="Shapes"))["dots"]["row"] is None


def test_a_damaged_dot_is_explained_and_the_picture_stands(app: Opened, mine: Run):
    broken = every_beta.make_single_run("Broken", beta=0.003)
    metadata = {"family": "conv_vae", "latent_dim": every_beta.LATENT, "step": every_beta.STEP}
    checkpoints.save_weights(broken.weights_path(every_beta.STEP), nets.build("conv_vae", 4), metadata)
    test = app("beta", source="Shapes", dot=broken.id)
    assert any("does not fit its architecture" in error.value for error in test.error)
    assert given(test)["names"]
    assert beside(test)["dots"]["row"] is None


def test_several_nets_for_every_beta_are_a_choice(app: Opened, mine: Run):
    every_beta.make_run("Other")
    test = app("beta", source="Shapes", model="Mine (yours)")
    assert test.selectbox(key="model").value == mine.id
    assert "**Mine**" in captions(test)
    test.selectbox(key="model").select("Other (yours)").run()
    assert "**Other**" in captions(test)


def test_shuffle_brings_other_images(app: Opened, mine: Run):
    test = app("beta", source="Shapes")
    before = given(test)["version"]
    next(button for button in test.button if button.label == "Shuffle").click().run()
    assert given(test)["version"] != before


def test_an_own_picture_takes_their_place(app: Opened, mine: Run):
    test = app("beta", source="Shapes")
    buffer = io.BytesIO()
    Image.fromarray(np.full((50, 40, 3), (200, 30, 30), dtype=np.uint8)).save(buffer, "png")
    test.file_uploader(key="photo").upload("mine.png", buffer.getvalue(), "image/png").run()
    assert given(test)["names"] == ["your picture"]
    assert given(test)["numbers"]["lost"]["of"].startswith("this image")
    assert next(button for button in test.button if button.label == "Shuffle").disabled


def test_a_class_without_images_says_so(app: Opened, mine: Run, monkeypatch: pytest.MonkeyPatch):
    every = load_image_set("shapes")
    splits = every.splits | {"test": every.indices("test", "star")}
    few = ImageSet("shapes", "Few", every.images, every.labels, every.class_names, splits)
    monkeypatch.setattr(sidebar, "chosen_images", lambda: few)
    test = app("beta", source="Shapes", split="test", **{"class": "ring"})
    assert "no images of this class" in test.info[0].value
    assert not components(test)


def test_only_the_section_that_is_shown_is_computed(app: Opened, mine: Run, monkeypatch: pytest.MonkeyPatch):
    asked, real = [], cache.prior_samples

    def ask(*args: Any) -> PriorSamples:
        asked.append(args)
        return real(*args)

    monkeypatch.setattr(cache, "prior_samples", ask)
    test = app("beta", source="Shapes")
    assert not asked
    test.segmented_control(key="section").select("priors").run()
    assert len(asked) == 2
    assert "side-by-side" not in html(test)


def test_draws_of_an_image(app: Opened, mine: Run):
    test = app("beta", source="Shapes", section="Sampled or mean", at="0.01")
    first = version(test, "draws")
    assert "At beta 0.01 a sample's MSE is" in captions(test)
    test.number_input(key="draw").set_value(2).run()
    second = version(test, "draws")
    test.segmented_control(key="image-of-8").select(3).run()
    third = version(test, "draws")
    test.number_input(key="draw").set_value(1).run()
    test.segmented_control(key="image-of-8").select(1).run()
    assert len({first, second, third}) == 3
    assert version(test, "draws") == first


def test_a_mixtures_samples_stand_beside_those_of_the_normal_prior(app: Opened):
    test = app("beta", source="Shapes", section="N(0, 1) or a mixture", at="1e-5")
    said = re.findall(r"a judge finds (\d+) in 100", html(test))
    gaps = models.get("cifar10-conditional").card["prior_gap"]
    assert said == [f"{100 * gaps[0][prior]:.0f}" for prior in ("normal", "mixture")]
    assert "It hardly helps" in captions(test)
    assert "3,000 training images of Shapes" in captions(test)


def test_a_measured_gap_of_a_run_is_shown(app: Opened, mine: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(prior_gap, "IMAGES", 60)  # of quick judges
    (beta, *_), model = BETA_STOPS, models.get(mine.id)
    row = prior_gap.measure(models.load_model(model), load_image_set("shapes"), beta)
    rows = [row._replace(beta=beta, normal=0.73)._asdict() for beta in BETA_STOPS]
    mine.write_prior_gap({"step": every_beta.STEP, "rows": rows, "process": None, "error": ""})
    gap = given(app("beta", source="Shapes"))["numbers"]["gap"]
    assert {big for big, _ in gap["words"]} == {"73 of 100"}
    assert gap["of"] == "60 validation images of Shapes"
    mine.write_prior_gap({"step": every_beta.STEP - 1, "rows": rows, "process": None, "error": ""})
    gap = given(app("beta", source="Shapes"))["numbers"]["gap"]
    assert {big for big, _ in gap["words"]} == {"unknown"}  # that was of other weights


def test_which_beta_is_this(app: Opened, mine: Run):
    test = app("beta", source="Shapes", section="Which beta is this?", at="0.001")
    assert "<b>0.384</b>" in html(test)  # 3,072 pixel values over 8 latent dimensions
    assert "8 latent dimensions" in captions(test)


def test_train_at_this_beta_leads_to_train(app: Opened, mine: Run):
    test = app("beta", source="Shapes", at="0.002")
    link = next(element.proto for element in test.get("page_link") if "Train at" in element.proto.label)
    assert link.label == "Train at beta 0.002"
    assert "beta=0.002" in str(link)
    landed = app("train", source="Shapes", beta="0.002")
    assert "0.002" in [field.value for field in landed.text_input]

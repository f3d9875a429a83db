"""Interpolate, without a browser."""

from __future__ import annotations

import base64
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer import checkpoints, models, nets
from explorer.analysis import interpolation
from explorer.data import ImageSet, load_image_set
from explorer.ui.interpolate import opening
from explorer.ui.shell import sidebar
from tests import every_beta
from tests.app.shown import captions, components, data_of

Opened = Callable[..., AppTest]


def shown(test: AppTest) -> dict:
    """What the morph component was given."""
    return data_of(components(test)[0])


def sprite(test: AppTest) -> np.ndarray:
    encoded = shown(test)["sprite"].split(",", 1)[1]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))


def shipped(key: str) -> models.Model:
    return next(model for model in models.shipped() if model.id == key)


def notes(test: AppTest) -> list[str]:
    return [end["note"] for end in shown(test)["ends"]]


@pytest.mark.parametrize("source", ["Photos", "Shapes"])
def test_opens_with_a_picture(app: Opened, source: str):
    data = shown(app("interpolate", source=source))
    assert [row["label"] for row in data["rows"]] == ["Straight line (lerp)", "Arc (slerp)", "Pixel cross-fade"]
    assert data["position"] == 0.5
    assert data["readout"][0] == "t = 0.00"
    assert data["readout"][-1] == "t = 1.00"
    assert all(len(row["values"]) == data["frames"] for row in data["rows"])


def test_a_model_of_every_beta_moves_with_its_slider(app: Opened):
    every_beta.make_run("Mine")
    test = app("interpolate", source="Shapes", model="Mine (yours)")
    before = sprite(test)
    test.select_slider(key="model-beta").set_value(1e-1).run()
    assert not test.exception
    rows = shown(test)["cell"]
    assert (sprite(test) != before)[: 2 * rows].any()
    assert (sprite(test) == before)[2 * rows :].all()  # the cross-fade has no model


def test_models_differ_in_all_but_the_cross_fade(app: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for latent_dim in (2, 300):
        card = {"title": f"{latent_dim} latents", "family": "conv_vae", "latent_dim": latent_dim, "beta": 0.1}
        (tmp_path / f"random-{latent_dim}.json").write_text(
            json.dumps(card | {"source": "shapes", "step": 0, "measured": {}})
        )
        net = nets.build("conv_vae", latent_dim)
        metadata = {"family": "conv_vae", "latent_dim": latent_dim}
        checkpoints.save_weights(tmp_path / f"random-{latent_dim}.safetensors", net, metadata)
    monkeypatch.setattr(models, "SHIPPED", tmp_path)
    test = app("interpolate", source="Shapes")
    before = sprite(test)
    test.selectbox(key="model").select("300 latents").run()
    changed = (sprite(test) != before).any(axis=(1, 2))
    assert changed[:64].any()
    assert not changed[64:].any()


def test_a_link_reopens_the_view(app: Opened):
    other = next(model for model in models.shipped() if model.id != models.DEFAULT)
    query = {"source": "Shapes", "split": "test", "class_a": "star", "index_a": "3", "index_b": "11", "steps": "5"}
    test = app("interpolate", **query, t="0.25", method="Slerp", model=other.title)
    images = load_image_set("shapes")
    b = images.indices("test")[11]
    assert notes(test) == ["star, image 3", f"{images.class_names[images.labels[b]]}, image 11"]
    assert shown(test)["position"] == 0.25
    assert test.select_slider(key="steps").value == 5
    assert test.selectbox(key="model").value == other.id
    assert test.segmented_control(key="method").value == "slerp"


@pytest.mark.parametrize("t", ["nan", "-0.1"])
def test_nonsense_in_the_link_falls_back(app: Opened, t: str):
    test = app(
        "interpolate", source="Shapes", t=t, steps="99", class_a="unicorn", index_b="-4", model="../x", method="?"
    )
    assert shown(test)["position"] == 0.5
    assert test.select_slider(key="steps").value == 9
    assert test.selectbox(key="class_a").value == "all"
    assert not test.error


def test_an_image_that_is_not_there_becomes_the_last_in_words(app: Opened):
    test = app("interpolate", source="Shapes", class_a="ring", index_a="100000")
    last = len(load_image_set("shapes").indices("validation", "ring")) - 1
    assert notes(test)[0] == f"ring, image {last}"
    assert f"There is no image 100,000: this is the last, {last}." in captions(test)


def test_a_class_without_images_says_so(app: Opened, monkeypatch: pytest.MonkeyPatch):
    every = load_image_set("shapes")
    splits = every.splits | {"test": every.indices("test", "star")}
    few = ImageSet("shapes", "Few", every.images, every.labels, every.class_names, splits)
    monkeypatch.setattr(sidebar, "chosen_images", lambda: few)
    test = app("interpolate", source="Shapes", split="test", class_b="ring")
    assert "The test split has no image of class ring" in captions(test)
    assert notes(test)[1] == "star, image 18"


def test_the_opening_pair_is_the_best_of_those_tried(app: Opened):
    """Its middle is least a mixture of both ends; it stays when another model shows it."""
    images, net = load_image_set("shapes"), models.load_model(shipped(models.DEFAULT))
    pool = images.indices("validation")
    tried = opening.places(len(pool))
    pairs, novelty = interpolation.novelty(net, images.images[pool[tried]])
    best = [f", image {place:,}" for place in tried[pairs[novelty.argmax()]].tolist()]
    test = app("interpolate", source="Shapes")
    assert [note[note.index(",") :] for note in notes(test)] == best
    assert "is least a mixture of both ends" in captions(test)
    assert "index_a" not in test.query_params
    other = app("interpolate", source="Shapes", model="cifar10-beta-1e-1", index_b="0")
    assert notes(other)[0] == notes(test)[0]
    assert "least a mixture" not in captions(other)


def test_files_are_called_after_their_pair_model_and_way(app: Opened):
    test = app("interpolate", source="Shapes", class_a="star", index_a="3", class_b="ring", index_b="4", method="Lerp")
    names = [offer.name for key, offer in test.session_state["download-offers"].items() if key in ("film", "filmstrip")]
    assert names == ["star-3-to-ring-4-beta-0.001-lerp.gif", "star-3-to-ring-4-beta-0.001-filmstrip.png"]


def test_another_class_begins_at_its_own_image_without_a_word(app: Opened):
    test = app("interpolate", source="Shapes")
    test.selectbox(key="class_a").set_value("star").run()
    assert notes(test)[0] == "star, image 10"
    assert "There is no image" not in captions(test)


def test_shuffle_keeps_classes(app: Opened):
    test = app("interpolate", source="Shapes", class_a="star")
    before = shown(test)["version"]
    test.button[0].click().run()
    assert shown(test)["version"] != before
    assert notes(test)[0].startswith("star")


def test_own_picture_takes_an_end(app: Opened):
    test = app("interpolate", source="Shapes")
    before = shown(test)["ends"]
    buffer = io.BytesIO()
    Image.fromarray(np.full((50, 40, 3), (200, 30, 30), dtype=np.uint8)).save(buffer, "png")
    test.file_uploader(key="photo_b").upload("mine.png", buffer.getvalue(), "image/png").run()
    assert notes(test) == [before[0]["note"], "your picture"]
    assert test.selectbox(key="class_b").disabled
    test.file_uploader(key="photo_b").upload("mine.png", b"no picture", "image/png").run()
    assert test.error[0].value.startswith("**The file is not a PNG, JPEG or WebP picture**")
    assert shown(test)["ends"] == before


def test_a_damaged_model_is_explained(app: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    shipped = models.shipped()[0].weights
    shutil.copy(shipped.with_suffix(".json"), tmp_path / "torn.json")
    (tmp_path / "torn.safetensors").write_bytes(shipped.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(models, "SHIPPED", tmp_path)
    test = app("interpolate", source="Shapes")
    assert "torn.safetensors" in test.error[0].value
    assert test.selectbox(key="model").value == "torn"  # another can be chosen

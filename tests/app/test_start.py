"""The start page in every state it can be in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer import models
from explorer.analysis.passage import Passage
from explorer.ui.components import bottleneck
from explorer.ui.shell.pages import PAGES
from tests.app.shown import components, data_of
from tests.unit.data import small_cifar10

App = Callable[..., AppTest]


def figure(test: AppTest) -> dict:
    """What the page sent to the figure in the browser."""
    (figure,) = components(test)
    return data_of(figure)


def words(test: AppTest) -> str:
    return "\n".join(element.value for element in (*test.main.caption, *test.main.error))


def test_it_is_alive_without_cifar10_and_without_a_click(app: App) -> None:
    test = app("start")
    shown = figure(test)
    assert not test.error
    assert [shown["image"], len(shown["images"]), len(shown["order"])] == [0, 10, 128]
    assert shown["sprite"].startswith("data:image/png;base64,")
    assert "Trained on" in words(test)
    assert "never seen an image of Photos" in words(test)
    pages = [link.label.split("**")[1] for link in test.get("page_link")]  # type: ignore[union-attr]
    assert pages == [page.title for page in PAGES[1:]]


def test_every_class_has_its_turn_and_a_link_reopens_the_view(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_EXPLORER_CIFAR10", str(small_cifar10.write_folder(tmp_path, "binary")))
    first = figure(app("start"))
    assert len({image["name"] for image in first["images"]}) >= 5  # of 20 random images
    again = figure(app("start", seed="7", image="3"))
    assert again["image"] == 3
    assert again["version"] != first["version"]
    assert figure(app("start", seed="7"))["version"] == again["version"]


@pytest.mark.parametrize("nonsense", ["-1", "99999999", "x", "", "1.5", "\N{ARABIC-INDIC DIGIT THREE}"])
def test_nonsense_in_a_link_shows_the_default(app: App, nonsense: str) -> None:
    test = app("start", source="Shapes", image=nonsense, model=nonsense, seed=nonsense)
    assert figure(test)["image"] == 0
    assert not test.error


def test_a_damaged_model_is_said_and_others_can_be_chosen(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = models.shipped()[0]
    monkeypatch.setattr(models, "SHIPPED", tmp_path)
    shutil.copy(shipped.weights.with_suffix(".json"), tmp_path / "torn.json")  # an id that no cache knows
    (tmp_path / "torn.safetensors").write_bytes(shipped.weights.read_bytes()[:-1] + b"?")
    test = app("start", source="Shapes")
    assert "damaged" in words(test)
    assert test.selectbox(key="model").options == [shipped.title]
    assert len(test.get("page_link")) == len(PAGES) - 1


def test_the_axes_hold_every_value_of_the_row(app: App) -> None:
    shown = figure(app("start", source="Shapes"))
    images = shown["images"]
    assert max(max(image["kl"]) for image in images) <= shown["most"]
    drawn = [abs(value) for image in images for z in image["z"] for value in z]
    spread = [abs(mu) + std for image in images for mu, std in zip(image["mu"], image["std"], strict=True)]
    assert 3.4 < max(drawn + spread) <= shown["reach"]


def test_a_source_of_few_classes_fills_the_row(app: App) -> None:
    names = [image["name"] for image in figure(app("start", source="Shapes"))["images"]]
    assert len(names) == 10
    assert len(set(names)) == 6


def test_the_numbers_of_the_figure() -> None:
    rng = np.random.default_rng(0)
    n, s, d = 2, 3, 5
    kl = rng.random((n, d)).astype(np.float32)
    passage = Passage(
        originals=rng.integers(0, 256, (n, 32, 32, 3), np.uint8),
        mu=rng.normal(size=(n, d)).astype(np.float32),
        std=rng.random((n, d)).astype(np.float32),
        kl=kl,
        z=rng.normal(size=(n, s, d)).astype(np.float32),
        pictures=rng.integers(0, 256, (n, 1 + s, 32, 32, 3), np.uint8),
        mse=np.full((n, 1 + s), 0.01, np.float32),
    )
    shown = bottleneck.payload(passage, ["a", "b"])
    assert shown["order"] == sorted(range(d), key=lambda k: -kl.mean(0)[k])
    image = shown["images"][1]
    assert image["psnr"] == [20.0] * 4
    assert image["nats"] == pytest.approx(kl[1].sum(), abs=0.06)
    assert image["bits"] == pytest.approx(kl[1].sum() / np.log(2), abs=0.06)
    assert [shown["pixel_values"], shown["pixel_bits"]] == [3072, 24576]
    np.testing.assert_allclose(image["z"], passage.z[1], atol=5.1e-4)

"""The shipped net and its features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.analysis import features
from explorer.analysis.features import extraction, kept
from explorer.data.imageset import ImageSet, Split
from explorer.errors import ExplorerError
from explorer.files import read_json

PICTURES = np.random.default_rng(0).integers(0, 256, (12, 3, 32, 32), dtype=np.uint8)


@pytest.fixture
def images() -> ImageSet:
    splits: dict[Split, np.ndarray] = {"train": np.arange(8), "validation": np.array([8]), "test": np.array([11, 9])}
    return ImageSet("folder", "Twelve", PICTURES, np.zeros(12, np.int64), ("any",), splits)


def test_a_picture_has_256_features_whatever_stands_beside_it():
    found = features.extract(PICTURES)
    assert found.shape == (12, 256)
    assert found.min() >= 0
    np.testing.assert_allclose(features.extract(PICTURES[4:5])[0], found[4], rtol=1e-3, atol=1e-4)
    assert features.extract(PICTURES[:0]).shape == (0, 256)


def test_they_are_of_what_is_shown():
    """Of 8 bits: samples are compared with images that have no more."""
    exact = PICTURES / np.float32(255)
    np.testing.assert_array_equal(features.extract(exact + np.float32(0.001)), features.extract(PICTURES))
    np.testing.assert_array_equal(features.extract(exact * 2), features.extract(np.clip(2.0 * exact, 0, 1)))


def test_the_card_says_what_the_net_is():
    card = read_json(features.CARD)
    assert card
    net = features.load()
    assert card["parameters"] == sum(p.numel() for p in net.parameters())
    assert card["features"] == features.extract(PICTURES).shape[1]
    assert set(card["accuracy"]) == {"train", "validation", "test"}
    assert 0.85 < card["accuracy"]["test"] < 1
    assert "JPEG" in card["environment"]["images"]
    assert features.WEIGHTS.stat().st_size < 4e6


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(extraction, "WEIGHTS", tmp_path / "cifar10.safetensors")
    with pytest.raises(ExplorerError, match="missing or damaged"):
        features.load()
    extraction.WEIGHTS.write_bytes(features.WEIGHTS.read_bytes()[:-1])
    with pytest.raises(ExplorerError, match="missing or damaged"):
        features.load()


def test_what_is_saved_is_loaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    net = features.load()
    monkeypatch.setattr(extraction, "WEIGHTS", tmp_path / "features" / "cifar10.safetensors")
    features.save(net)
    again = features.load()
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), again.state_dict().values(), strict=True))


def test_features_of_a_split_are_computed_once(images: ImageSet):
    said: list[tuple[int, int]] = []
    assert not features.is_kept(images, "test")
    found = features.of_split(images, "test", lambda *words: said.append(words))
    assert said == [(2, 2)]
    np.testing.assert_array_equal(found, features.extract(PICTURES[[11, 9]]))
    assert features.is_kept(images, "test")
    np.testing.assert_array_equal(features.of_split(images, "test", lambda *words: said.append(words)), found)
    assert said == [(2, 2)]


def test_features_that_were_damaged_are_computed_anew(images: ImageSet):
    found = features.of_split(images, "train")
    (path,) = kept.folder().iterdir()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    np.testing.assert_array_equal(features.of_split(images, "train"), found)
    path.write_bytes(b"")
    np.testing.assert_array_equal(features.of_split(images, "train"), found)


def test_of_other_images_and_other_splits_nothing_is_known(images: ImageSet):
    features.of_split(images, "train")
    other = ImageSet("folder", "Others", 255 - PICTURES, images.labels, images.class_names, images.splits)
    assert not features.is_kept(other, "train")
    assert not features.is_kept(images, "validation")


def test_only_a_few_splits_are_kept(images: ImageSet, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kept, "MOST", 2)
    for split in ("train", "validation", "test"):
        features.of_split(images, split)
    assert len(list(kept.folder().iterdir())) == 2


def test_where_nothing_can_be_kept_they_are_computed_all_the_same(
    images: ImageSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VAE_EXPLORER_CACHE", str(tmp_path / "file" / "below"))
    assert features.of_split(images, "test").shape == (2, 256)

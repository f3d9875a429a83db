from __future__ import annotations

import numpy as np
import pytest

from explorer.data.imageset import ImageSet
from explorer.errors import ExplorerError


def image_set(**changes: object) -> ImageSet:
    rng = np.random.default_rng(0)
    fields: dict = {
        "source": "folder",
        "name": "Ten",
        "images": rng.integers(0, 256, (10, 3, 32, 32), np.uint8),
        "labels": np.arange(10) % 2,
        "class_names": ("even", "odd"),
        "splits": {"train": np.arange(6), "validation": np.arange(6, 8), "test": np.arange(8, 10)},
    }
    return ImageSet(**(fields | changes))


def test_the_digest_follows_pixels_labels_and_splits_alone() -> None:
    first = image_set()
    assert image_set(name="Another name", note="A note.").digest == first.digest
    pixels = first.images.copy()
    pixels[9, 2, 31, 31] ^= 1
    swapped = {"train": np.arange(6)[::-1], "validation": np.arange(6, 8), "test": np.arange(8, 10)}
    others = [image_set(images=pixels), image_set(labels=1 - first.labels), image_set(splits=swapped)]
    assert len({first.digest, *(other.digest for other in others)}) == 4


def test_indices_are_of_the_split_and_class() -> None:
    assert image_set().indices("train").tolist() == [0, 1, 2, 3, 4, 5]
    assert image_set().indices("train", "odd").tolist() == [1, 3, 5]
    assert len(image_set()) == 10


def test_classes_take_turns() -> None:
    images = image_set(
        labels=np.array([0, 0, 0, 0, 0, 1, 1, 2, 2, 2]),
        class_names=("a", "b", "c"),
        splits={"train": np.array([9]), "validation": np.arange(9), "test": np.arange(0)},
    )
    rows = [images.one_of_each("validation", 6, seed) for seed in (0, 0, 1)]
    for row in rows:
        assert images.labels[row].tolist() == [0, 1, 2, 0, 1, 2]
        assert len(set(row.tolist())) == 6
    assert rows[0].tolist() == rows[1].tolist() != rows[2].tolist()
    assert len(images.one_of_each("validation", 20, 0)) == 9


@pytest.mark.parametrize(
    "changes",
    [
        {"images": np.zeros((10, 32, 32, 3), np.uint8)},
        {"images": np.zeros((10, 3, 32, 32), np.float32)},
        {"labels": np.zeros(9, np.int64)},
        {"labels": np.full(10, 2)},
        {"splits": {"train": np.arange(6), "validation": np.arange(6, 8)}},
        {"splits": {"train": np.arange(6), "validation": np.arange(0), "test": np.arange(6, 10)}},
        {"splits": {"train": np.arange(6), "validation": np.arange(5, 8), "test": np.arange(8, 10)}},
        {"splits": {"train": np.arange(6), "validation": np.arange(6, 8), "test": np.arange(8, 11)}},
        {"splits": {"train": np.arange(-1, 6), "validation": np.arange(6, 8), "test": np.arange(0)}},
    ],
    ids=[
        "channels last",
        "float",
        "labels missing",
        "no such class",
        "no test",
        "empty",
        "twice",
        "beyond",
        "negative",
    ],
)
def test_what_does_not_fit_together_is_refused(changes: dict) -> None:
    with pytest.raises(ExplorerError):
        image_set(**changes)

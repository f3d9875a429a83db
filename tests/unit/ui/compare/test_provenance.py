"""Where a model comes from, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer import models
from explorer.data import ImageSet, Split
from explorer.ui.compare import provenance

DEFAULT = models.get(models.DEFAULT)


def image_set(source: str) -> ImageSet:
    splits: dict[Split, np.ndarray] = {"train": np.arange(1), "validation": np.arange(1, 2), "test": np.arange(0)}
    return ImageSet(source, "Some images", np.zeros((2, 3, 32, 32), np.uint8), np.array([0, 0]), ("any",), splits)


@pytest.mark.parametrize(("source", "new_to_it"), [("cifar10", False), ("shapes", True)])
def test_whether_a_model_has_seen_such_images(source: str, new_to_it: bool):
    words = provenance.words(DEFAULT, image_set(source))
    assert words.startswith(f"**{DEFAULT.title}**: sigma 0.110, 128 latent dimensions; trained on CIFAR-10 for ")
    assert words.endswith("; **it has not seen images like these, Some images**.") == new_to_it


def test_how_it_does_on_a_whole_split_and_nothing_where_that_was_not_measured():
    split = DEFAULT.held_out
    assert split
    measured = {split: DEFAULT.measured[split] | {"recon": 0.01234}}
    words = provenance.words(replace(DEFAULT, measured=measured), image_set("cifar10"))
    assert f"on its whole {split} split, one sample an image: MSE 0.0123, rate " in words
    earlier = replace(DEFAULT, measured=measured, step=500, measured_step=400)
    assert "one sample an image, as it was at step 400: MSE 0.0123" in provenance.words(earlier, image_set("cifar10"))
    assert "split" not in provenance.words(replace(DEFAULT, measured={}), image_set("cifar10"))

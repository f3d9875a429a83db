from __future__ import annotations

import numpy as np
import pytest

from explorer.data import SPLITS, SUBJECTS, photos, subjects
from explorer.data.imageset import ImageSet, Subjects
from explorer.data.patch import read_photograph
from explorer.errors import ExplorerError


@pytest.fixture(scope="module")
def images() -> ImageSet:
    return photos.load()


@pytest.fixture(scope="module")
def shown(images: ImageSet) -> Subjects:
    assert images.subjects
    return images.subjects


def test_they_are_colour_images_with_a_name_each(shown: Subjects) -> None:
    assert shown.images.dtype == np.uint8
    assert shown.images.shape == (len(shown.names), 3, 32, 32)
    assert shown.images.flags.c_contiguous
    assert len(set(shown.names)) == len(shown.names) == 10
    assert shown.images.std(axis=(1, 2, 3)).min() > 30, "something stands out from its ground"


@pytest.mark.parametrize("subject", subjects.SUBJECTS, ids=lambda subject: subject.name)
def test_each_lies_in_its_photograph(subject: subjects.Subject) -> None:
    photograph, square = read_photograph(subject.file), subject.square
    assert min(square.x, square.y) >= 0
    assert square.x + square.side <= photograph.width
    assert square.y + square.side <= photograph.height
    assert square.side >= 150, "a whole thing, no detail"


def test_the_terms_of_each_are_said(shown: Subjects) -> None:
    for subject in subjects.SUBJECTS:
        assert f"{subject.name}: {subject.terms}" in shown.terms
        assert any(terms in subject.terms for terms in ("CC0", "public domain", "CC BY 2.0", "Middlebury"))
    assert "Cut and scaled down" in shown.terms, "CC BY asks for changes to be said"


def test_they_are_in_no_split_and_change_none(images: ImageSet, shown: Subjects) -> None:
    # As it was before there were subjects: runs and cards that name it were measured on these very images.
    assert images.digest == "733b8e8ac63dd3e5e0a67d421ca3dbc8f14d5df3adec45cf21f651153fd9fc39"
    in_splits = {images.images[i].tobytes() for split in SPLITS for i in images.splits[split]}
    assert not in_splits & {image.tobytes() for image in shown.images}
    assert SUBJECTS not in images.splits


def test_it_is_said_which_of_them_a_training_sees_parts_of(shown: Subjects) -> None:
    parts = []
    for subject in subjects.SUBJECTS:
        label = next((i for i, file in enumerate(photos.PHOTOGRAPHS.values()) if file == subject.file), None)
        if label is None:
            continue
        width, height = read_photograph(subject.file).size
        owners, square = photos.tile_owners(np.random.default_rng([0, label])), subject.square
        rows = np.arange(square.y, square.y + square.side) * photos.GRID // height
        columns = np.arange(square.x, square.x + square.side) * photos.GRID // width
        if (owners[np.ix_(rows, columns)] == SPLITS.index("train")).any():
            parts.append(subject.name)
    assert list(shown.trained_on) == parts
    assert set(shown.names) - set(parts) == {"pagoda", "dahlia", "photographer"}


def test_a_pool_is_a_split_or_the_subjects(images: ImageSet, shown: Subjects) -> None:
    assert images.pool_names == (SUBJECTS, *SPLITS)
    pool = images.pool(SUBJECTS)
    assert np.array_equal(pool.images[pool.indices], shown.images)
    assert pool.names(pool.indices[[0, 3]]) == ("astronaut", "rocket")
    cats = images.pool("test", "cat")
    assert np.array_equal(cats.indices, images.indices("test", "cat"))
    assert set(cats.names(cats.indices)) == {"cat"}


def test_a_photograph_that_is_missing_is_explained() -> None:
    with pytest.raises(ExplorerError, match=r"rose\.jpg of scikit-learn is missing"):
        read_photograph("sklearn/datasets/images/rose.jpg")

from __future__ import annotations

import numpy as np
import pytest

from explorer.data import photos
from explorer.data.imageset import SPLITS, ImageSet
from explorer.data.patch import Patch, cut, read_photograph
from explorer.data.photos import PATCHES, PHOTOGRAPHS, sample_patches, summed_areas


@pytest.fixture(scope="module")
def patches() -> ImageSet:
    return photos.load()


def test_every_photograph_gives_as_many_patches_to_each_split(patches: ImageSet) -> None:
    assert patches.class_names == tuple(PHOTOGRAPHS)
    for split in SPLITS:
        for name in PHOTOGRAPHS:
            assert len(patches.indices(split, name)) == PATCHES[split]


def test_the_seed_decides_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "PHOTOGRAPHS", {"cat": PHOTOGRAPHS["cat"]})
    assert photos.load(seed=1).digest == photos.load(seed=1).digest
    assert photos.load(seed=1).digest != photos.load(seed=2).digest


def test_hardly_any_patch_is_flat_or_there_twice(patches: ImageSet) -> None:
    assert (patches.images.std(axis=(1, 2, 3)) < 4).mean() < 0.01
    assert len(np.unique(patches.images.reshape(len(patches), -1), axis=0)) > 0.99 * len(patches)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_no_pixel_of_a_photograph_is_in_two_splits(name: str) -> None:
    table = summed_areas(read_photograph(PHOTOGRAPHS[name]))
    for seed in range(3):
        rng = np.random.default_rng(seed)
        owners = photos.tile_owners(rng)
        seen = np.zeros((len(SPLITS), table.shape[0] - 1, table.shape[1] - 1), dtype=bool)
        sides: set[int] = set()
        for k, split in enumerate(SPLITS):
            drawn = sample_patches(table, owners, split, PATCHES[split], rng)
            assert len(drawn) == PATCHES[split]
            for patch in drawn:
                seen[k, patch.y : patch.y + patch.side, patch.x : patch.x + patch.side] = True
                sides.add(patch.side)
        assert seen.sum(axis=0).max() == 1
        assert min(sides) == 32
        assert len(sides) > 30, "patches of many scales"


@pytest.mark.parametrize("side", [32, 45, 160])
def test_a_patch_depends_on_its_own_pixels_alone(side: int) -> None:
    photograph = read_photograph(PHOTOGRAPHS["coffee"])
    patch = Patch(101, 57, side)
    alone = photograph.crop((101, 57, 101 + side, 57 + side))
    painted = photograph.copy()
    painted.paste((0, 255, 0), (0, 0, *photograph.size))
    painted.paste(alone, (101, 57))
    np.testing.assert_array_equal(cut(photograph, patch), cut(painted, patch))


def test_summed_areas_give_the_sum_over_any_square() -> None:
    photograph = read_photograph(PHOTOGRAPHS["cat"])
    grey = np.asarray(photograph.convert("L"), dtype=float)
    table = summed_areas(photograph)
    sums = table[90, 70] - table[50, 70] - table[90, 30] + table[50, 30]
    np.testing.assert_allclose(sums, [grey[50:90, 30:70].sum(), (grey[50:90, 30:70] ** 2).sum()])

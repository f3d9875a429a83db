"""Photos: 32x32 patches from the eight colour photographs inside the scikit-image package. Nothing is downloaded.

Seven are CC0, in the public domain or without known restrictions, as the docstrings of `skimage.data` say; the
motorcycle is from the Middlebury stereo sets (Scharstein et al. 2014).

Each photograph is cut into a grid of 3x3 tiles. One tile validates, one tests, seven train; a patch, whatever its
scale, lies wholly on tiles of its own split and is scaled down from its own pixels alone. So no pixel of a photograph
is seen in two splits. `subjects` stand beside the splits, to look at: most of them show things that patches are cut
from, those that train included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.data import subjects
from explorer.data.imageset import SPLITS, ImageSet, Split
from explorer.data.patch import SIDE, Patch, cut, read_photograph
from explorer.data.source import Source

if TYPE_CHECKING:
    from PIL import Image

PHOTOGRAPHS = {  # class name: file. The second view of the motorcycle is left out: it shows the same.
    "astronaut": "skimage/data/astronaut.png",
    "cat": "skimage/data/chelsea.png",
    "coffee": "skimage/data/coffee.png",
    "galaxies": "skimage/data/hubble_deep_field.jpg",
    "motorcycle": "skimage/data/motorcycle_left.png",
    "retina": "skimage/data/retina.jpg",
    "rocket": "skimage/data/rocket.jpg",
    "tissue": "skimage/data/ihc.png",
}
PATCHES: dict[Split, int] = {"train": 600, "validation": 100, "test": 100}  # patches of each photograph in each split
GRID = 3
MAX_SCALE = 8  # of a patch's side over 32 pixels: the largest are 256 pixels wide, or one tile if that is smaller
MIN_CONTRAST = 10.0  # standard deviation over a patch's pixels, 0..255; with less it is plain sky or cloth
CANDIDATES = 40  # places tried for each patch; if none has enough contrast, that with most is taken


def load(path: str | None = None, seed: int = 0) -> ImageSet:
    """6,400 patches of eight photographs, their sides from 32 to 256 pixels; the class is the photograph.

    Parameters
    ----------
    path : str, optional
        Not used.
    seed : int
        Chooses the tiles that validate and test, and the patches.

    Raises
    ------
    ExplorerError
        If the photographs aren't in the installed scikit-image.
    """
    images: list[np.ndarray] = []
    labels: list[int] = []
    splits: dict[Split, list[int]] = {split: [] for split in SPLITS}
    for label, file in enumerate(PHOTOGRAPHS.values()):
        photograph = read_photograph(file)
        rng = np.random.default_rng([seed, label])
        owners, table = tile_owners(rng), summed_areas(photograph)
        for split in SPLITS:
            for patch in sample_patches(table, owners, split, PATCHES[split], rng):
                splits[split].append(len(images))
                labels.append(label)
                images.append(cut(photograph, patch))
    return ImageSet(
        source="photos",
        name="Photos",
        images=np.ascontiguousarray(np.stack(images).transpose(0, 3, 1, 2)),
        labels=np.array(labels, dtype=np.int64),
        class_names=tuple(PHOTOGRAPHS),
        splits={split: np.array(chosen, dtype=np.int64) for split, chosen in splits.items()},
        note=f"{len(images):,} patches of {len(PHOTOGRAPHS)} colour photographs that come with scikit-image.",
        subjects=subjects.load(trained_on=PHOTOGRAPHS.values()),
    )


def tile_owners(rng: np.random.Generator) -> np.ndarray:
    """Which split owns each tile: int (3, 3) of indices into `SPLITS`, one to validate, one to test."""
    owners = np.full(GRID * GRID, SPLITS.index("train"))
    owners[rng.permutation(GRID * GRID)[:2]] = SPLITS.index("validation"), SPLITS.index("test")
    return owners.reshape(GRID, GRID)


def sample_patches(
    table: np.ndarray, owners: np.ndarray, split: Split, count: int, rng: np.random.Generator
) -> list[Patch]:
    """Patches on tiles of one split, of all sizes alike.

    Parameters
    ----------
    table : float64 array (height + 1, width + 1, 2)
        The photograph's, from `summed_areas`.
    owners : int array (3, 3)
        Split of each tile, as from `tile_owners`.
    count : int
        How many; where contrast is rare, the ones with most of it fill up.
    """
    height, width = table.shape[0] - 1, table.shape[1] - 1
    largest = min(SIDE * MAX_SCALE, height // GRID, width // GRID)
    n = count * CANDIDATES
    sides = rng.integers(SIDE, largest + 1, n)
    xs = rng.integers(0, width - sides + 1)
    ys = rng.integers(0, height - sides + 1)
    # A patch is no larger than a tile, so its four corners lie on all the tiles that it touches.
    mine = owners == SPLITS.index(split)
    lies_inside = np.ones(n, dtype=bool)
    for x in (xs, xs + sides - 1):
        for y in (ys, ys + sides - 1):
            lies_inside &= mine[y * GRID // height, x * GRID // width]
    xs, ys, sides = xs[lies_inside], ys[lies_inside], sides[lies_inside]
    right, below = xs + sides, ys + sides
    sums = table[below, right] - table[ys, right] - table[below, xs] + table[ys, xs]
    mean, mean_square = sums.T / sides**2
    contrast = np.sqrt(np.maximum(mean_square - mean**2, 0))
    # The first that pass, in the order drawn; behind them the rest, best first.
    order = np.argsort(np.where(contrast >= MIN_CONTRAST, -np.inf, -contrast), kind="stable")[:count]
    return [Patch(int(xs[i]), int(ys[i]), int(sides[i])) for i in order]


def summed_areas(photograph: Image.Image) -> np.ndarray:
    """Summed-area tables of the grey value and its square, float64 (height + 1, width + 1, 2): Crow 1984."""
    grey = np.asarray(photograph.convert("L"), dtype=np.float64)
    table = np.zeros((grey.shape[0] + 1, grey.shape[1] + 1, 2))
    table[1:, 1:] = np.stack([grey, grey**2], axis=-1).cumsum(axis=0).cumsum(axis=1)
    return table


SOURCE = Source("photos", "Photos", "Patches of eight photographs, no download.", load, bundled=True)

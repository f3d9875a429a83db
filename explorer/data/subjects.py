"""Subjects: whole things that anybody recognises at 32x32, to look at where a split has none. Nothing is downloaded.

Each was cut by hand from a photograph inside the scikit-image or scikit-learn package, chosen by how it looks enlarged.
They are in no split: nothing is trained, validated or tested on them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from explorer.data.imageset import Subjects
from explorer.data.patch import Patch, cut, read_photograph


class Subject(NamedTuple):
    """What it is called, the photograph, the square of it that it fills, and whose photograph it is on which terms."""

    name: str
    file: str
    square: Patch
    terms: str


_ASTRONAUT, _NASA = "skimage/data/astronaut.png", "NASA, public domain"
SUBJECTS = (  # first those that are told best, also reconstructed: most pages open on eight
    Subject("astronaut", _ASTRONAUT, Patch(120, 0, 200), _NASA),
    Subject("cat", "skimage/data/chelsea.png", Patch(75, 0, 300), "Stefan van der Walt, CC0"),
    Subject("cup", "skimage/data/coffee.png", Patch(75, 0, 400), "Rachel Michetti, CC0"),
    Subject("rocket", "skimage/data/rocket.jpg", Patch(163, 100, 327), "SpaceX, public domain"),
    Subject(
        "motorcycle", "skimage/data/motorcycle_left.png", Patch(225, 40, 460),
        "Middlebury stereo sets, Scharstein et al. 2014",
    ),
    Subject("pagoda", "sklearn/datasets/images/china.jpg", Patch(60, 20, 340), "danielbuechele, CC BY 2.0"),
    Subject("dahlia", "sklearn/datasets/images/flower.jpg", Patch(150, 70, 310), "vultilion, CC BY 2.0"),
    Subject("photographer", "skimage/data/camera.png", Patch(0, 30, 460), "Lav Varshney, CC0"),
    Subject("spacesuit", _ASTRONAUT, Patch(40, 0, 400), _NASA),
    Subject("space shuttle", _ASTRONAUT, Patch(318, 5, 190), _NASA),
)  # fmt: skip


def load(trained_on: Collection[str] = ()) -> Subjects:
    """All of them.

    Parameters
    ----------
    trained_on : collection of str
        Files of photographs that the images they stand beside train on parts of.

    Raises
    ------
    ExplorerError
        If a photograph isn't in the installed package.
    """
    photographs = {file: read_photograph(file) for file in dict.fromkeys(subject.file for subject in SUBJECTS)}
    pixels = np.stack([cut(photographs[subject.file], subject.square) for subject in SUBJECTS])
    terms = "; ".join(f"{subject.name}: {subject.terms}" for subject in SUBJECTS)
    return Subjects(
        images=np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)),
        names=tuple(subject.name for subject in SUBJECTS),
        terms=f"Cut and scaled down from photographs in scikit-image and scikit-learn. {terms}.",
        trained_on=tuple(subject.name for subject in SUBJECTS if subject.file in trained_on),
    )

"""`ImageSet`: what every source of images yields, whole and in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import numpy as np

from explorer.errors import ExplorerError

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
SUBJECTS: Literal["subjects"] = "subjects"
PoolName = Split | Literal["subjects"]
SUBSET = 128  # validation images that a run measures between epochs, every few seconds
PROBES = 8  # those of them that everybody looks at: before a run, as it learns, and after it


@dataclass(frozen=True, eq=False)
class Subjects:
    """A few pictures that anybody recognises: to look at, in no split.

    Parameters
    ----------
    images : uint8 array (N, 3, 32, 32), RGB, 0..255
    names : tuple of str
        What each shows.
    terms : str
        Where they are from, by whom, and under which licence.
    trained_on : tuple of str
        Names of those that the training split holds parts of.
    """

    images: np.ndarray
    names: tuple[str, ...]
    terms: str
    trained_on: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Factor:
    """What is known of how each image of a set was made.

    Parameters
    ----------
    name : str
        What pages call it: "background".
    values : float32 or int64 array (N,)
        Of each image; integers are indices into `categories`.
    unit : str
        "pixels"; empty for a share or a category.
    categories : tuple of str
        What there is to be, where that is no number.
    period : float, optional
        After which values begin again, as angles and hues do.
    """

    name: str
    values: np.ndarray
    unit: str = ""
    categories: tuple[str, ...] = ()
    period: float | None = None


class Pool(NamedTuple):
    """Images to choose from: those at `indices` of `images`; labels and class names are of all."""

    name: PoolName
    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    indices: np.ndarray

    def names(self, indices: np.ndarray) -> tuple[str, ...]:
        """What each of some images, at indices (n,) of `images`, shows."""
        return tuple(self.class_names[label] for label in self.labels[indices])


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Labelled 32x32 colour images with their split into train, validation and test.

    Parameters
    ----------
    source : str
        Key of the source in `explorer.data.SOURCES`.
    name : str
        What pages call it: "CIFAR-10".
    images : uint8 array (N, 3, 32, 32), RGB, 0..255
    labels : int64 array (N,), indices into `class_names`
    class_names : tuple of str
    splits : dict from "train", "validation" and "test" to int64 arrays of indices into `images`
        Disjoint; "test" may be empty.
    note : str
        One sentence on where the images come from.
    subjects : Subjects, optional
        What pages open on, where the splits show nothing that a stranger would recognise.
    factors : tuple of Factor
        What is known of how they were made, of all N.
    former : mapping of str to str
        Of digests to those that the same images went by before, and runs and cards still know them by.

    Raises
    ------
    ExplorerError
        If shapes, dtypes or indices don't fit together.
    """

    source: str
    name: str
    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    splits: dict[Split, np.ndarray]
    note: str = ""
    subjects: Subjects | None = None
    factors: tuple[Factor, ...] = ()
    former: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.images)
        if self.images.dtype != np.uint8 or self.images.shape[1:] != (3, 32, 32):
            raise ExplorerError(
                f"{self.name}: images are {self.images.dtype} {self.images.shape}", "They must be uint8 (N, 3, 32, 32)."
            )
        if self.labels.shape != (n,) or (n and not 0 <= self.labels.min() <= self.labels.max() < len(self.class_names)):
            raise ExplorerError(f"{self.name}: labels don't fit {n} images of {len(self.class_names)} classes")
        if set(self.splits) != set(SPLITS) or not len(self.splits["train"]) or not len(self.splits["validation"]):
            raise ExplorerError(f"{self.name}: there are too few images to train and validate on", "Add more images.")
        if any(factor.values.shape != (n,) for factor in self.factors):
            raise ExplorerError(f"{self.name}: factors don't fit {n} images")
        together = np.concatenate([self.splits[s] for s in SPLITS])
        if len(np.unique(together)) != len(together) or together.min() < 0 or together.max() >= n:
            raise ExplorerError(f"{self.name}: an image stands in two splits, or in none of the set")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of pixels, labels and splits: tells whether two sets are the same to a training run."""
        sha = hashlib.sha256(np.ascontiguousarray(self.images).data)
        sha.update(np.ascontiguousarray(self.labels, dtype=np.int64).data)
        for split in SPLITS:
            sha.update(np.ascontiguousarray(self.splits[split], dtype=np.int64).data)
        return self.former.get(sha.hexdigest(), sha.hexdigest())

    @cached_property
    def _chosen(self) -> dict[tuple[str, Split, int, int], np.ndarray]:
        """What was chosen before: pages ask for the same again with every run, and thousands are shuffled for it."""
        return {}

    def __len__(self) -> int:
        return len(self.images)

    def indices(self, split: Split, class_name: str | None = None) -> np.ndarray:
        """Indices into `images`, int64 (n,), of one split and, if asked, of one class only."""
        chosen = self.splits[split]
        if class_name is not None:
            chosen = chosen[self.labels[chosen] == self.class_names.index(class_name)]
        return chosen

    @property
    def pool_names(self) -> tuple[PoolName, ...]:
        """What there is to look at: the subjects, where there are any, and the splits that have images."""
        subjects: tuple[PoolName, ...] = (SUBJECTS,) if self.subjects else ()
        return subjects + tuple(split for split in SPLITS if len(self.splits[split]))

    def pool(self, name: PoolName, class_name: str | None = None) -> Pool:
        """One of `pool_names`, of a split if asked one class only."""
        if name != SUBJECTS:
            return Pool(name, self.images, self.labels, self.class_names, self.indices(name, class_name))
        assert self.subjects, f"{self.name} has no subjects"
        every = np.arange(len(self.subjects.images))
        return Pool(name, self.subjects.images, every, self.subjects.names, every)

    def some(self, split: Split, count: int) -> np.ndarray:
        """Indices of up to `count` images of a split, int64 (n,): always the same."""
        key = ("some", split, count, 0)
        if key not in self._chosen:
            self._chosen[key] = _fixed(np.random.default_rng(0).permutation(self.splits[split])[:count])
        return self._chosen[key]

    def subset(self) -> np.ndarray:
        """Indices of the validation images that runs measure between epochs, int64 (at most SUBSET,): always the same.

        Not `some` of them: runs have drawn them so from the first day, and one that is resumed goes on with its own.
        """
        validation = self.splits["validation"]
        return np.random.default_rng(0).choice(validation, min(SUBSET, len(validation)), replace=False)

    def probes(self) -> np.ndarray:
        """Indices of the images that a run is watched on, int64 (at most PROBES,): the first of `subset`."""
        return self.subset()[:PROBES]

    def one_of_each(self, split: Split, count: int, seed: int) -> np.ndarray:
        """Indices of up to `count` random images of a split, int64 (n,), the classes taking turns."""
        key = ("one of each", split, count, seed)
        if key not in self._chosen:
            self._chosen[key] = _fixed(self._one_of_each(split, seed)[:count])
        return self._chosen[key]

    def _one_of_each(self, split: Split, seed: int) -> np.ndarray:
        pool = np.random.default_rng(seed).permutation(self.splits[split])
        labels = self.labels[pool]
        turns = np.empty(len(pool), dtype=np.int64)  # of each image: how many of its class come before it
        for label in range(len(self.class_names)):
            of_class = np.flatnonzero(labels == label)
            turns[of_class] = np.arange(len(of_class))
        return pool[np.lexsort((labels, turns))]


def _fixed(indices: np.ndarray) -> np.ndarray:
    """A copy, whatever these are a part of, that nobody can change."""
    copy = indices.copy()
    copy.flags.writeable = False
    return copy

"""Which model's latent is looked at, and which images lie in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import models
from explorer.data import SPLITS, ImageSet, Split
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.nets.family import Family
from explorer.ui.shell import address, cache, pickers

if TYPE_CHECKING:
    from explorer.analysis.latents.cloud import Cloud
    from explorer.nets.base import Net

COUNTS = (200, 500, 1_000, 2_000, 5_000, 10_000)  # images to choose from, as far as a split has them
COUNT = 2_000
MOST_AT_EVERY_BETA = 2_000  # images: at 41 betas they take about a minute of a busy core


@dataclass(frozen=True, eq=False)
class Chosen:
    """N images under a model.

    Parameters
    ----------
    model : Model
    images : ImageSet
    split : str
        That they are of.
    indices : int64 array (N,)
        Into `images.images`: always the same for a split and N.
    """

    model: Model
    images: ImageSet
    split: Split
    indices: np.ndarray

    @property
    def family(self) -> Family:
        return FAMILIES[self.model.family]

    @property
    def key(self) -> tuple:
        """Another one whenever any of this is another: for caches."""
        return self.model.version, *self._images_key

    @property
    def key_at_any_beta(self) -> tuple:
        """The same, whichever beta a conditional model is at."""
        return self.model.version[:2], *self._images_key

    @property
    def _images_key(self) -> tuple:
        return self.images.digest, self.split, len(self.indices)

    @cached_property
    def pixels(self) -> np.ndarray:
        """uint8 (N, 3, 32, 32)."""
        return self.images.images[self.indices]

    @cached_property
    def labels(self) -> np.ndarray:
        """int64 (N,), indices into `images.class_names`."""
        return self.images.labels[self.indices]

    @cached_property
    def numbers(self) -> np.ndarray:
        """Where each stands in its split, int64 (N,): the number that pages call it by."""
        of = self.images.indices(self.split)
        order = np.argsort(of, kind="stable")
        return order[np.searchsorted(of, self.indices, sorter=order)]

    @cached_property
    def names(self) -> list[str]:
        """What each shows, and its number: "cat 1,234"."""
        classes = self.images.class_names
        numbered = zip(self.labels.tolist(), self.numbers.tolist(), strict=True)
        return [f"{classes[label]} {number:,}" for label, number in numbered]

    @property
    def net(self) -> Net:
        return cache.net(self.model)

    @property
    def cloud(self) -> Cloud:
        """Where they lie."""
        return _cloud(self.key, self)

    @property
    def words(self) -> str:
        """Which they are: "2,000 of 10,000 validation images of CIFAR-10"."""
        of, n = len(self.images.indices(self.split)), len(self.indices)
        count = f"all {n:,}" if n == of else f"{n:,} of {of:,}"
        return f"{count} {self.split} images of {self.images.name}"


@st.cache_resource(max_entries=12, show_spinner=False)
def _cloud(key: tuple, _chosen: Chosen) -> Cloud:
    from explorer.analysis.latents import cloud

    return cloud.encode(_chosen.net, _chosen.pixels)


def choose(images: ImageSet, head: DeltaGenerator, foot: DeltaGenerator, moves_beta: bool) -> Chosen:
    """The widgets: the model at the head, which images at the foot of the page.

    `moves_beta` says that the view has a slider of beta of its own, for up to `MOST_AT_EVERY_BETA` images.
    """
    splits = [split for split in SPLITS if len(images.splits[split])]
    with foot:
        split = st.selectbox(
            "Images of the split", splits, index=splits.index("validation"), width=150,
            **address.choice("of", "split", splits, "validation"),
        )  # fmt: skip
        there = len(images.indices(split))
        counts = sorted({min(count, there) for count in COUNTS})
        default = min(COUNT, there)
        count = st.selectbox(
            "How many", counts, index=counts.index(default), format_func="{:,}".format, width=130,
            help="Always the same ones for a number: so a link shows what you see.",
            **address.choice("n", "number of images", {each: f"{each:,}" for each in counts}, default),
        )  # fmt: skip
    with head:
        slides = not moves_beta or count > MOST_AT_EVERY_BETA
        model = pickers.choose_model("Model", "model", models.first_of(images.source), slides=slides)
    return Chosen(model, images, split, images.some(split, count))

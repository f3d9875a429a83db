"""What is nearest to a sample among training images: is it copied?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.ui.components.sample_row import Beside, Strip
from explorer.ui.samples.chosen import Chosen
from explorer.ui.samples.rows import Painted
from explorer.ui.shell import cache

if TYPE_CHECKING:
    from explorer.analysis.latents.place import Neighbours

_COUNT = 4


def beside(chosen: Chosen, painted: Painted, index: int) -> Beside:
    """The nearest training images to one of a row, and how near they are."""
    z = None if painted.z is None else painted.z[index]
    return _beside(chosen.key, painted.row.images[index], z, chosen)


@st.cache_data(max_entries=128, show_spinner=False)
def _beside(key: tuple, picture: np.ndarray, z: np.ndarray | None, _chosen: Chosen) -> Beside:
    from explorer.analysis.latents import place

    images, train = _chosen.images, _chosen.images.indices("train")
    seen = picture.transpose(2, 0, 1).astype(np.float32) / 255
    alike = place.most_alike(images.images[train], seen, _COUNT)
    strips = [_strip(_chosen, "Nearest in pixels", train, alike, "{:.0%} off")]
    if z is not None:
        pool = cache.fitted_on(images)
        near = place.nearest(cache.encodings(_chosen.model, images).mean.numpy(), z, _COUNT)
        strips.append(_strip(_chosen, f"In the latent, of {len(pool):,}", pool, near, "{:.3g} away"))
    words = (
        f"Of {len(train):,} training images these are nearest: in pixels by the root of the mean squared error, as a "
        "share of their range, in the latent by Euclid. A copy would be next to nothing off."
    )
    return Beside(strips, words)


def _strip(chosen: Chosen, title: str, pool: np.ndarray, found: Neighbours, written: str) -> Strip:
    indices, images = pool[found.indices], chosen.images
    names = [f"{title}: {images.class_names[label]}" for label in images.labels[indices].tolist()]
    captions = [written.format(each) for each in found.distances.tolist()]
    return Strip(title, images.images[indices].transpose(0, 2, 3, 1), names, captions)

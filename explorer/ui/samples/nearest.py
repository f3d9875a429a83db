"""What is nearest to a sample among training images: is it copied?"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.data import ImageSet
from explorer.ui.components.sample_row import Beside, Strip
from explorer.ui.samples.chosen import Chosen
from explorer.ui.samples.rows import Painted
from explorer.ui.shell import cache

if TYPE_CHECKING:
    from explorer.analysis.features.nearest import Nearest

HELD_OUT = 200  # images of the yardstick: with 45,000 training images 0.6 s of a core, once for a model
_BY_PIXELS, _BY_DISTANCE = "{:.0%} off", "{:.3g} away"
_PATIENCE_S = 0.3  # for features that are kept
_PICTURES_A_SECOND = 1_400  # whose features are found, on one core
_finders = ThreadPoolExecutor(1, "features")  # one split at a time: a core is left to the rest


def beside(chosen: Chosen, painted: Painted, index: int) -> Beside:
    """The nearest training images to one of a row, and how near they are."""
    from explorer.analysis import samples_words
    from explorer.analysis.features import extraction, nearest

    picture = painted.row.images[index].transpose(2, 0, 1)[None]
    train = chosen.images.indices("train")
    by_pixels = nearest.by_pixels(picture, chosen.images.images[train])
    strips = [_strip("Nearest in pixels", chosen.images, train[by_pixels.indices[0]], by_pixels, _BY_PIXELS)]
    farther = {"pixels": _farther(by_pixels, _pixels_apart(chosen.key, chosen))}
    training = _training(chosen.images)
    if training is not None:
        by_features = nearest.by_features(extraction.extract(picture), training)
        strips.append(
            _strip("In what a classifier sees", chosen.images, train[by_features.indices[0]], by_features, _BY_DISTANCE)
        )
        farther["what a classifier sees"] = _farther(by_features, _features_apart(chosen.key, chosen, training))
    if painted.z is not None:
        pool = cache.fitted_on(chosen.images)
        z = cache.encodings(chosen.model, chosen.images).mean.numpy()
        found = nearest.by_features(painted.z[index][None], z)
        title = f"In the latent, of {len(pool):,}"
        strips.append(_strip(title, chosen.images, pool[found.indices[0]], found, _BY_DISTANCE))
    words = samples_words.is_it_copied(farther, len(train), len(_held_out(chosen.images)))
    if training is None:
        words += f" By what a classifier sees of {len(train):,} images: about {_seconds(chosen.images):.0f} s more."
    return Beside(strips, words)


def is_late(images: ImageSet) -> bool:
    """Whether features of training images are still to come."""
    return not _future(images.digest, images).done()


def wait(images: ImageSet) -> None:
    """Draw the page again when they are there."""
    with st.spinner(f"What a classifier sees of all training images: about {_seconds(images):.0f} s", show_time=True):
        _future(images.digest, images).exception()
    st.rerun()


def _seconds(images: ImageSet) -> float:
    return len(images.indices("train")) / _PICTURES_A_SECOND


def _training(images: ImageSet) -> np.ndarray | None:
    """Features of all training images, (N, d), once they are there."""
    try:
        return _future(images.digest, images).result(_PATIENCE_S)
    except NotYet:
        return None


@st.cache_resource(max_entries=4, show_spinner=False)
def _future(digest: str, _images: ImageSet) -> Future[np.ndarray]:
    from explorer.analysis.features import kept

    return _finders.submit(kept.of_split, _images, "train")


def _held_out(images: ImageSet) -> np.ndarray:
    return images.images[images.some("validation", HELD_OUT)]


@st.cache_data(max_entries=32, show_spinner=False)
def _pixels_apart(key: tuple, _chosen: Chosen) -> np.ndarray:
    """How far held-out images, sent through the model, are from their nearest training image: (n,)."""
    from explorer.analysis.features import nearest

    train = _chosen.images.images[_chosen.images.indices("train")]
    return nearest.by_pixels(_sent_through(_chosen), train, 1).distances[:, 0]


@st.cache_data(max_entries=32, show_spinner=False)
def _features_apart(key: tuple, _chosen: Chosen, _training: np.ndarray) -> np.ndarray:
    from explorer.analysis.features import extraction, nearest

    return nearest.by_features(extraction.extract(_sent_through(_chosen)), _training, 1).distances[:, 0]


def _sent_through(chosen: Chosen) -> np.ndarray:
    """Reconstructions, uint8 (n, 3, 32, 32)."""
    made = cache.reconstruction(chosen.model, _held_out(chosen.images)).images
    return np.rint(255 * made.clip(0, 1)).astype(np.uint8)


def _farther(found: Nearest, held_out: np.ndarray) -> float:
    from explorer.analysis.features import nearest

    return float(nearest.closer_than(found.distances[0, :1], held_out)[0])


def _strip(title: str, images: ImageSet, indices: np.ndarray, found: Nearest, written: str) -> Strip:
    names = [f"{title}: {images.class_names[label]}" for label in images.labels[indices].tolist()]
    captions = [written.format(each) for each in found.distances[0].tolist()]
    return Strip(title, images.images[indices].transpose(0, 2, 3, 1), names, captions)

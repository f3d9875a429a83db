"""How badly a model reconstructs each of many images, to rank them by."""

from __future__ import annotations

import time

import numpy as np
import streamlit as st

from explorer.data import ImageSet
from explorer.models import Model
from explorer.ui.shell import cache

_CHUNK = 125  # images at a time: a few steps of the progress bar a second
_PATIENCE_S = 0.3  # before there is a progress bar


def errors(model: Model, images: ImageSet, indices: np.ndarray) -> np.ndarray:
    """MSE of the images at indices (n,), decoded from the mean: float32 (n,); with a progress bar if it takes a while.

    The bar stands in place of the container's one element (`st.empty`).
    """
    found, bar, started = [], False, time.monotonic()
    for at in range(0, len(indices), _CHUNK):
        found.append(cache.reconstruction_mse(model, images.images[indices[at : at + _CHUNK]]))
        if bar or time.monotonic() - started > _PATIENCE_S:
            share = min(1.0, (at + _CHUNK) / len(indices))
            bar = True
            st.progress(share, f"Reconstructing {len(indices):,} images to rank them")
    if bar:
        st.empty()
    return np.concatenate(found) if found else np.zeros(0, np.float32)

"""Blur of several models over a thousand images, with a progress bar where that takes a while."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from explorer.analysis.blur import Blur
from explorer.data import ImageSet
from explorer.models import Model
from explorer.ui.shell import cache

_PATIENCE_S = 0.3  # before there is a progress bar


def measured(images: ImageSet, models: Sequence[Model]) -> list[Blur]:
    """The blur of each model over `analysis.blur.some` of the images."""
    found, bar, started = [], st.empty(), time.monotonic()
    for i, model in enumerate(models):
        if time.monotonic() - started > _PATIENCE_S:
            bar.progress(i / len(models), f"Measuring {model.title} over a thousand images, {i + 1} of {len(models)}")
        found.append(cache.blur(model, images))
    bar.empty()
    return found

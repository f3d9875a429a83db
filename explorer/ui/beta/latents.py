"""The latents of many images against the prior: they come after the picture, for they take seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.analysis import aggregate
from explorer.data import ImageSet
from explorer.models import Model
from explorer.ui.components import beside
from explorer.ui.shell import cache

if TYPE_CHECKING:
    from explorer.analysis.over_beta import Drawn


def name(model: Model, images: ImageSet, seed: int) -> str:
    """What ties them to a picture: of which model, images and samples they are."""
    return f"{model.id} {model.step} {images.digest[:16]} {seed}"


def show(model: Model, images: ImageSet, drawn: Drawn, seed: int) -> None:
    """Measured once for all viewers."""
    with st.container(key="latents"):
        beside.show_latents(_latents(name(model, images, seed), model, images, drawn), key="beside-latents")


@st.cache_data(max_entries=16, show_spinner=False)
def _latents(name: str, _model: Model, _images: ImageSet, _drawn: Drawn) -> dict[str, Any]:
    pixels = _images.images[_images.some("validation", aggregate.IMAGES)]
    found = cache.aggregate(_model, pixels)
    return beside.latents(name, found, pixels, _drawn, f"validation images of {_images.name}")

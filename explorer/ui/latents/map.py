"""The map: images on two axes through the latent."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from explorer.ui.components import latent_map
from explorer.ui.components.latent_map import Colouring, MapData, Pictures
from explorer.ui.components.shelved import Shelved, shelve
from explorer.ui.latents import seen
from explorer.ui.latents.chosen import Chosen

_KEY = "latent-map"
_VERDICTS = (
    (0.5, "as good as an image"),
    (1.25, "images live here"),
    (2.0, "at the edge of where images live"),
    (math.inf, "nobody lives here"),
)


def show(chosen: Chosen) -> None:
    """Draw it."""
    view = seen.read(len(chosen.indices), ["class", "error"], kinds=len(chosen.images.class_names))
    st.session_state[f"{_KEY}-count"] = len(chosen.indices)
    latent_map.show(_payload(chosen.key, chosen), _pictures(chosen.key[1:], chosen), view, _KEY, _keep)
    st.caption(f"{chosen.words}.")


def _keep() -> None:
    view = latent_map.looked_at(_KEY, st.session_state[f"{_KEY}-count"])
    if view is not None:
        seen.write(view)


@st.cache_resource(max_entries=16, show_spinner=False)
def _pictures(images: tuple, _chosen: Chosen) -> Pictures:
    return latent_map.pictures(_chosen.pixels)


@st.cache_resource(max_entries=16, show_spinner=False)
def _payload(key: tuple, _chosen: Chosen) -> Shelved:
    from explorer.analysis.latents import plane

    cloud, model, classes = _chosen.cloud, _chosen.model, _chosen.images.class_names
    axes = plane.principal(cloud)
    data = MapData(
        names=[classes[label] for label in _chosen.labels],
        plane=axes,
        coordinates=axes.coordinates(cloud.mu),
        beside=axes.beside(cloud.mu),
        typical=_typical(cloud.mu),
        verdicts=_VERDICTS,
        model=model.id,
        beta=model.beta,
        step=model.step,
        shell=math.sqrt(model.latent_dim),
        colourings=[
            Colouring("class", "Class", _chosen.labels, classes),
            Colouring("error", "Error", cloud.mse, unit="MSE", ends=("small", "large")),
        ],
    )
    return shelve(latent_map.payload(data))


def _typical(mu: np.ndarray) -> float:
    """How far the median image is from that nearest to it."""
    from sklearn.neighbors import NearestNeighbors

    away, _ = NearestNeighbors(n_neighbors=2).fit(mu).kneighbors(mu)
    return float(np.median(away[:, 1]))

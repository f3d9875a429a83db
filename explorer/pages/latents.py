"""Latents: where images lie in a latent, what its directions mean, and what is between and outside of them."""

from __future__ import annotations

import streamlit as st

from explorer.data import ImageSet
from explorer.ui.latents import chosen, codes, directions, factors, fitting, holes, map
from explorer.ui.latents.chosen import Chosen
from explorer.ui.shell import frame, sidebar, views
from explorer.ui.shell.views import View

VIEWS: dict[str, View[Chosen]] = {
    "map": View("Map", map.show, fitting.vectors),
    "directions": View("Directions", directions.show, fitting.vectors),
    "codes": View("Codes", codes.show, fitting.codes),
    "holes": View("Holes", holes.show, fitting.prior),
    "factors": View("Factors", factors.show, fitting.dimensions, of_factors=True),
}


@frame.fragment
def page(images: ImageSet) -> None:
    with frame.explained_errors():
        with st.container(key="latents-head", horizontal=True, vertical_alignment="bottom"):
            view = views.choose(VIEWS)
            head = st.container(width=320)
        picture = st.container()
        foot = st.container(key="latents-foot", horizontal=True, vertical_alignment="bottom")
        found = chosen.choose(images, head, foot, moves_beta=view == "map")
        with picture, frame.explained_errors():  # what fails in a view leaves its choices standing
            views.show(VIEWS, view, found)


frame.title("Latents", "Where images lie in a model's latent, what its directions mean, and what is between them.")
page(sidebar.chosen_images())

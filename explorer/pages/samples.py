"""Samples: what a model paints without an image, under every prior that it can have."""

from __future__ import annotations

import streamlit as st

from explorer import fitted
from explorer.analysis import samples_words
from explorer.analysis.likelihood.words import why_none
from explorer.data import ImageSet
from explorer.ui.samples import between, chosen, from_noise, measured, numbers, side
from explorer.ui.samples.chosen import Chosen
from explorer.ui.shell import frame, sidebar, views
from explorer.ui.shell.views import View

VIEWS: dict[str, View[Chosen]] = {
    "side": View("Side by side", side.show),
    "noise": View("From noise", from_noise.show),
    "between": View("Between", between.show, between.why_not),
    "measured": View("Measured", measured.show),
    "numbers": View("Numbers", numbers.show, why_none),
}


@frame.fragment
def page(images: ImageSet) -> None:
    with frame.explained_errors():
        with st.container(key="samples-head", horizontal=True, vertical_alignment="bottom"):
            view = views.choose(VIEWS)
            with st.container(width=320):
                found = chosen.choose(images)
        if found.model.has_not_seen(images.source):
            st.caption(samples_words.of_other_images(found.model.trained_on, images.name, bool(fitted.of(found.model))))
        with frame.explained_errors():  # what fails in a view leaves its choices standing
            views.show(VIEWS, view, found, chosen.opens_on(images))


frame.title("Samples", "What a model paints without an image: why it may be noise, and how that was mended.")
page(sidebar.chosen_images())

"""Section of Blur: who is sharper at the same number of nats."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from explorer import measured_codecs, models
from explorer.analysis import blur, blur_words
from explorer.analysis.blur_words import Measured
from explorer.analysis.measures import MEASURES
from explorer.data import SOURCES, ImageSet
from explorer.models import Model
from explorer.ui.blur import spectra
from explorer.ui.blur.measuring import measured
from explorer.ui.charts import figures
from explorer.ui.shell import address, cache, pickers

ALWAYS = ("sharpness", "half_power")  # measures that are set against the rate; a third is chosen


def show(images: ImageSet, shown: list[Model]) -> None:
    """Three charts against the rate, of shipped and imported models over the cards' images, or of all over these."""
    every = [model for model in models.carded() if "blur" in model.card]
    carded = models.measured_alike(every)
    learnt = [model for model in every if model in carded or model.source == images.source]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        where = choose_where(images, carded)
        third = st.container()
    if where == "cards":
        known = [each for model in carded for each in from_card(model)]
        seen, left_out = SOURCES[carded[0].source].title, len(every) - len(carded)
        codecs = measured_codecs.known(carded[0].digest)
    else:
        known = measured_here(images, learnt, shown)
        seen, left_out = images.name, 0
        codecs = cache.codecs(images)
    if not known:
        st.info("No model was measured yet.")
        return
    with third:
        chosen = choose_third(known)
    places = {f"rate-{key}": key for key in ALWAYS} | {"rate-beside": chosen}
    for column, (place, key) in zip(st.columns(3, gap="medium"), places.items(), strict=True):
        with column:
            figure = figures.drawn(
                spectra.by_rate, known, MEASURES[key], codecs, of=(seen, f"{known[0][1].images:,} images")
            )
            figures.show_figure(f"{key.replace('_', '-')}-by-rate", figure, key=place)
    with st.expander("In words, and how it was measured"):
        st.markdown(f"{blur_words.who_is_sharper(known, models.DEFAULT)} {blur_words.beside_codecs(known, codecs)}")
        st.caption(
            f"{blur_words.how_rates_are_measured(known[0][1].images, seen, left_out)} "
            f"{blur_words.how_codecs_are_measured(codecs)}"
        )


def choose_where(images: ImageSet, carded: list[Model]) -> Literal["cards", "here"]:
    """What models are measured on: nothing to choose where cards were measured on these images, or there are none."""
    if not carded or carded[0].digest == images.digest:
        return "here"
    of_cards = SOURCES[carded[0].source].title
    if of_cards == images.name:  # another copy: images that went through JPEG, or that somebody left out
        of_cards = f"{of_cards} of the cards"
    titles: dict[Literal["cards", "here"], str] = {"cards": of_cards, "here": images.name}
    return st.segmented_control(
        "Measured on", list(titles), default="cards", required=True, format_func=titles.__getitem__,
        **address.choice("on", "images measured on", titles, "cards"),
    )  # fmt: skip


def choose_third(known: list[Measured]) -> str:
    """Key of the measure beside `ALWAYS`, among those that any model was measured of."""
    titles = {
        key: measure.title
        for key, measure in MEASURES.items()
        if measure.of != "posterior" and key not in ALWAYS and any(blur[key] is not None for _, blur in known)
    }
    return st.segmented_control(
        "Beside sharpness", list(titles), default="psnr", required=True, format_func=titles.__getitem__,
        **address.choice("beside", "measure", titles, "psnr"),
    )  # fmt: skip


def from_card(model: Model) -> list[Measured]:
    """What its card says of a model's blur, of a conditional one at each beta."""
    found = blur.of_card(model.card)
    return [(pickers.at_beta(model, beta) if model.conditional else model, each) for beta, each in found.items()]


def measured_here(images: ImageSet, shipped: list[Model], shown: list[Model]) -> list[Measured]:
    """Shipped models, conditional ones at each beta of cards, and what is shown of the person's own, on images."""
    at = [each for model in shipped for each in at_betas(model)]
    own = [model for model in shown if not model.shipped]
    everyone = list({model.version: model for model in [*at, *own]}.values())
    return list(zip(everyone, measured(images, everyone), strict=True))


def at_betas(model: Model) -> list[Model]:
    """A model, or a conditional one at each of its card's betas."""
    return [pickers.at_beta(model, beta) for beta in models.BLUR_BETAS] if model.conditional else [model]

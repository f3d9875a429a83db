"""Which views a latent has: of each, why a family hasn't got it, and what leads on from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import streamlit as st

from explorer import models
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.nets.family import Family
from explorer.ui.latents.chosen import Chosen
from explorer.ui.shell import address, frame


class View(NamedTuple):
    """A way to look at a latent.

    Parameters
    ----------
    title : str
    show : callable
        Draws it.
    why_not : callable
        Family -> why its latents can't be looked at so, a sentence; empty if they can.
    of_factors : bool
        Whether it needs images whose factors are known: of others `show` says that, whatever the model is.
    """

    title: str
    show: Callable[[Chosen], None]
    why_not: Callable[[Family], str]
    of_factors: bool = False


def vectors(family: Family) -> str:
    """What needs a place for each image, with others between them."""
    if family.posterior != "codes":
        return ""
    said = "it says one code for each cell, and between two codes there is nothing"
    return f"{_a(family)} puts no image at a place: {said}."


def dimensions(family: Family) -> str:
    """What needs dimensions, each of which could stand for something."""
    if family.posterior != "codes":
        return ""
    return f"{_a(family)} has no dimensions: a cell says which code, not how much of anything."


def prior(family: Family) -> str:
    """What needs a prior."""
    if family.posterior == "point":
        return f"{_a(family)} has no prior: it puts each image at a point, and says nothing of all others."
    return ""


def codes(family: Family) -> str:
    """What needs codes."""
    if family.posterior == "codes":
        return ""
    return f"{_a(family)} has no codes: its latent is numbers, each of which may be any."


def _a(family: Family) -> str:
    """Such a model, at the start of a sentence: "An autoencoder", but "A VAE"."""
    title = family.title
    if not title[:2].isupper():
        title = title[0].lower() + title[1:]
    return f"{'An' if title[0] in 'aeiou' else 'A'} {title}"


def show(views: Mapping[str, View], view: str, chosen: Chosen) -> None:
    """Draw a view, or say why this model hasn't got it, with a way on: what else there is of it, and whose is this."""
    reason = views[view].why_not(chosen.family)
    if not reason or (views[view].of_factors and not chosen.images.factors):
        views[view].show(chosen)
        return
    st.info(reason, icon=":material/signpost:")
    with st.container(horizontal=True, key="latents-ways-on"):
        other = next((key for key, each in views.items() if not each.why_not(chosen.family)), None)
        if other:
            title = f"{views[other].title} of {frame.plain(chosen.model.title)}"
            st.button(title, on_click=_go, args=(other, chosen.model.id, chosen.images.source))
        model = _shipped(views[view], chosen.images.source)
        if model:
            title = f"{views[view].title} of {frame.plain(model.title)}"
            st.button(title, on_click=_go, args=(view, model.id, chosen.images.source))


def _shipped(view: View, source: str) -> Model | None:
    """The model that a view is best seen of: one trained on these images, if there is one, and the default of those."""
    fit = [model for model in models.shipped() if not view.why_not(FAMILIES[model.family])]
    return min(fit, key=lambda model: (model.source != source, model.id != models.DEFAULT), default=None)


def _go(view: str, model: str, source: str) -> None:
    st.session_state["view"] = view
    address.write(model=None if model == models.first_of(source) else model)

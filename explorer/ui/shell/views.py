"""Views of one thing that a page chooses: of each, why a model hasn't got it, and what leads on from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

import streamlit as st

from explorer import models
from explorer.data import ImageSet
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.nets.family import Family
from explorer.ui.shell import address, frame


class Looked(Protocol):
    """What is looked at: a model, and images."""

    @property
    def model(self) -> Model: ...

    @property
    def images(self) -> ImageSet: ...


Chosen = TypeVar("Chosen", bound=Looked)


def always(family: Family) -> str:
    """Why not, of a view that every family has."""
    return ""


class View(NamedTuple, Generic[Chosen]):
    """A way to look at a model.

    Parameters
    ----------
    title : str
    show : callable
        Draws it.
    why_not : callable
        Family -> why it can't be looked at so, a sentence; empty if it can.
    of_factors : bool
        Whether it needs images whose factors are known: of others `show` says that, whatever the model is.
    """

    title: str
    show: Callable[[Chosen], None]
    why_not: Callable[[Family], str] = always
    of_factors: bool = False


def choose(views: Mapping[str, View[Chosen]]) -> str:
    """The widget, which is no more than their titles in a line; returns the key of one."""
    first = next(iter(views))
    titles = {key: each.title for key, each in views.items()}
    return st.segmented_control(
        "View", list(views), default=first, required=True, format_func=titles.__getitem__,
        label_visibility="collapsed", **address.choice("view", "view", titles, first),
    )  # fmt: skip


def a(family: Family) -> str:
    """Such a model, at the start of a sentence: "An autoencoder", but "A VAE"."""
    title = family.title
    if not title[:2].isupper():
        title = title[0].lower() + title[1:]
    return f"{'An' if title[0] in 'aeiou' else 'A'} {title}"


def show(views: Mapping[str, View[Chosen]], view: str, chosen: Chosen, default: str | None = None) -> None:
    """Draw a view, or say why this model hasn't got it, with a way on: what else there is of it, and whose is this.

    `default` is the id of the model that the page opens on, if it isn't the first of the images.
    """
    family = FAMILIES[chosen.model.family]
    reason = views[view].why_not(family)
    if not reason or (views[view].of_factors and not chosen.images.factors):
        views[view].show(chosen)
        return
    st.info(reason, icon=":material/signpost:")
    opens_on = default or models.first_of(chosen.images.source)
    with st.container(horizontal=True, key="ways-on-from-a-view"):
        other = next((key for key, each in views.items() if not each.why_not(family)), None)
        if other:
            title = f"{views[other].title} of {frame.plain(chosen.model.title)}"
            st.button(title, on_click=_go, args=(other, chosen.model.id, opens_on))
        model = _shipped(views[view], chosen.images.source, opens_on)
        if model:
            title = f"{views[view].title} of {frame.plain(model.title)}"
            st.button(title, on_click=_go, args=(view, model.id, opens_on))


def _shipped(view: View[Chosen], source: str, opens_on: str) -> Model | None:
    """The model that a view is best seen of: one trained on these images, if there is one, and the default of those."""
    fit = [model for model in models.shipped() if not view.why_not(FAMILIES[model.family])]
    return min(
        fit, key=lambda model: (model.source != source, model.id not in (opens_on, models.DEFAULT)), default=None
    )


def _go(view: str, model: str, opens_on: str) -> None:
    st.session_state["view"] = view
    address.write(model=None if model == opens_on else model)

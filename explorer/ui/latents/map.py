"""The map: images on a plane through the latent, what is at a place of it, and what is selected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.latents import place_words
from explorer.analysis.latents.colourings import MOST, Colouring
from explorer.glossary import TERMS
from explorer.ui.components import latent_map, terms
from explorer.ui.components.latent_map import Layout, MapData, Pictures, Stops, View
from explorer.ui.components.shelved import Shelved, shelve
from explorer.ui.latents import axes, film, place, second, seen, selection, stops
from explorer.ui.latents.axes import Axes
from explorer.ui.latents.chosen import Chosen
from explorer.ui.latents.stops import At
from explorer.ui.shell import address, frame, upload
from explorer.units import beta_text

if TYPE_CHECKING:
    from explorer.analysis.latents.place import Crowd
    from explorer.analysis.latents.plane import Plane

_KEY = "latent-map"
_OF_THE_MAP = "latent-map-of"  # in the session: how many images it shows, and where the cross-hair stands at first
_RIM = 0.95  # of the images lie nearer to the middle
_INVITATION = "Drag the cross-hair: what would lie there is decoded beside it."


def show(chosen: Chosen) -> None:
    """Draw it."""
    count = len(chosen.indices)
    with st.container(key="latents-axes", horizontal=True, vertical_alignment="bottom"):
        plane = axes.choose(chosen, seen.marked(count))
        beside = second.choose()
        classes = _choose_classes(chosen)
        own = _own_picture()
    colourings = _colourings((chosen.key, classes), chosen, classes)
    layout = second.made(beside, chosen)
    keys = [each.key for each in colourings]
    every = stops.betas(chosen)
    view = seen.read(count, keys, [layout.key] if layout else [beside], every, kinds=len(colourings[0].categories))
    at_betas = stops.ready(chosen, [beta for beta in (view.beta, view.drawn_at) if beta is not None]) if every else {}
    first, invitation = opening(chosen, plane)
    at = view.place or first
    st.session_state[_OF_THE_MAP] = count, first
    key = (chosen.key, plane.key, classes, layout and layout.key, tuple(at_betas))
    payload = _payload(key, chosen, plane, colourings, layout, at_betas)
    latent_map.show(payload, _pictures(chosen.key[1:], chosen), replace(view, place=at), _KEY, _keep)
    mu, crowd, words = chosen.cloud.mu, _crowd(chosen.key, chosen), ""
    explained: terms.Explained = {}
    if at_betas:
        shown = chosen.model.beta if view.beta is None else view.beta
        mu, crowd = at_betas[shown].stop.mu.astype(np.float32), at_betas[shown].crowd
        words = f"Beta {beta_text(shown)}: {at_betas[shown].stop.words}."
        if shown != chosen.model.beta:
            words += f" The plane is that of beta {beta_text(chosen.model.beta)}."
        explained = {"kl": TERMS["kl"].says(amount=f"{at_betas[shown].stop.kl_per_dim.sum():,.0f} nats")}
    which = f"{chosen.words[0].upper()}{chosen.words[1:]}"
    terms.caption(f"{frame.plain(which)}. {'' if view.place else invitation} {words}", explained)
    if own is not None:
        place.show_own(chosen, own, plane.plane, mu, crowd, view.beta)
    if view.image is not None:
        place.show_image(
            chosen, chosen.names[view.image], chosen.pixels[view.image], mu[view.image], plane.plane, view.beta
        )
    film.offer(chosen, plane.plane, view)
    mask = selected(view, chosen, plane, colourings, layout, at_betas)
    if mask is not None:
        selection.show(chosen, mask, mu, plane, colourings, bool(view.polygon) and not view.drawn_on, view.beta)
    place.show(chosen, plane.plane.at(np.array(at, np.float32)), mu, crowd, view.beta)
    second.wait(beside, chosen)
    stops.go_on(chosen)


def opening(chosen: Chosen, plane: Axes) -> tuple[tuple[float, float], str]:
    """Where the cross-hair stands at first, and an invitation.

    That is half way between two images that the plane was laid through, or else at the rim, towards the class that lies
    farthest off.
    """
    if plane.key[0] == axes.IMAGES:
        first, second, _ = plane.landmarks
        half_way = np.mean([first[1:], second[1:]], axis=0)
        return _rounded(half_way), f"The cross-hair stands half way from **{first[0]}** to **{second[0]}**."
    cloud, labels, names = chosen.cloud, chosen.labels, chosen.images.class_names
    coordinates = plane.plane.coordinates(cloud.mu)
    middle = coordinates.mean(axis=0)
    known = np.unique(labels)
    ways = np.stack([coordinates[labels == label].mean(axis=0) - middle for label in known])
    lengths = np.linalg.norm(ways, axis=1)
    if len(known) < 2 or not lengths.max():
        return _rounded(middle), _INVITATION
    a = int(lengths.argmax())
    to, over = (frame.plain(names[known[i]]) for i in (a, int((ways @ ways[a]).argmin())))
    rim = np.quantile(np.linalg.norm(coordinates - middle, axis=1), _RIM)
    place = middle + ways[a] / lengths[a] * rim
    return _rounded(place), f"The cross-hair stands out towards **{to}**: drag it across to **{over}**."


def _rounded(place: np.ndarray) -> tuple[float, float]:
    return float(f"{place[0]:.4g}"), float(f"{place[1]:.4g}")


def selected(
    view: View,
    chosen: Chosen,
    plane: Axes,
    colourings: Sequence[Colouring],
    layout: Layout | None,
    at_betas: Mapping[float, At],
) -> np.ndarray | None:
    """Which images are selected, bool (N,), as the map has it; None without a selection."""
    from explorer.analysis.latents import selection

    if view.category is not None:
        colouring = next((each for each in colourings if each.key == view.colour), colourings[0])
        return colouring.values == view.category if colouring.categories else None
    if not view.polygon:
        return None
    if view.drawn_on:
        return selection.inside(view.polygon, layout.coordinates) if layout else None
    drawn_at = chosen.model.beta if view.drawn_at is None else view.drawn_at
    mu = at_betas[drawn_at].stop.mu.astype(np.float32) if drawn_at in at_betas else chosen.cloud.mu
    return selection.inside(view.polygon, plane.plane.coordinates(mu))


def _keep() -> None:
    count, first = st.session_state[_OF_THE_MAP]
    view = latent_map.looked_at(_KEY, count)
    if view is not None:
        seen.write(replace(view, place=None) if view.place == first else view)


def _own_picture() -> np.ndarray | None:
    """The field: uint8 (3, 32, 32)."""
    with st.popover("Your picture", icon=":material/add_photo_alternate:", key=frame.popover_key("map-photo")):
        return upload.uploaded_photo("Where does your picture lie? PNG, JPEG or WebP", "map-photo")


def _choose_classes(chosen: Chosen) -> tuple[int, ...]:
    """Of many classes, which have a colour of their own; none stands for those of most images."""
    names = chosen.images.class_names
    if len(names) <= MOST:
        return ()
    label = {str(i): name for i, name in enumerate(names)}
    asked = [text for text in address.asked("classes").split("-") if text]
    if len(asked) > MOST or not label.keys() >= set(asked):
        address.refuse("classes", "classes in colour", "those of most images")
        asked = []
    key = "classes-in-colour"
    st.session_state[key] = asked

    def write() -> None:
        address.write(classes="-".join(st.session_state[key]) or None, kind=None)

    st.multiselect(
        f"Classes in colour, up to {MOST}", list(label), format_func=label.__getitem__, key=key, width=300,
        max_selections=MOST, placeholder="those of most images", on_change=write,
    )  # fmt: skip
    return tuple(map(int, asked))


@st.cache_resource(max_entries=16, show_spinner=False)
def _colourings(key: tuple, _chosen: Chosen, _classes: tuple[int, ...]) -> list[Colouring]:
    from explorer.analysis.latents import colourings

    return [
        colourings.by_class(_chosen.labels, _chosen.images.class_names, _classes),
        *colourings.by_measures(_chosen.cloud),
        *colourings.by_factors(_chosen.images.factors, _chosen.indices),
    ]


@st.cache_resource(max_entries=16, show_spinner=False)
def _pictures(images: tuple, _chosen: Chosen) -> Pictures:
    return latent_map.pictures(_chosen.pixels)


@st.cache_resource(max_entries=64, show_spinner=False)
def _crowd(key: tuple, _chosen: Chosen) -> Crowd:
    from explorer.analysis.latents import place

    return place.crowd(_chosen.cloud.mu)


@st.cache_resource(max_entries=16, show_spinner=False)
def _payload(
    key: tuple, _chosen: Chosen, _axes: Axes, _colourings: list[Colouring], _layout: Layout | None,
    _at_betas: Mapping[float, At],
) -> Shelved:  # fmt: skip
    cloud, model, plane = _chosen.cloud, _chosen.model, _axes.plane
    data = MapData(
        names=_chosen.names,
        plane=plane,
        coordinates=plane.coordinates(cloud.mu),
        beside=plane.beside(cloud.mu),
        crowd=_crowd(_chosen.key, _chosen),
        verdicts=place_words.VERDICTS,
        average=place_words.AVERAGE,
        model=model.id,
        beta=model.beta if model.conditional else None,
        step=model.step,
        shell=float(np.sqrt(cloud.mu.shape[1])) if _chosen.family.posterior == "gaussian" else None,
        colourings=_colourings,
        layouts=[_layout] if _layout else [],
        stops=_moved(plane, _at_betas),
        landmarks=_axes.landmarks,
    )
    return shelve(latent_map.payload(data))


def _moved(plane: Plane, at_betas: Mapping[float, At]) -> Stops | None:
    from explorer.analysis.latents import stops

    if len(at_betas) < 2:
        return None
    found = stops.on(plane, [each.stop for each in at_betas.values()])
    return Stops(found.beta, found.coordinates, found.beside, [each.crowd for each in at_betas.values()])
